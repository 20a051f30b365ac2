import { GatewayError } from '../errors/gateway-error';

/**
 * What the bytes are for. Each kind has a line of its own, and one of each is always let in: a request holds
 * the bytes of its body while it waits for those of its answer, and in one line, or in none, all could wait
 * for each other.
 */
export type BytesKind = 'responses' | 'bodies';

/** A part of the budget, taken. */
export interface Reservation {
  /** So many bytes they are really. */
  settle(bytes: number): void;
  release(): void;
}

export interface BudgetRequest {
  readonly kind: BytesKind;
  /** How many there will be, as far as that can be told. */
  readonly bytes: number;
  /** What it counts for among those who wait: the images of a request. */
  readonly weight: number;
  /** Ends the wait; its reason is thrown. */
  readonly signal: AbortSignal;
}

interface Waiter {
  readonly request: BudgetRequest;
  readonly admit: (reservation: Reservation) => void;
}

/** What a client is told to wait when too many wait already, in seconds. */
const FULL_RETRY_SECONDS = 5;

/**
 * Bounds the bytes of images that the process holds: those that come in, those that are made, and those that
 * slow clients have yet to take. What does not fit waits, in the order it came.
 */
export class MemoryBudget {
  private readonly held: Record<BytesKind | 'work', number> = { responses: 0, bodies: 0, work: 0 };
  private readonly holders: Record<BytesKind, number> = { responses: 0, bodies: 0 };
  private readonly lines: Readonly<Record<BytesKind, Set<Waiter>>> = {
    responses: new Set(),
    bodies: new Set(),
  };
  private waitingWeight = 0;

  /**
   * @param maxBytes how much may be held at the same time
   * @param maxWaiting how much may wait, by weight
   */
  constructor(
    readonly maxBytes: number,
    private readonly maxWaiting: number,
  ) {}

  /** Bytes that are held, or are about to come. */
  get bytes(): number {
    return this.held.responses + this.held.bodies + this.held.work;
  }

  /** How many wait, by weight. */
  get waiting(): number {
    return this.waitingWeight;
  }

  /**
   * A part of the budget, at once where it fits.
   *
   * @throws GatewayError `overloaded` when too many wait already
   * @throws the signal's reason when that is aborted first
   */
  reserve(request: BudgetRequest): Reservation | Promise<Reservation> {
    const line = this.lines[request.kind];
    if (line.size === 0 && this.fits(request)) {
      return this.take(request);
    }
    return this.wait(request, line);
  }

  /**
   * Counts bytes that a request which was let in needs on its way, such as decoded pixels. They never wait,
   * for the request would then wait for itself; but others wait for them.
   */
  hold(bytes: number): Reservation {
    return this.reservation('work', bytes, () => undefined);
  }

  private wait(request: BudgetRequest, line: Set<Waiter>): Promise<Reservation> {
    const { signal, weight } = request;
    if (this.waitingWeight + weight > this.maxWaiting) {
      throw new GatewayError({ kind: 'overloaded', retryAfterSeconds: FULL_RETRY_SECONDS });
    }
    signal.throwIfAborted();
    this.waitingWeight += weight;
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        line.delete(waiter);
        this.waitingWeight -= weight;
        signal.removeEventListener('abort', onAbort);
      };
      const onAbort = (): void => {
        leave();
        reject(signal.reason as Error);
        // Whoever stood behind it may be smaller.
        this.serve();
      };
      const waiter: Waiter = {
        request,
        admit: (reservation) => {
          leave();
          resolve(reservation);
        },
      };
      signal.addEventListener('abort', onAbort);
      line.add(waiter);
    });
  }

  /** Answers first: they end what holds the others up. */
  private serve(): void {
    for (const line of [this.lines.responses, this.lines.bodies]) {
      for (const { request, admit } of line) {
        if (!this.fits(request)) {
          break;
        }
        admit(this.take(request));
      }
    }
  }

  private fits({ kind, bytes }: BudgetRequest): boolean {
    return this.holders[kind] === 0 || this.bytes + bytes <= this.maxBytes;
  }

  private take({ kind, bytes }: BudgetRequest): Reservation {
    this.holders[kind] += 1;
    return this.reservation(kind, bytes, () => {
      this.holders[kind] -= 1;
    });
  }

  private reservation(kind: BytesKind | 'work', bytes: number, onRelease: () => void): Reservation {
    let own = bytes;
    let isReleased = false;
    this.held[kind] += own;
    return {
      settle: (actual) => {
        if (!isReleased) {
          this.held[kind] += actual - own;
          own = actual;
          this.serve();
        }
      },
      release: () => {
        if (!isReleased) {
          isReleased = true;
          this.held[kind] -= own;
          onRelease();
          this.serve();
        }
      },
    };
  }
}
