import type { BudgetRequest, MemoryBudget, Reservation, Share } from './memory-budget';
import type { SlabPool } from './slab-pool';
import type { Transfer } from './slow-transfers';
import { Slabs } from './slabs';

/** All the memory that one request takes, until its client has its response or has gone. */
export class RequestMemory {
  private readonly slabLists: Slabs[] = [];
  private readonly reservations = new Set<Reservation>();
  private body: Share | undefined;
  private isReleased = false;

  constructor(
    private readonly pool: SlabPool,
    private readonly budget: MemoryBudget,
  ) {}

  /** How many bytes of the process's budget it holds. */
  get bytes(): number {
    return [...this.reservations].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * Says that bytes are on their way to the client: see `SlowTransfers`.
   *
   * @returns ends that
   */
  transfer(transfer: Omit<Transfer, 'heldBytes'>): () => void {
    const held = (): number => this.bytes;
    return this.budget.transfers.add({
      ...transfer,
      get heldBytes() {
        return held();
      },
    });
  }

  /** Slabs for the bytes of one upstream response. */
  slabs(): Slabs {
    const slabs = new Slabs(this.pool);
    if (this.isReleased) {
      slabs.release();
    }
    this.slabLists.push(slabs);
    return slabs;
  }

  /**
   * Bytes of the process's budget, held until the request is over.
   *
   * @returns a promise only where they have to be waited for
   * @throws what `MemoryBudget.reserve` throws
   */
  reserve(request: BudgetRequest): Reservation | Promise<Reservation> {
    const reservation = this.budget.reserve(request);
    return reservation instanceof Promise
      ? reservation.then((later) => this.keep(later))
      : this.keep(reservation);
  }

  /**
   * Counts bytes that are needed now, without waiting for them: see `MemoryBudget.hold`. They are held until
   * they are released, or the request is over.
   */
  hold(bytes: number): Reservation {
    const reservation = this.keep(this.budget.hold(bytes));
    return {
      get bytes() {
        return reservation.bytes;
      },
      settle: (actual) => {
        reservation.settle(actual);
      },
      release: () => {
        reservation.release();
        this.reservations.delete(reservation);
      },
    };
  }

  /** The part of the budget that the body of the request takes as it comes; the same one at each call. */
  bodyShare(): Share {
    this.body ??= this.keep(this.budget.share('bodies'));
    return this.body;
  }

  /**
   * Gives so many bytes of the body back: nobody holds them any more, as what they have become is
   * counted by itself.
   */
  giveBackBody(bytes: number): void {
    this.body?.settle(Math.max(0, this.body.bytes - bytes));
  }

  /** Gives all of the body back: it will not be read. */
  releaseBody(): void {
    this.body?.release();
  }

  /** The end of the request: whatever was cut from its slabs is void from now on. */
  release(): void {
    this.isReleased = true;
    for (const held of [...this.slabLists, ...this.reservations]) {
      held.release();
    }
  }

  private keep<T extends Reservation>(reservation: T): T {
    if (this.isReleased) {
      reservation.release();
    }
    this.reservations.add(reservation);
    return reservation;
  }
}
