import { setTimeout as sleep } from 'node:timers/promises';
import { fileFingerprint, type Fingerprints } from './file-fingerprint';
import type { FileWatch } from './file-watch';

const POLL_INTERVAL_MS = 500;

/**
 * Polls the files. A fingerprint reveals a file that was written in place, one that was replaced by
 * a rename, and one that was swapped behind a symbolic link, as Kubernetes does. File system events
 * miss one or another of these.
 *
 * A file that is written in place may be read half-written, so a change counts only after two
 * consecutive polls have seen the same.
 */
export class PollingFileWatch implements FileWatch {
  private readonly ending = new AbortController();
  /** The result of the last poll, even if an earlier call made it. */
  private seen: string | undefined;

  /** @param lookEveryMs the time between two polls; only tests change it */
  constructor(private readonly pollIntervalMs = POLL_INTERVAL_MS) {}

  async untilChanged(files: Fingerprints): Promise<Fingerprints> {
    const known = textOf(files);
    for (;;) {
      await sleep(this.pollIntervalMs, undefined, { signal: this.ending.signal, ref: false });
      const looks = new Map([...files.keys()].map((path) => [path, fileFingerprint(path)]));
      const now = textOf(looks);
      const hasSettled = now === this.seen;
      this.seen = now;
      if (hasSettled && now !== known) {
        return looks;
      }
    }
  }

  stop(): void {
    this.ending.abort();
  }
}

function textOf(fingerprints: Fingerprints): string {
  return [...fingerprints.values()].join();
}
