import { EventEmitter, on } from 'node:events';
import { FileWatchInWorker } from './file-watch-in-worker';

/**
 * Here beside the sources is no `file-watch.worker.js`, so every thread dies at its start. Threads that
 * live are tested with the build, in `test/e2e/watched-file.spec.ts`.
 */
describe('a watch on a thread that dies', () => {
  it('logs this, tries again, and ends when it is stopped', async () => {
    const events = new EventEmitter();
    const lines = on(events, 'line') as AsyncIterableIterator<[string]>;
    const watch = new FileWatchInWorker({ error: (text) => events.emit('line', text) }, 10);
    const waiting = watch.untilChanged(new Map());
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const [line] = (await lines.next()).value as [string];
      expect(line).toMatch(/^file watch thread died, restarting in 0.01 s\. .*Cannot find module/);
    }
    watch.stop();
    await expect(waiting).rejects.toThrow('aborted');
    await expect(watch.untilChanged(new Map())).rejects.toThrow('aborted');
  });
});
