/**
 * How many bytes all connections together may read in one turn of the event loop. A fast socket
 * delivers several megabytes at once, and dozens may do so in the same turn.
 */
const BYTES_PER_TURN = 512 * 1024;

/**
 * The same limit in milliseconds: half a megabyte in chunks of one byte takes ten times as long.
 */
const TURN_MS = 8;

/** Shares the event loop between reading connections and everything else. */
export class ReadBudget {
  private bytes = 0;
  private endsAt = 0;

  constructor(private readonly turnMs = TURN_MS) {}

  private readonly waiting = new Set<() => void>();

  /**
   * Counts bytes that were read.
   *
   * @param resume called in the next turn if no budget is left in this one
   * @returns whether budget is left
   */
  mayContinue(bytes: number, resume: () => void): boolean {
    if (this.bytes === 0) {
      this.endsAt = performance.now() + this.turnMs;
      setImmediate(() => {
        this.nextTurn();
      });
    }
    this.bytes += bytes;
    if (this.bytes < BYTES_PER_TURN && performance.now() < this.endsAt) {
      return true;
    }
    this.waiting.add(resume);
    return false;
  }

  private nextTurn(): void {
    this.bytes = 0;
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const resume of waiting) {
      resume();
    }
  }
}
