import { parentPort, workerData } from 'node:worker_threads';
import { loadConsumers, type ConsumersSources } from './load-consumers';

parentPort?.postMessage(loadConsumers(workerData as ConsumersSources));
