import type { BudgetRequest, MemoryBudget, Reservation, Share } from './memory-budget';
import type { SlabPool } from './slab-pool';
import type { Transfer } from './slow-transfers';
import { Slabs } from './slabs';

/** All memory of one request, until its client has received the response or disconnected. */
export class RequestMemory {
  private readonly slabLists: Slabs[] = [];
  private readonly reservations = new Set<Reservation>();
  private body: Share | undefined;
  private isReleased = false;

  constructor(
    private readonly pool: SlabPool,
    private readonly budget: MemoryBudget,
  ) {}

  /** How many bytes of the process's budget the request holds. */
  get bytes(): number {
    return [...this.reservations].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * Registers bytes that are on their way to the client: see `SlowTransfers`.
   *
   * @returns removes the registration
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
   * Reserves bytes of the process's budget until the request is closed.
   *
   * @returns a promise only if it has to wait
   * @throws what `MemoryBudget.reserve` throws
   */
  reserve(request: BudgetRequest): Reservation | Promise<Reservation> {
    const reservation = this.budget.reserve(request);
    return reservation instanceof Promise
      ? reservation.then((later) => this.keep(later))
      : this.keep(reservation);
  }

  /**
   * Counts bytes that are needed now, without waiting: see `MemoryBudget.hold`. They are held until
   * they are released or the request is closed.
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

  /**
   * The share of the budget for the request's body as it arrives; every call returns the same one.
   */
  bodyShare(): Share {
    this.body ??= this.keep(this.budget.share('bodies'));
    return this.body;
  }

  /**
   * Releases some bytes of the body: nothing references them any more, and what they were converted
   * to is counted separately.
   */
  releaseBodyBytes(bytes: number): void {
    this.body?.settle(Math.max(0, this.body.bytes - bytes));
  }

  /** Releases everything except the slices, for which this many bytes are counted. */
  keepOnly(slices: readonly Buffer[], bytes: number): void {
    for (const slabs of this.slabLists) {
      slabs.keepOnly(slices);
    }
    const held = this.isReleased ? undefined : this.budget.hold(bytes);
    for (const reservation of this.reservations) {
      reservation.release();
    }
    this.reservations.clear();
    if (held !== undefined) {
      this.reservations.add(held);
    }
  }

  /** Releases the body: it will not be read. */
  releaseBody(): void {
    this.body?.release();
  }

  /** Called at the end of the request. Slices of its slabs must not be read after this. */
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
