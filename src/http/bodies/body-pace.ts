/** How long a body may bring next to nothing, in milliseconds. */
export const PACE_MS = 20_000;

/** The minimum for that time, in bytes: 0.8 KiB/s, which a modem reaches. */
const LEAST_BYTES = 16 * 1024;

/** A look at an incomplete body, `PACE_MS` after the previous look. */
export interface PaceLook {
  /** The bytes that have arrived since. */
  readonly bytes: number;
  /** Whether this end has paused reading in the meantime, for lack of memory. */
  readonly wasPutOff: boolean;
}

/**
 * Whether a body is too slow to wait for. It holds memory that others need, even if a byte arrives
 * now and then. Node gives the whole body 300 seconds (`requestTimeout`).
 */
export function isTooSlow({ bytes, wasPutOff }: PaceLook): boolean {
  return !wasPutOff && bytes < LEAST_BYTES;
}

/** Up to this many pieces any size is fine. */
const FREE_PIECES = 8192;

/** Above that, the average size of the pieces must reach this, in bytes. */
const LEAST_PIECE_BYTES = 64;

/**
 * Whether a body arrives in too many tiny pieces, chunks of HTTP or packets. Each costs as much as
 * a piece of 64 KiB, most of it before Node delivers it; a client that streams its body sends
 * kilobytes at a time.
 */
export function isFragmented(pieces: number, bytes: number): boolean {
  return pieces > FREE_PIECES && bytes < pieces * LEAST_PIECE_BYTES;
}
