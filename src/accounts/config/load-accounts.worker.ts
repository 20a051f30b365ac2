import { parentPort, workerData } from 'node:worker_threads';
import { loadAccounts } from './accounts-snapshot';
import type { AccountsSources } from './configured-accounts';

parentPort?.postMessage(loadAccounts(workerData as AccountsSources));
