import type { BudgetRequest, MemoryBudget, Reservation } from './memory-budget';
import type { SlabPool } from './slab-pool';
import { Slabs } from './slabs';

/** The memory that the images of one request take, until its client has its answer or has gone. */
export class RequestMemory {
  private readonly slabLists: Slabs[] = [];
  private readonly reservations: Reservation[] = [];
  private isReleased = false;

  constructor(
    private readonly pool: SlabPool,
    private readonly budget: MemoryBudget,
  ) {}

  /** Slabs for the bytes of one answer from upstream. */
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

  /** The end of the request: whatever was cut from its slabs is void from now on. */
  release(): void {
    this.isReleased = true;
    for (const held of [...this.slabLists, ...this.reservations]) {
      held.release();
    }
  }

  private keep(reservation: Reservation): Reservation {
    if (this.isReleased) {
      reservation.release();
    }
    this.reservations.push(reservation);
    return reservation;
  }
}
