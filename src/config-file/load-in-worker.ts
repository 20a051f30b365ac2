import { Worker } from 'node:worker_threads';
import type { Snapshot } from './snapshot';

/**
 * Loads entries on a worker thread. Parsing the YAML of thousands takes a considerable part of a
 * second, for which every image would wait on the main thread.
 *
 * @param program a file that posts a snapshot of the entries in `sources`
 */
export function loadInWorker<T>(program: string, sources: object): Promise<Snapshot<T>> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(program, { workerData: sources });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => {
      reject(new Error('the worker exited without a result'));
    });
    // Does not keep the process alive. A listener for messages undoes this, so it comes after them.
    worker.unref();
  });
}
