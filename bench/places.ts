import { join } from 'node:path';

/** The project, seen from the folder that the benchmark is compiled into. */
export const PROJECT = join(__dirname, '../../../..');
/** The build that is measured, unless another is named: to compare two, or while one is being rebuilt. */
export const DIST = process.env['EASEL_DIST'] ?? join(PROJECT, 'dist');
/** Where peers are installed to: nothing that the project itself needs. */
export const PEERS = join(PROJECT, 'node_modules/.cache/easel-bench-peers');
