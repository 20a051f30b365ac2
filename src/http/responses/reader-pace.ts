/** The state of a response that its client has not read completely, at one moment. */
export interface ReaderSample {
  readonly atMs: number;
  /** How many bytes of the connection the kernel has accepted. */
  readonly acceptedBytes: number;
  /** How many of them the client has not acknowledged; undefined if the system does not say. */
  readonly unacknowledgedBytes: number | undefined;
}

/**
 * How long there may be no progress, in milliseconds. A client that reads 5 KB/s opens its window
 * in steps of a sixteenth of its buffer. If that has grown to Linux's 6 MB, a step is 375 KB: 75
 * seconds.
 */
const NO_PROGRESS_MS = 90_000;

/**
 * The same limit if only the kernel's acceptance is known. The kernel accepts more when a third of
 * its buffer is free: 1.4 of 4 MB, which takes 280 seconds at 5 KB/s.
 */
const NO_PROGRESS_UNSEEN_MS = 300_000;

/** In this time, in milliseconds, a client must read … */
const RATE_MS = 300_000;
/**
 * … at least this many bytes. Otherwise it could hold memory for hours by reading a byte now and
 * then.
 */
const MIN_BYTES = 300 * 1024;

/** How long samples are kept, in milliseconds. */
export const REMEMBERED_MS = RATE_MS;

/**
 * Whether a client has stopped reading, or nearly so.
 *
 * @param looks oldest first
 */
export function isStalled(looks: readonly ReaderSample[]): boolean {
  const last = looks.at(-1);
  if (last === undefined) {
    return false;
  }
  const seen = last.unacknowledgedBytes !== undefined;
  const lastMove = looks.findLastIndex((look) => !isSame(look, last));
  const noProgressSince = looks[lastMove + 1] ?? last;
  if (last.atMs - noProgressSince.atMs >= (seen ? NO_PROGRESS_MS : NO_PROGRESS_UNSEEN_MS)) {
    return true;
  }
  const before = looks.findLast(({ atMs }) => last.atMs - atMs >= RATE_MS);
  return seen && before !== undefined && takenBytes(last) - takenBytes(before) < MIN_BYTES;
}

function isSame(one: ReaderSample, other: ReaderSample): boolean {
  return (
    one.acceptedBytes === other.acceptedBytes &&
    one.unacknowledgedBytes === other.unacknowledgedBytes
  );
}

function takenBytes({ acceptedBytes, unacknowledgedBytes = 0 }: ReaderSample): number {
  return acceptedBytes - unacknowledgedBytes;
}
