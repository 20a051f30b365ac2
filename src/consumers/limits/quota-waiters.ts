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

  /** @param onTimeout called if a request has waited too long */
  constructor(private readonly onTimeout: () => void) {}

  get size(): number {
    return this.waiters.size;
  }

  has({ id }: Held): boolean {
    return this.waiters.has(id);
  }

  /** The database's decision; undefined if it did not reply in time. */
  decisionOf(held: Held): Promise<QuotaOutcome | undefined> {
    return new Promise((resolve) => {
      const stop = turningTimeout(MAX_WAIT_MS, this.onTimeout);
      const decide = (outcome: QuotaOutcome | undefined): void => {
        stop();
        this.waiters.delete(held.id);
        resolve(outcome);
      };
      this.waiters.set(held.id, { held, decide });
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
}
