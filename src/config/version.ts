import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The version in package.json, which is two folders above this file, in the sources and in the
 * build.
 */
export const VERSION: string = (
  JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')) as { version: string }
).version;
