import { turningTimeout } from '../../concurrency/turning-timeout';
import type { QuotaOutcome } from './quota-store';
import type { Held } from './quota-view';

/** How long a request waits for the database, in milliseconds. */
export const MAX_WAIT_MS = 500;

interface Waiter {
  readonly held: Held;
  readonly decide: (outcome: QuotaOutcome | undefined) => void;
}

/** The requests that wait for the database's decision. */
export class QuotaWaiters {
  private readonly waiters = new Map<string, Waiter>();
  /** How many of them each consumer has. */
  private readonly counts = new Map<string, number>();

  /** @param onTimeout called if a request has waited too long */
  constructor(private readonly onTimeout: () => void) {}

  get size(): number {
    return this.waiters.size;
  }

  has({ id }: Held): boolean {
    return this.waiters.has(id);
  }

  /** Whether a request of this consumer waits. */
  hasAny(consumer: string): boolean {
    return this.counts.has(consumer);
  }

  /** The database's decision; undefined if it did not reply in time. */
  decisionOf(held: Held): Promise<QuotaOutcome | undefined> {
    return new Promise((resolve) => {
      const stop = turningTimeout(MAX_WAIT_MS, this.onTimeout);
      const decide = (outcome: QuotaOutcome | undefined): void => {
        stop();
        this.waiters.delete(held.id);
        this.count(held.consumer, -1);
        resolve(outcome);
      };
      this.waiters.set(held.id, { held, decide });
      this.count(held.consumer, 1);
    });
  }

  decide({ id }: Held, outcome: QuotaOutcome): void {
    this.waiters.get(id)?.decide(outcome);
  }

  /** Lets all of them decide by themselves. */
  release(): readonly Held[] {
    const waiters = [...this.waiters.values()];
    for (const { decide } of waiters) {
      decide(undefined);
    }
    return waiters.map(({ held }) => held);
  }

  private count(consumer: string, by: number): void {
    const count = (this.counts.get(consumer) ?? 0) + by;
    if (count > 0) {
      this.counts.set(consumer, count);
    } else {
      this.counts.delete(consumer);
    }
  }
}
