import { parentPort } from 'node:worker_threads';
import type { Fingerprints } from './file-fingerprint';
import { PollingFileWatch } from './polling-file-watch';

const watch = new PollingFileWatch();

parentPort?.on('message', (files: Fingerprints) => {
  void watch.untilChanged(files).then((seen) => {
    parentPort?.postMessage(seen);
  });
});
