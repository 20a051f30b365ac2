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

/** A taker's share of the turns, until it leaves. */
export interface TurnShare {
  /** Records that a piece has been processed. */
  spend(): void;
  leave(): void;
}

/**
 * A taker's place in the order of service. It forgets the taker when that leaves, because an entry
 * may stay in memory after it was removed from a set (decision 28), and a taker references its whole
 * request.
 */
interface Place {
  taker: TurnTaker | undefined;
}

/**
 * Shares the event loop by time, because senders decide how much work a piece is, and there may be
 * any number of pieces and senders. Once the time of a turn is used up, all of them pause. They
 * continue in the next turns, longest-waiting first.
 */
export class TurnBudget {
  /** In order of service: the least recently served is first. */
  private readonly places = new Set<Place>();
  private readonly held = new Set<Place>();
  private readonly waiting = new Set<() => void>();
  private served: Place | undefined;
  private endsAt: number | undefined;

  constructor(private readonly turnMs = TURN_MS) {}

  join(taker: TurnTaker): TurnShare {
    const place: Place = { taker };
    this.places.add(place);
    if (this.held.size > 0) {
      this.hold(place);
    }
    return {
      spend: () => {
        this.spend(place);
      },
      leave: () => {
        this.leave(place);
      },
    };
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

  private leave(place: Place): void {
    const { taker } = place;
    place.taker = undefined;
    this.places.delete(place);
    if (this.held.delete(place)) {
      taker?.release();
    }
  }

  private spend(place: Place): void {
    if (this.served !== place) {
      this.served = place;
      // Served takers move to the end.
      if (this.places.delete(place)) {
        this.places.add(place);
      }
    }
    this.begin();
    if (this.held.size < this.places.size && this.isOver) {
      for (const other of this.places) {
        this.hold(other);
      }
    }
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

  private hold(place: Place): void {
    if (!this.held.has(place)) {
      this.held.add(place);
      place.taker?.hold();
    }
  }

  private releaseSome(): void {
    let left = RELEASED_PER_TURN;
    let newcomersLeft = NEWCOMERS_PER_TURN;
    for (const place of this.places) {
      if (left === 0) {
        return;
      }
      const isNewcomer = place.taker?.isNewcomer === true;
      if (this.held.has(place) && (!isNewcomer || newcomersLeft > 0)) {
        this.held.delete(place);
        place.taker?.release();
        left -= 1;
        newcomersLeft -= isNewcomer ? 1 : 0;
      }
    }
  }
}
