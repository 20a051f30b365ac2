/** How long those who share a turn of the event loop may work in it, in milliseconds. */
const TURN_MS = 8;

/** How many are set going again in one turn: each costs a system call or two, also where no time is left for it. */
const RELEASED_PER_TURN = 16;

/** How many newcomers of those: what they bring is yet to be seen, and what is here already goes first. */
const NEWCOMERS_PER_TURN = 1;

/** Whoever works on what comes in, piece by piece. */
export interface TurnTaker {
  /** Whether nothing has come from it yet. */
  readonly isNewcomer: boolean;
  /** Nothing more is to come in before `release`, not even in this turn. */
  hold(): void;
  release(): void;
}

/**
 * Shares the turns of the event loop by time: what one piece costs is up to whoever sends it, and of
 * pieces as well as of senders there may be any number. When the time of a turn is up all are held, and in the next ones
 * set going again, those that have waited longest first.
 */
export class TurnBudget {
  /** The longest unserved first. */
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

  /** Says that a piece has been worked on. */
  spend(taker: TurnTaker): void {
    if (this.served !== taker) {
      this.served = taker;
      // Those who were served go to the end.
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

  /** For work in one piece: resolves when there is a turn for it, or is undefined where that is now. */
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

  /** Behind all that the poll has brought, and so between two turns. */
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
