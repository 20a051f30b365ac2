import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { AccountsReading } from './accounts-reading';
import type { AccountsSources } from './configured-accounts';

/**
 * Reads the accounts in a thread of its own: the YAML of thousands takes a good part of a second,
 * in which no image would get any further.
 */
export function readAccountsAside(sources: AccountsSources): Promise<AccountsReading> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(join(__dirname, 'accounts-reading.worker.js'), {
      workerData: sources,
    });
    // The process need not stay for it.
    worker.unref();
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => {
      reject(new Error('the thread has ended without an answer'));
    });
  });
}
