/** How long all work that shares a turn of the event loop may take in it, in milliseconds. */
const TURN_MS = 8;

/** How many may continue in one turn, even if no time is left: each costs a system call or two. */
const RELEASED_PER_TURN = 16;

/** How many of those may be new: their cost is not known yet, and older work takes precedence. */
const NEWCOMERS_PER_TURN = 1;

/** Something that processes input piece by piece. */
export interface TurnTaker {
  /** Whether it has not delivered anything yet. */
  readonly isNewcomer: boolean;
  /** Stops the input until `release`, even within this turn. */
  hold(): void;
  release(): void;
}

/**
 * Shares the event loop by time, because senders decide how much work a piece is, and there may be
 * any number of pieces and senders. Once the time of a turn is used up, all of them pause. They
 * continue in the next turns, longest-waiting first.
 */
export class TurnBudget {
  /** In order of service: the least recently served is first. */
  private readonly takers = new Set<TurnTaker>();
  private readonly held = new Set<TurnTaker>();
  private readonly waiting = new Set<() => void>();
  private served: TurnTaker | undefined;
  private endsAt: number | undefined;

  constructor(private readonly turnMs = TURN_MS) {}

  join(taker: TurnTaker): void {
    this.takers.add(taker);
    if (this.held.size > 0) {
      this.hold(taker);
    }
  }

  leave(taker: TurnTaker): void {
    this.takers.delete(taker);
    if (this.held.delete(taker)) {
      taker.release();
    }
  }

  /** Records that a piece has been processed. */
  spend(taker: TurnTaker): void {
    if (this.served !== taker) {
      this.served = taker;
      // Served takers move to the end.
      if (this.takers.delete(taker)) {
        this.takers.add(taker);
      }
    }
    this.begin();
    if (this.held.size < this.takers.size && this.isOver) {
      for (const other of this.takers) {
        this.hold(other);
      }
    }
  }

  /** For work that cannot be split: resolves when it may run; undefined if it may run at once. */
  turn(): Promise<void> | undefined {
    this.begin();
    if (this.waiting.size === 0 && !this.isOver) {
      return undefined;
    }
    return new Promise((resolve) => {
      this.waiting.add(resolve);
    });
  }

  private get isOver(): boolean {
    return this.endsAt !== undefined && performance.now() >= this.endsAt;
  }

  private begin(): void {
    if (this.endsAt === undefined) {
      this.endsAt = performance.now() + this.turnMs;
      setImmediate(() => {
        this.end();
      });
    }
  }

  /** After all input of this poll, and so between two turns. */
  private end(): void {
    this.endsAt = undefined;
    this.served = undefined;
    const [next] = this.waiting;
    if (next !== undefined) {
      this.waiting.delete(next);
      this.begin();
      next();
    }
    this.releaseSome();
    if (this.held.size > 0 || this.waiting.size > 0) {
      this.begin();
    }
  }

  private hold(taker: TurnTaker): void {
    if (!this.held.has(taker)) {
      this.held.add(taker);
      taker.hold();
    }
  }

  private releaseSome(): void {
    let left = RELEASED_PER_TURN;
    let newcomersLeft = NEWCOMERS_PER_TURN;
    for (const taker of this.takers) {
      if (left === 0) {
        return;
      }
      if (this.held.has(taker) && (!taker.isNewcomer || newcomersLeft > 0)) {
        this.held.delete(taker);
        taker.release();
        left -= 1;
        newcomersLeft -= taker.isNewcomer ? 1 : 0;
      }
    }
  }
}
