import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Fingerprints } from './file-fingerprint';
import type { FileWatch } from './file-watch';

const RESTART_AFTER_MS = 10_000;

/**
 * A {@link FileWatch} on a worker thread. Examining thousands of files takes tens of milliseconds,
 * twice a second, for which every image would wait on the main thread.
 */
export class FileWatchInWorker implements FileWatch {
  private worker: Worker | undefined;
  private readonly ending = new AbortController();

  /** @param restartAfterMs how long to wait after the worker has died; only tests change it */
  constructor(
    private readonly log: { error(text: string): void },
    private readonly restartAfterMs = RESTART_AFTER_MS,
  ) {}

  async untilChanged(files: Fingerprints): Promise<Fingerprints> {
    const { signal } = this.ending;
    for (;;) {
      signal.throwIfAborted();
      try {
        return await this.ask(files);
      } catch (error) {
        signal.throwIfAborted();
        const reason = error instanceof Error ? error.message : String(error);
        this.log.error(
          `file watch thread died, restarting in ` + `${this.restartAfterMs / 1000} s. ${reason}`,
        );
        // A new worker gets the same fingerprints, so it finds everything that changes until then.
        await sleep(this.restartAfterMs, undefined, { signal, ref: false });
      }
    }
  }

  stop(): void {
    this.ending.abort();
    void this.worker?.terminate();
  }

  /** @throws if the worker exits before it has a result */
  private ask(files: Fingerprints): Promise<Fingerprints> {
    return new Promise((resolve, reject) => {
      const worker = (this.worker ??= this.start());
      const onMessage = (seen: Fingerprints): void => {
        worker.off('error', reject).off('exit', onExit);
        resolve(seen);
      };
      const onExit = (): void => {
        reject(new Error('It ended without a reason.'));
      };
      worker.once('message', onMessage).once('error', reject).once('exit', onExit);
      // Does not keep the process alive. A listener for messages undoes this, so it comes after
      // them.
      worker.unref();
      worker.postMessage(files);
    });
  }

  private start(): Worker {
    const worker = new Worker(join(__dirname, 'file-watch.worker.js'));
    const forget = (): void => {
      if (this.worker === worker) {
        this.worker = undefined;
      }
    };
    // Between two calls this is the only listener, and without one an error would end the process.
    worker.on('error', forget).on('exit', forget);
    return worker;
  }
}
