/** How long an offset is used, in milliseconds. The system clock is adjusted more slowly. */
const VALID_MS = 1000;

/**
 * Converts times of the monotonic clock to the epoch. The system clock resolves to a millisecond, so
 * an offset of its own for each request would make the times of different requests less comparable.
 */
export class EpochClock {
  private current = 0;
  private validUntil = -Infinity;

  /** Milliseconds from `performance.now()` to the epoch. */
  offset(): number {
    const now = performance.now();
    if (now >= this.validUntil) {
      this.current = Date.now() - now;
      this.validUntil = now + VALID_MS;
    }
    return this.current;
  }
}
