import { parentPort, workerData } from 'node:worker_threads';
import { readAccounts } from './accounts-reading';
import type { AccountsSources } from './configured-accounts';

parentPort?.postMessage(readAccounts(workerData as AccountsSources));
