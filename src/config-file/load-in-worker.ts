import { Worker } from 'node:worker_threads';
import type { Snapshot } from './snapshot';

/**
 * Loads entries on a thread of its own. Parsing the YAML of thousands takes a good part of a second, and on
 * the main thread every image would wait for it.
 *
 * @param program a file that posts a snapshot of what `sources` say
 */
export function loadInWorker<T>(program: string, sources: object): Promise<Snapshot<T>> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(program, { workerData: sources });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => {
      reject(new Error('the thread ended without a result'));
    });
    // Does not keep the process alive. A listener for messages undoes this, so it comes after them.
    worker.unref();
  });
}
