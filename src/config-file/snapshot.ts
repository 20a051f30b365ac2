import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { settledFingerprint, type Fingerprints } from '../watched-file/file-fingerprint';
import { ConfigFileError } from './config-file.error';

/** What was configured in files at one moment, as plain data that one thread can pass to another. */
export interface Snapshot<T> {
  /** Empty if there is a fault. */
  readonly entries: readonly T[];
  /** Stays the same as long as the entries do. */
  readonly digest: string;
  /** What is wrong with the entries, each fault with its place. */
  readonly faults: readonly string[];
  /**
   * Every file that was read, or should have been. Fingerprints are taken before reading, so no
   * change is missed.
   */
  readonly files: Fingerprints;
}

export const EMPTY_SNAPSHOT: Snapshot<never> = {
  entries: [],
  digest: '',
  faults: [],
  files: new Map(),
};

/**
 * Reads entries and all files that they name.
 *
 * @param read reads the entries by the function that it is given, which throws when it cannot read a file
 */
export function takeSnapshot<T>(
  read: (readFile: (path: string) => string) => readonly T[],
): Snapshot<T> {
  const files = new Map<string, string>();
  const readFile = (path: string): string => {
    if (!files.has(path)) {
      files.set(path, settledFingerprint(path));
    }
    return readFileSync(path, 'utf8');
  };
  try {
    const entries = read(readFile);
    const digest = hash('sha256', JSON.stringify(entries), 'base64');
    return { entries, digest, faults: [], files };
  } catch (error) {
    if (error instanceof ConfigFileError) {
      return { ...EMPTY_SNAPSHOT, faults: error.faults, files };
    }
    throw error;
  }
}
