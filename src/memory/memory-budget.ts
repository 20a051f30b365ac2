import { GatewayError } from '../errors/gateway-error';
import { givesWay, isAdmitted } from './admission';
import { SlowTransfers } from './slow-transfers';

/**
 * The purpose of the bytes. Each kind has its own queue, and the oldest share of each is always
 * admitted. A request holds the bytes of its body while it waits for those of its response; with a
 * single queue, all requests could wait for each other.
 */
export type BytesKind = 'responses' | 'bodies';

/** A reserved part of the budget. */
export interface Reservation {
  /** How many bytes it holds. */
  readonly bytes: number;
  /** Sets the actual number of bytes. */
  settle(bytes: number): void;
  release(): void;
}

/** A part of the budget that grows as its bytes arrive. It is open until it is released. */
export interface Share extends Reservation {
  /**
   * Takes more bytes, at once if possible.
   *
   * @throws GatewayError `overloaded` if too many are waiting, or if this one must give way
   * @throws the signal's reason if it is aborted first
   */
  grow(growth: Growth): Promise<void> | undefined;
}

export interface Growth {
  readonly bytes: number;
  /** How many bytes must be free for it, if more than it takes. */
  readonly room?: number;
  /** Its weight in the queue: the number of images of the request. */
  readonly weight: number;
  /** Ends the wait with its reason. */
  readonly signal: AbortSignal;
}

/** A part of the budget whose size is known in advance. */
export interface BudgetRequest extends Growth {
  readonly kind: BytesKind;
}

interface BudgetWaiter extends Growth {
  readonly admit: () => void;
  readonly refuse: (reason: Error) => void;
  /** Ends the wait without an error, because its share was released. */
  readonly drop: () => void;
}

interface OpenShare {
  heldBytes: number;
  waiter: BudgetWaiter | undefined;
}

/** The `Retry-After` of a full gateway, in seconds. */
const FULL_RETRY_SECONDS = 5;

/** How long the queue of bodies may stall before the youngest gives way, in milliseconds. */
const STANDSTILL_MS = 3000;

/**
 * Limits the bytes of images that the process holds: request bodies, responses, and what slow
 * clients have yet to read. What does not fit waits in order of arrival.
 */
export class MemoryBudget {
  /** The open shares, oldest first. */
  private readonly open: Readonly<Record<BytesKind, Set<OpenShare>>> = {
    responses: new Set(),
    bodies: new Set(),
  };
  private readonly waitingWeight: Record<BytesKind, number> = { responses: 0, bodies: 0 };
  private heldBytes = 0;
  private readonly reclaimers = new Set<() => boolean>();
  private standstill: NodeJS.Timeout | undefined;

  /** Responses on their way to clients. Slow ones must not make others wait for ever. */
  readonly transfers: SlowTransfers;

  /**
   * @param maxBytes how much may be held at the same time
   * @param maxWaiting how much of each kind may wait, by weight
   */
  constructor(
    readonly maxBytes: number,
    private readonly maxWaiting: number,
    private readonly standstillMs = STANDSTILL_MS,
  ) {
    this.transfers = new SlowTransfers(maxBytes, () => this.waiting > 0);
  }

  /** The bytes that are held or expected. */
  get bytes(): number {
    return this.heldBytes;
  }

  /** The total weight of everything that waits. */
  get waiting(): number {
    return this.waitingWeight.responses + this.waitingWeight.bodies;
  }

  /**
   * Reserves a part of the budget, at once if it fits.
   *
   * @throws what `Share.grow` throws
   */
  reserve({ kind, ...growth }: BudgetRequest): Share | Promise<Share> {
    const share = this.share(kind);
    const release = (error: unknown): never => {
      share.release();
      throw error;
    };
    try {
      return share.grow(growth)?.then(() => share, release) ?? share;
    } catch (error) {
      return release(error);
    }
  }

  /** Called before a request waits, to free memory; returns whether it freed any. */
  onShortage(giveBack: () => boolean): () => void {
    this.reclaimers.add(giveBack);
    return () => this.reclaimers.delete(giveBack);
  }

  /** An empty share. The older it is, the sooner it may grow. */
  share(kind: BytesKind): Share {
    const own: OpenShare = { heldBytes: 0, waiter: undefined };
    let isReleased = false;
    this.open[kind].add(own);
    const settle = (bytes: number): void => {
      if (!isReleased) {
        this.take(own, bytes - own.heldBytes);
        this.serve();
      }
    };
    return {
      get bytes() {
        return own.heldBytes;
      },
      grow: (growth) => {
        growth.signal.throwIfAborted();
        if (isReleased) {
          return undefined;
        }
        while (!this.admits(kind, own, growth)) {
          if (![...this.reclaimers].some((giveBack) => giveBack())) {
            return this.wait(kind, own, growth);
          }
        }
        this.take(own, growth.bytes);
        return undefined;
      },
      settle,
      release: () => {
        if (!isReleased) {
          this.open[kind].delete(own);
          own.waiter?.drop();
          settle(0);
          isReleased = true;
        }
      },
    };
  }

  /**
   * Counts bytes that an admitted request needs while it runs, such as decoded pixels. They never
   * wait, because the request would wait for itself; other requests wait for them.
   */
  hold(bytes: number): Reservation {
    let own = bytes;
    let isReleased = false;
    this.heldBytes += own;
    const settle = (actual: number): void => {
      if (!isReleased) {
        this.heldBytes += actual - own;
        own = actual;
        this.serve();
      }
    };
    return {
      get bytes() {
        return own;
      },
      settle,
      release: () => {
        settle(0);
        isReleased = true;
      },
    };
  }

  private admits(kind: BytesKind, share: OpenShare, { bytes, room = bytes }: Growth): boolean {
    const [oldest] = this.open[kind];
    return isAdmitted({
      bytes: Math.max(bytes, room),
      heldBytes: this.heldBytes,
      maxBytes: this.maxBytes,
      isOldest: share === oldest,
      hasOlderWaiting: this.waitingWeight[kind] > 0 && this.hasOlderWaiting(kind, share),
    });
  }

  private hasOlderWaiting(kind: BytesKind, share: OpenShare): boolean {
    for (const older of this.open[kind]) {
      if (older === share || older.waiter !== undefined) {
        return older !== share;
      }
    }
    return false;
  }

  private take(share: OpenShare, bytes: number): void {
    share.heldBytes += bytes;
    this.heldBytes += bytes;
  }

  private wait(kind: BytesKind, share: OpenShare, growth: Growth): Promise<void> {
    const { signal, weight } = growth;
    if (this.waitingWeight[kind] + weight > this.maxWaiting) {
      throw full();
    }
    this.waitingWeight[kind] += weight;
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        share.waiter = undefined;
        this.waitingWeight[kind] -= weight;
        signal.removeEventListener('abort', onAbort);
      };
      const refuse = (reason: Error): void => {
        leave();
        reject(reason);
      };
      const onAbort = (): void => {
        refuse(signal.reason as Error);
        // The next one in the queue may be smaller.
        this.serve();
      };
      share.waiter = {
        ...growth,
        refuse,
        drop: () => {
          leave();
          resolve();
        },
        admit: () => {
          leave();
          this.take(share, growth.bytes);
          resolve();
        },
      };
      signal.addEventListener('abort', onAbort);
      this.watchForStandstill();
      this.transfers.watch();
    });
  }

  /** Serves responses first: completing them frees the memory that others wait for. */
  private serve(): void {
    for (const kind of ['responses', 'bodies'] as const) {
      if (this.waitingWeight[kind] > 0) {
        this.serveLine(kind);
      }
    }
  }

  private serveLine(kind: BytesKind): void {
    for (const share of this.open[kind]) {
      const { waiter } = share;
      if (waiter !== undefined) {
        if (!this.admits(kind, share, waiter)) {
          return;
        }
        waiter.admit();
        this.standstill?.refresh();
      }
    }
  }

  /** Only bodies hold bytes while they wait for more. */
  private watchForStandstill(): void {
    this.standstill ??= setTimeout(() => {
      this.standstill = undefined;
      const waiting = [...this.open.bodies].filter(({ waiter }) => waiter !== undefined);
      givesWay(waiting)?.waiter?.refuse(full());
      if (waiting.length > 0) {
        this.watchForStandstill();
      }
    }, this.standstillMs).unref();
  }
}

function full(): GatewayError {
  return new GatewayError({ kind: 'overloaded', retryAfterSeconds: FULL_RETRY_SECONDS });
}
