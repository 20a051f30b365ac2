/** How long a body may bring next to nothing, in milliseconds. */
export const PACE_MS = 20_000;

/** What it has to bring in that time, in bytes: 0.8 KiB/s, which a modem does. */
const LEAST_BYTES = 16 * 1024;

/** A look at a body that has not come whole, `PACE_MS` after the look before. */
export interface PaceLook {
  /** What came of it since. */
  readonly bytes: number;
  /** Whether reading was put off at this end in the meantime, for want of memory. */
  readonly wasPutOff: boolean;
}

/**
 * Whether a body is too slow to be waited for. It holds memory that others wait for, also with a byte
 * every now and then. All together Node gives it 300 seconds (`requestTimeout`).
 */
export function isTooSlow({ bytes, wasPutOff }: PaceLook): boolean {
  return !wasPutOff && bytes < LEAST_BYTES;
}

/** Up to this many pieces are fine, however small they are. */
const FREE_PIECES = 8192;

/** From there on, this many bytes make a piece, on the average. */
const LEAST_PIECE_BYTES = 64;

/**
 * Whether a body comes in too many too small pieces, chunks of HTTP or packets. Each costs as much as a piece of
 * 64 KiB, most of it before Node hands it over; a client that streams its body sends kilobytes at a time.
 */
export function isFragmented(pieces: number, bytes: number): boolean {
  return pieces > FREE_PIECES && bytes < pieces * LEAST_PIECE_BYTES;
}
