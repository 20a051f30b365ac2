import type { Fingerprints } from './file-fingerprint';

/**
 * Waits for changes of a set of files. There are two: one works on the calling thread, one on its
 * own.
 */
export interface FileWatch {
  /**
   * Resolves once a file has another fingerprint than the one given here, and has stopped changing.
   * The files may differ from call to call. Only one call may wait at a time.
   *
   * @returns the fingerprints that were seen; the next call finds what changes after them
   * @throws when the watch is stopped
   */
  untilChanged(files: Fingerprints): Promise<Fingerprints>;
  stop(): void;
}
