import { join } from 'node:path';
import { loadInWorker } from '../../config-file/load-in-worker';
import { takeSnapshot, type Snapshot } from '../../config-file/snapshot';
import type { Account } from '../account';
import { configuredAccounts, type AccountsSources } from './configured-accounts';

/** Reads the configured accounts and all files that they refer to. */
export function loadAccounts(sources: AccountsSources): Snapshot<Account> {
  return takeSnapshot((readFile) => configuredAccounts(sources, readFile));
}

/** The same on a worker thread. */
export function loadAccountsInWorker({
  file,
  geminiApiKeys,
}: AccountsSources): Promise<Snapshot<Account>> {
  return loadInWorker(join(__dirname, 'load-accounts.worker.js'), { file, geminiApiKeys });
}
