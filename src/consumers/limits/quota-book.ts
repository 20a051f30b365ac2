import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { turningTimeout } from '../../concurrency/turning-timeout';
import { plus } from './quota-account';
import { quotaPeriods } from './quota-period';
import {
  NO_AMOUNT,
  quotaRefusal,
  type QuotaAmount,
  type QuotaRefusal,
  type QuotaRules,
} from './quota-rules';
import type { QuotaOutcome, QuotaReply, QuotaStore } from './quota-store';
import { QuotaQueue, type QueuedChange } from './quota-queue';
import { entryOf, newHeld, QuotaView, type Held } from './quota-view';

/** How long a request waits for the database. */
const MAX_WAIT_MS = 500;
/** How long a process waits for it before it starts to serve. */
const START_WAIT_MS = 2500;
/** How long shutdown waits for pending updates. */
const LAST_FLUSH_MS = 5000;
const FIRST_RETRY_MS = 250;
const MAX_RETRY_MS = 5000;

export interface QuotaStatus {
  /** Whether the database currently does the counting. */
  readonly isUp: boolean;
  readonly since: number;
  readonly reason: string | undefined;
}

export type QuotaDecision =
  | { readonly granted: true; readonly held: Held }
  /** `at`: when it was requested, in epoch milliseconds. */
  | { readonly granted: false; readonly refusal: QuotaRefusal; readonly at: number };

interface QuotaLog {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
}

interface Waiter {
  readonly held: Held;
  /** @param outcome undefined if the database did not reply in time */
  readonly decide: (outcome: QuotaOutcome | undefined) => void;
}

interface Look {
  readonly consumers: readonly string[];
  readonly done: () => void;
}

/**
 * Daily and monthly usage, counted in the database for all replicas. One batch is in flight at a
 * time, and the next takes all that has accumulated. While the database is away, each replica
 * counts from what it last saw plus its own usage, and updates the database afterwards.
 */
export class QuotaBook {
  private readonly view = new QuotaView();
  private readonly queue = new QuotaQueue();
  private readonly waiters = new Map<string, Waiter>();
  private readonly replica = randomUUID();
  private looks: Look[] = [];
  private loop: Promise<void> | undefined;
  private wake: (() => void) | undefined;
  private reservations = 0;
  private failures = 0;
  private today = '';
  private isEnding = false;
  private state: QuotaStatus;

  /** @param lapseMs the maximum duration of a request, plus a margin */
  constructor(
    private readonly store: QuotaStore,
    private readonly lapseMs: number,
    private readonly log: QuotaLog,
    private readonly now: () => number = Date.now,
  ) {
    this.state = { isUp: true, since: now(), reason: undefined };
    store.beforeClose(() => this.flush());
  }

  get status(): QuotaStatus {
    return this.state;
  }

  /** Reads the usage of these consumers, if the database replies in time. */
  async start(consumers: readonly string[]): Promise<void> {
    if (consumers.length > 0) {
      await this.look(consumers, START_WAIT_MS);
    }
  }

  /** Refreshes this process's view; waits no longer than a request would. */
  async refresh(consumers: readonly string[]): Promise<void> {
    if (consumers.length > 0 && this.state.isUp) {
      await this.look(consumers, MAX_WAIT_MS);
    }
  }

  /** A consumer's usage today and this month, as last seen, including images in progress. */
  lastUsed(consumer: string): QuotaAmount {
    return this.view.total({ consumer, ...quotaPeriods(this.now()) });
  }

  /** Reserves an amount of a consumer's quota, all of it or nothing. */
  async reserve(consumer: string, rules: QuotaRules, amount: QuotaAmount): Promise<QuotaDecision> {
    const held = this.newHeld(consumer);
    const outcome = this.state.isUp ? await this.ask(held, rules, amount) : undefined;
    if (outcome !== undefined) {
      const { refusal } = outcome;
      return refusal === undefined
        ? { granted: true, held }
        : { granted: false, refusal, at: held.at };
    }
    const refusal = quotaRefusal(rules, this.view.total(held), amount);
    if (refusal === undefined) {
      this.view.set(held, amount);
      this.enqueue({ held, change: { ...entryOf(held), kind: 'hold' } });
      return { granted: true, held };
    }
    if (held.wasSent) {
      // The database may have granted it already, or still may.
      this.enqueue({ held, change: { ...entryOf(held), kind: 'settle' } });
    }
    return { granted: false, refusal, at: held.at };
  }

  /** Ends a reservation with the amount that was used. */
  settle(held: Held, used: QuotaAmount): void {
    this.view.set(held, used);
    if (held.wasSent || this.state.isUp) {
      this.enqueue({ held, change: { ...entryOf(held), kind: 'settle' } });
    } else {
      this.addUp(held);
    }
  }

  /** Waits, within a time limit, until the database has all updates. */
  async flush(): Promise<void> {
    this.isEnding = true;
    this.wake?.();
    await Promise.race([this.loop, sleep(LAST_FLUSH_MS, undefined, { ref: false })]);
  }

  private ask(
    held: Held,
    rules: QuotaRules,
    amount: QuotaAmount,
  ): Promise<QuotaOutcome | undefined> {
    return new Promise((resolve) => {
      const stop = turningTimeout(MAX_WAIT_MS, () => {
        this.down('timeout');
      });
      const decide = (outcome: QuotaOutcome | undefined): void => {
        stop();
        this.waiters.delete(held.id);
        resolve(outcome);
      };
      this.waiters.set(held.id, { held, decide });
      this.enqueue({ held, change: { ...entryOf(held), amount, kind: 'reserve', rules } });
    });
  }

  private look(consumers: readonly string[], maxWaitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const stop = turningTimeout(maxWaitMs, () => {
        this.down('timeout');
        resolve();
      });
      const done = (): void => {
        stop();
        resolve();
      };
      this.looks.push({ consumers, done });
      this.loop ??= this.run();
    });
  }

  private addUp(held: Held): void {
    const used = held.current;
    this.queue.drop(held);
    this.view.set(held, NO_AMOUNT);
    const sum = this.queue.sumFor(held, () => newHeld({ ...held, id: this.newId() }));
    this.view.set(sum, plus(sum.current, used));
    this.enqueue({ held: sum, change: { ...entryOf(sum), kind: 'settle' } });
  }

  private enqueue(entry: QueuedChange): void {
    this.queue.put(entry);
    this.loop ??= this.run();
  }

  private async run(): Promise<void> {
    // Lets further changes of this turn join the batch.
    await Promise.resolve();
    while (this.queue.size > 0 || this.looks.length > 0 || !this.state.isUp) {
      const batch = this.queue.next();
      const looks = this.looks.splice(0);
      const at = this.now();
      this.forgetPast(at);
      try {
        const reply = await this.store.apply({
          at,
          changes: batch.map(({ change }) => change),
          consumers: [...new Set(looks.flatMap(({ consumers }) => consumers))],
        });
        this.setCounted(batch, reply);
      } catch (error) {
        this.failed(batch, error);
      }
      looks.forEach(({ done }) => {
        done();
      });
      if (this.failures > 0 && this.isEnding) {
        break;
      }
      if (this.failures > 0) {
        await this.pause(Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.failures - 1)));
      }
    }
    this.loop = undefined;
  }

  private setCounted(batch: readonly QueuedChange[], { outcomes, totals }: QuotaReply): void {
    this.failures = 0;
    if (!this.state.isUp) {
      this.state = { isUp: true, since: this.now(), reason: undefined };
      this.log.info({}, 'days and budgets of consumers are counted in the database again');
    }
    totals.forEach((total) => {
      this.view.saw(total);
    });
    batch.forEach(({ held, change }, index) => {
      const outcome = outcomes[index];
      if (outcome === undefined) {
        return;
      }
      this.view.setCounted(held, outcome.counted);
      const waiter = this.waiters.get(held.id);
      if (waiter !== undefined && change.kind === 'reserve') {
        this.view.set(held, outcome.counted);
        waiter.decide(outcome);
      }
    });
  }

  private failed(batch: readonly QueuedChange[], error: unknown): void {
    this.failures += 1;
    // Waiting requests decide locally now, and add an entry of their own.
    this.down(error instanceof Error ? error.message : 'unknown');
    this.queue.putBack(batch);
  }

  private down(reason: string): void {
    if (this.state.isUp) {
      this.state = { isUp: false, since: this.now(), reason };
      this.log.warn(
        { reason },
        'the database is away or slow: each replica counts days and budgets of consumers from what it last saw, ' +
          'plus its own, until it is back',
      );
    }
    for (const { held, decide } of [...this.waiters.values()]) {
      this.queue.drop(held);
      decide(undefined);
    }
  }

  private forgetPast(at: number): void {
    const periods = quotaPeriods(at);
    if (periods.day !== this.today) {
      this.today = periods.day;
      this.view.forget(periods);
    }
  }

  private async pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms).unref();
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = undefined;
  }

  private newHeld(consumer: string): Held {
    const at = this.now();
    const lapsesAt = at + this.lapseMs;
    return newHeld({ id: this.newId(), consumer, at, lapsesAt, ...quotaPeriods(at) });
  }

  private newId(): string {
    this.reservations += 1;
    return `${this.replica}:${this.reservations}`;
  }
}
