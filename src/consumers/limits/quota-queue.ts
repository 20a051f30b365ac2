import type { QuotaChange } from './quota-store';
import type { Held } from './quota-view';

/** Changes in one transaction, at most. */
const CHANGES_PER_BATCH = 200;

export interface QueuedChange {
  readonly held: Held;
  readonly change: QuotaChange;
}

/** What the database has to be told, in order; of each reservation the last word only. */
export class QuotaQueue {
  private readonly queue = new Map<string, QueuedChange>();
  /** What was used of reservations that the database never knew, by consumer and periods. */
  private readonly sums = new Map<string, Held>();

  get size(): number {
    return this.queue.size;
  }

  put(entry: QueuedChange): void {
    this.queue.set(entry.held.id, entry);
  }

  drop({ id }: Held): void {
    this.queue.delete(id);
  }

  /**
   * The reservation that others of the same consumer and periods are added to while the database is away: a long
   * time without it costs an entry for each consumer and day, not for each request.
   */
  sumFor(held: Held, make: () => Held): Held {
    const sum = this.sums.get(keyOf(held)) ?? make();
    this.sums.set(keyOf(held), sum);
    return sum;
  }

  /** Takes out what is told next. From then on the database may know of it. */
  next(): readonly QueuedChange[] {
    const batch = [...this.queue.values()].slice(0, CHANGES_PER_BATCH);
    for (const { held } of batch) {
      this.queue.delete(held.id);
      held.wasSent = true;
      if (this.sums.get(keyOf(held)) === held) {
        this.sums.delete(keyOf(held));
      }
    }
    return batch;
  }

  /** What could not be told is told again, unless there is a later word. Who asked for a reservation has decided. */
  putBack(batch: readonly QueuedChange[]): void {
    for (const entry of batch) {
      if (entry.change.kind !== 'reserve' && !this.queue.has(entry.held.id)) {
        this.put(entry);
      }
    }
  }
}

function keyOf({ consumer, day, month }: Held): string {
  return `${day} ${month} ${consumer}`;
}
