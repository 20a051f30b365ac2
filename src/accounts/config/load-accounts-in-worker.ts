import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { AccountsSnapshot } from './accounts-snapshot';
import type { AccountsSources } from './configured-accounts';

/**
 * Loads the accounts on a thread of its own. Parsing the YAML of thousands takes a good part of a second,
 * and on the main thread every image would wait for it.
 */
export function loadAccountsInWorker(sources: AccountsSources): Promise<AccountsSnapshot> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(join(__dirname, 'load-accounts.worker.js'), {
      workerData: sources,
    });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => {
      reject(new Error('the thread ended without a result'));
    });
    // Does not keep the process alive. A listener for messages undoes this, so it comes after them.
    worker.unref();
  });
}
