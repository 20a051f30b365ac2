import type { QuotaAmount, QuotaRules } from './quota-rules';
import type { QuotaChange } from './quota-store';
import type { Held } from './quota-view';

/** The maximum number of changes in one transaction. */
export const CHANGES_PER_BATCH = 200;

/** A change whose amount, unless it is a request for a reservation, is what `held` counts when it is sent. */
export type QueuedChange = { readonly held: Held } & (
  | { readonly kind: 'reserve'; readonly amount: QuotaAmount; readonly rules: QuotaRules }
  | { readonly kind: 'hold' | 'settle' }
);

/** The pending updates for the database, in order; for each reservation only the latest. */
export class QuotaQueue {
  private readonly queue = new Map<string, QueuedChange>();
  /** The usage of reservations that never reached the database, by consumer and periods. */
  private readonly sums = new Map<string, Held>();

  /** Whether a reservation was granted here since the last batch was taken. */
  hasHolds = false;

  get size(): number {
    return this.queue.size;
  }

  put(entry: QueuedChange): void {
    this.hasHolds ||= entry.kind === 'hold';
    this.queue.set(entry.held.id, entry);
  }

  drop({ id }: Held): void {
    this.queue.delete(id);
  }

  /**
   * The entry that collects reservations of the same consumer and periods while the database is
   * away: a long outage then costs one entry per consumer and day rather than per request.
   */
  sumFor(held: Held, make: () => Held): Held {
    const sum = this.sums.get(keyOf(held)) ?? make();
    this.sums.set(keyOf(held), sum);
    return sum;
  }

  /** Takes the next batch out. From then on the database may know of it. */
  next(): readonly QueuedChange[] {
    this.hasHolds = false;
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

  /**
   * Puts a failed batch back, except changes that a later one supersedes. Requests for reservations
   * have been decided by then.
   */
  putBack(batch: readonly QueuedChange[]): void {
    for (const entry of batch) {
      if (entry.kind !== 'reserve' && !this.queue.has(entry.held.id)) {
        this.put(entry);
      }
    }
  }
}

/** The change in the form that is sent to the database. */
export function changeOf(queued: QueuedChange): QuotaChange {
  const { id, consumer, day, month, at, lapsesAt, current } = queued.held;
  const entry = { id, consumer, day, month, at, lapsesAt };
  if (queued.kind === 'reserve') {
    return { ...entry, kind: queued.kind, amount: queued.amount, rules: queued.rules };
  }
  return { ...entry, kind: queued.kind, amount: current };
}

function keyOf({ consumer, day, month }: Held): string {
  return `${day} ${month} ${consumer}`;
}
