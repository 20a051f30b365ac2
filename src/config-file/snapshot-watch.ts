import { setImmediate } from 'node:timers/promises';
import type { Fingerprints } from '../watched-file/file-fingerprint';
import type { FileWatch } from '../watched-file/file-watch';
import { ConfigFileError } from './config-file.error';
import type { Snapshot } from './snapshot';

export interface SnapshotWatchParts<T> {
  /** What the entries are, for the log: `accounts`. */
  readonly subject: string;
  /** The entries in force. Changes since they were loaded are detected as well. */
  readonly inForce: Snapshot<T>;
  /** Loads the entries again. */
  readonly load: () => Promise<Snapshot<T>>;
  readonly fileWatch: FileWatch;
  /** Puts changed entries in force. */
  readonly apply: (entries: readonly T[]) => void;
  readonly log: { log(text: string): void; error(text: string): void };
}

/** Applies changes to the entries of a file at run time, or rejects them as a whole. */
export class SnapshotWatch<T> {
  /** The digest of the entries in force. */
  private digest: string;
  /** The file and the files that it names, as they were before the last attempt to load them. */
  private files: Fingerprints;
  private isStopped = false;

  constructor(private readonly parts: SnapshotWatchParts<T>) {
    this.digest = parts.inForce.digest;
    this.files = parts.inForce.files;
  }

  start(): void {
    void this.run();
  }

  stop(): void {
    this.isStopped = true;
    this.parts.fileWatch.stop();
  }

  private async run(): Promise<void> {
    const { fileWatch, subject, log } = this.parts;
    try {
      for (;;) {
        await this.reload(await fileWatch.untilChanged(this.files));
      }
    } catch (error) {
      if (!this.isStopped) {
        log.error(`${subject} are no longer watched: ${String(error)}`);
      }
    }
  }

  private async reload(seen: Fingerprints): Promise<void> {
    const { load, apply, subject, log } = this.parts;
    try {
      const { entries, digest, faults, files } = await load();
      // Receiving thousands of entries blocks the event loop, and so does applying them.
      await setImmediate();
      this.files = files;
      if (faults.length > 0) {
        this.refuse(new ConfigFileError(subject, faults).message);
      } else if (digest !== this.digest) {
        this.digest = digest;
        apply(entries);
        log.log(`${subject} reloaded: ${entries.length}`);
      }
    } catch {
      // The next attempt waits for the next change; otherwise there would be two per second.
      this.files = seen;
      this.refuse('They cannot be read.');
    }
  }

  private refuse(reason: string): void {
    const { subject, log } = this.parts;
    log.error(`${subject} reload refused, the previous ${subject} stay in use. ${reason}`);
  }
}
