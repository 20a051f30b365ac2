/**
 * While images are at work, batches begin so far apart: each costs a transaction and a message to a thread, and a few
 * milliseconds are nothing to an image that takes seconds.
 */
const INTERVAL_MS = 5;
/** What was used waits so long for a reservation to go along with: a process that is killed may lose it. */
const SETTLE_MS = 50;
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5000;

export interface QuotaPending {
  /** Requests that wait for the database's word. */
  readonly reservations: number;
  /** Who wants to know what is used. */
  readonly looks: number;
  /** Granted reservations of which some image is still at work. */
  readonly atWork: number;
  /** Since the last batch began. */
  readonly elapsedMs: number;
}

/**
 * How long the next batch waits for company. A request whose consumer has nothing else at work never waits, nor does
 * a look.
 */
export function batchDelay({ reservations, looks, atWork, elapsedMs }: QuotaPending): number {
  if (looks > 0) {
    return 0;
  }
  if (reservations > 0) {
    return atWork > 0 ? Math.max(0, INTERVAL_MS - elapsedMs) : 0;
  }
  return SETTLE_MS;
}

/** How long it is until a database that failed so many times in a row is tried again. */
export function retryDelay(failures: number): number {
  return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
}
