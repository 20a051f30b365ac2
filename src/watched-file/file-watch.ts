import type { Fingerprints } from './file-fingerprint';

/** Waits for changes of a set of files. Two do: one on the thread that asks, one on a thread of its own. */
export interface FileWatch {
  /**
   * Resolves once a file has another fingerprint than the one given here, and has stopped changing. The
   * files may be others each time. Only one call may wait at a time.
   *
   * @returns the fingerprints that were seen; what changes after them is found by the next call
   * @throws when the watch is stopped
   */
  untilChanged(files: Fingerprints): Promise<Fingerprints>;
  stop(): void;
}
