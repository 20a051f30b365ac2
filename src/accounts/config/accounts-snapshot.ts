import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { settledFingerprint, type Fingerprints } from '../../watched-file/file-fingerprint';
import type { Account } from '../account';
import { AccountsFileError } from './accounts-file';
import { configuredAccounts, type AccountsSources } from './configured-accounts';

/** The configured accounts at one moment, as plain data that one thread can pass to another. */
export interface AccountsSnapshot {
  /** Empty if there is a fault. */
  readonly accounts: readonly Account[];
  /** Stays the same as long as the accounts do. */
  readonly digest: string;
  /** What is wrong with the accounts, each fault with its place. */
  readonly faults: readonly string[];
  /**
   * Every file that was read, or should have been. Fingerprints are taken before reading, so no
   * change is missed.
   */
  readonly files: Fingerprints;
}

export const EMPTY_SNAPSHOT: AccountsSnapshot = {
  accounts: [],
  digest: '',
  faults: [],
  files: new Map(),
};

/** Reads the configured accounts and all files that they name. */
export function loadAccounts(sources: AccountsSources): AccountsSnapshot {
  const files = new Map<string, string>();
  const readFile = (path: string): string => {
    if (!files.has(path)) {
      files.set(path, settledFingerprint(path));
    }
    return readFileSync(path, 'utf8');
  };
  try {
    const accounts = configuredAccounts(sources, readFile);
    const digest = createHash('sha256').update(JSON.stringify(accounts)).digest('base64');
    return { accounts, digest, faults: [], files };
  } catch (error) {
    if (error instanceof AccountsFileError) {
      return { ...EMPTY_SNAPSHOT, faults: error.faults, files };
    }
    throw error;
  }
}
