import type { Fingerprints } from './file-fingerprint';

/**
 * Waits for changes to a set of files. There are two implementations: one works on the calling
 * thread, one on a worker.
 */
export interface FileWatch {
  /**
   * Resolves once a file's fingerprint differs from the one given here, and the file has stopped
   * changing. The files may differ between calls. Only one call may wait at a time.
   *
   * @returns the current fingerprints; the next call finds later changes
   * @throws if the watch is stopped
   */
  untilChanged(files: Fingerprints): Promise<Fingerprints>;
  stop(): void;
}
