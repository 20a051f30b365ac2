import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { settledFingerprint, type Fingerprints } from '../watched-file/file-fingerprint';
import { ConfigFileError } from './config-file.error';

/**
 * The entries configured in files at one moment, as plain data that can be passed between threads.
 */
export interface Snapshot<T> {
  /** Empty if there is a fault. */
  readonly entries: readonly T[];
  /** Constant as long as the entries are. */
  readonly digest: string;
  /** The faults of the entries, each with its position. */
  readonly faults: readonly string[];
  /**
   * Every file that was read or should have been. Fingerprints are taken before reading, so that no
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
 * @param read reads the entries with the given function, which throws if it cannot read a file
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
