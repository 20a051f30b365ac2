import { parentPort, workerData } from 'node:worker_threads';
import type { AccountsSources } from './configured-accounts';
import { loadAccounts } from './load-accounts';

parentPort?.postMessage(loadAccounts(workerData as AccountsSources));
