import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Account } from '../account';
import { AccountsFileError } from './accounts-file';
import { configuredAccounts, type AccountsSources } from './configured-accounts';
import { lookAt } from './file-look';

/** The configured accounts as they were read once. Plain data, which one thread can hand to another. */
export interface AccountsReading {
  /** None where there is a fault. */
  readonly accounts: readonly Account[];
  /** The same as long as the accounts are. */
  readonly digest: string;
  /** What is wrong with them, each fault with its place. */
  readonly faults: readonly string[];
  /** What each file that was to be read looked like just before, by its path. */
  readonly files: ReadonlyMap<string, string>;
}

export const NO_READING: AccountsReading = {
  accounts: [],
  digest: '',
  faults: [],
  files: new Map(),
};

/**
 * File systems tell times in steps of some milliseconds: a file that was written this short a time
 * ago may be written once more and look the same.
 */
const SETTLED_AFTER_MS = 100;

/** Reads the configured accounts and whatever files they name. */
export function readAccounts(sources: AccountsSources): AccountsReading {
  const files = new Map<string, string>();
  const readFile = (path: string): string => {
    if (!files.has(path)) {
      const { signature, age } = lookAt(path);
      files.set(path, age < SETTLED_AFTER_MS ? 'not settled' : signature);
    }
    return readFileSync(path, 'utf8');
  };
  try {
    const accounts = configuredAccounts(sources, readFile);
    const digest = createHash('sha256').update(JSON.stringify(accounts)).digest('base64');
    return { accounts, digest, faults: [], files };
  } catch (error) {
    if (error instanceof AccountsFileError) {
      return { ...NO_READING, faults: error.faults, files };
    }
    throw error;
  }
}
