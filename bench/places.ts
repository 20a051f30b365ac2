import { join } from 'node:path';

/** The project's folder, relative to the compiled benchmark. */
export const PROJECT = join(__dirname, '../../../..');
/**
 * The build to be measured unless another is named: to compare two, or while one is being rebuilt.
 */
export const DIST = process.env['EASEL_DIST'] ?? join(PROJECT, 'dist');
/** Where peers are installed, which the project itself does not need. */
export const PEERS = join(PROJECT, 'node_modules/.cache/easel-bench-peers');
