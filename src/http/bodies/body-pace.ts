/** The interval at which a body's progress is checked, in milliseconds. */
export const PACE_MS = 20_000;

/** The minimum number of bytes per interval: 0.8 KiB/s, which even a modem reaches. */
const MIN_BYTES = 16 * 1024;

/** The progress of an incomplete body during one interval of `PACE_MS`. */
export interface PaceSample {
  /** The bytes that arrived during the interval. */
  readonly bytes: number;
  /** Whether Easel itself paused reading during the interval, for lack of memory. */
  readonly wasPausedForMemory: boolean;
}

/**
 * Whether a body is too slow to wait for. It holds memory that others need, even if a byte arrives
 * now and then. Node would allow the whole body 300 seconds (`requestTimeout`).
 */
export function isTooSlow({ bytes, wasPausedForMemory }: PaceSample): boolean {
  return !wasPausedForMemory && bytes < MIN_BYTES;
}

/** Bodies of up to this many pieces are accepted whatever the size of the pieces. */
const FREE_PIECES = 8192;

/** With more pieces, their average size must be at least this, in bytes. */
const MIN_PIECE_BYTES = 64;

/**
 * Whether a body arrives in too many tiny pieces (HTTP chunks or packets). Each costs as much as a
 * piece of 64 KiB, mostly before Node delivers it. A client that streams its body sends kilobytes
 * at a time.
 */
export function isFragmented(pieces: number, bytes: number): boolean {
  return pieces > FREE_PIECES && bytes < pieces * MIN_PIECE_BYTES;
}
