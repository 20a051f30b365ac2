/**
 * The minimum time between batches while images are in progress. Each batch costs a transaction and a
 * message to a thread; a few milliseconds do not matter for an image that takes seconds.
 */
const INTERVAL_MS = 5;
/**
 * The minimum time between batches of reservations that were granted without the database, and so
 * what a killed process may lose of them: as much as of the ledger's rows.
 */
const HOLD_MS = 250;
/** How long a settlement waits for a reservation to share its batch, and so what a killed process may lose. */
const SETTLE_MS = 50;
const FIRST_RETRY_MS = 250;
const MAX_RETRY_MS = 5000;

export interface QuotaPending {
  /** Requests that wait for the database. */
  readonly reservations: number;
  /** Queries that wait for the current usage. */
  readonly looks: number;
  /** Whether the database does not know yet of a reservation that was granted without it. */
  readonly hasHolds: boolean;
  /** Whether there is enough for a batch. */
  readonly isFull: boolean;
  /** Granted reservations of this process, of all consumers, that are not settled. */
  readonly atWork: number;
  /** The time since the last batch began. */
  readonly elapsedMs: number;
}

/**
 * How long the next batch waits for further changes. A query for usage never waits, nor does a
 * request while no other reservation of this process is open.
 */
export function batchDelay(pending: QuotaPending): number {
  const { reservations, looks, hasHolds, isFull, atWork, elapsedMs } = pending;
  if (looks > 0) {
    return 0;
  }
  if (reservations > 0 || isFull) {
    return atWork > 0 ? Math.max(0, INTERVAL_MS - elapsedMs) : 0;
  }
  return hasHolds ? Math.max(0, HOLD_MS - elapsedMs) : SETTLE_MS;
}

/** How long to wait before retrying a database that failed this many times in a row. */
export function retryDelay(failures: number): number {
  return Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
}
