import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = 'url-signing-key';
const KEY_BYTES = 32;

/**
 * The key of an installation that was given none: made once, and kept for the links of before a restart.
 *
 * @throws what the file system throws, where the folder cannot be written
 */
export function keptSigningKey(dataFolder: string): string {
  const path = join(dataFolder, FILE);
  mkdirSync(dataFolder, { recursive: true });
  try {
    // Fails where there is one: two processes that start at once agree on the first.
    writeFileSync(path, freshSigningKey(), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw error;
    }
  }
  return readFileSync(path, 'utf8').trim();
}

export function freshSigningKey(): string {
  return randomBytes(KEY_BYTES).toString('base64url');
}
