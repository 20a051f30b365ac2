/** A look at a response that its client has not taken whole. */
export interface ReaderLook {
  readonly atMs: number;
  /** How many bytes of the connection the kernel has taken on. */
  readonly acceptedBytes: number;
  /** How many of them the other end has not acknowledged; undefined where the system does not say. */
  readonly unacknowledgedBytes: number | undefined;
}

/**
 * How long nothing may move, in milliseconds. A client that reads 5 KB/s opens its window in jumps of a sixteenth of its
 * buffer, which is 375 KB where that has grown to Linux's 6 MB: 75 seconds.
 */
const STILL_MS = 90_000;

/**
 * The same where only the kernel's appetite shows: it takes more when a third of its buffer is free. That
 * is 1.4 of 4 MB, and at 5 KB/s 280 seconds.
 */
const STILL_UNSEEN_MS = 300_000;

/** Over so long, in milliseconds, a client has to take … */
const RATE_MS = 300_000;
/** … so many bytes, or it holds its memory for hours with a byte every now and then. */
const LEAST_BYTES = 300 * 1024;

/** How far back looks are needed, in milliseconds. */
export const REMEMBERED_MS = RATE_MS;

/**
 * Whether a client has stopped reading, or all but.
 *
 * @param looks oldest first
 */
export function isStalled(looks: readonly ReaderLook[]): boolean {
  const last = looks.at(-1);
  if (last === undefined) {
    return false;
  }
  const seen = last.unacknowledgedBytes !== undefined;
  const lastMove = looks.findLastIndex((look) => !isSame(look, last));
  const stillSince = looks[lastMove + 1] ?? last;
  if (last.atMs - stillSince.atMs >= (seen ? STILL_MS : STILL_UNSEEN_MS)) {
    return true;
  }
  const before = looks.findLast(({ atMs }) => last.atMs - atMs >= RATE_MS);
  return seen && before !== undefined && takenBytes(last) - takenBytes(before) < LEAST_BYTES;
}

function isSame(one: ReaderLook, other: ReaderLook): boolean {
  return (
    one.acceptedBytes === other.acceptedBytes &&
    one.unacknowledgedBytes === other.unacknowledgedBytes
  );
}

function takenBytes({ acceptedBytes, unacknowledgedBytes = 0 }: ReaderLook): number {
  return acceptedBytes - unacknowledgedBytes;
}
