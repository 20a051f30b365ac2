import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = 'url-signing-key';
const KEY_BYTES = 32;

/**
 * The key of an installation without a configured one: generated once and stored, so that URLs
 * survive a restart.
 *
 * @throws the file system's error if the folder cannot be written
 */
export function keptSigningKey(dataFolder: string): string {
  const path = join(dataFolder, FILE);
  mkdirSync(dataFolder, { recursive: true });
  try {
    // Fails if the file exists: two processes that start at the same time agree on the first key.
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
