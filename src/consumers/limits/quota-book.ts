import { setTimeout as sleep } from 'node:timers/promises';
import { turningTimeout } from '../../concurrency/turning-timeout';
import { plus } from './quota-account';
import { QuotaAvailability, type QuotaLog, type QuotaStatus } from './quota-availability';
import { quotaPeriods } from './quota-period';
import { NO_AMOUNT, quotaRefusal, type QuotaAmount, type QuotaRules } from './quota-rules';
import type { QuotaOutcome, QuotaReply, QuotaStore } from './quota-store';
import { QuotaLooks } from './quota-looks';
import { QuotaPacer } from './quota-pacer';
import { changeOf, CHANGES_PER_BATCH, QuotaQueue, type QueuedChange } from './quota-queue';
import { newHeld, QuotaView, type Held, type QuotaDecision } from './quota-view';
import { MAX_WAIT_MS, QuotaWaiters } from './quota-waiters';
import { ReservationIds } from './reservation-ids';

/** How long a process waits for it before it starts to serve. */
const START_WAIT_MS = 2500;
/** How long the ledger's rows wait for the changes that must precede them. */
const SEND_WAIT_MS = 1000;
/** How long shutdown waits for pending updates. */
const LAST_FLUSH_MS = 5000;

/**
 * Daily and monthly usage, counted in the database for all replicas. One batch is in flight at a
 * time, and the next takes all that has accumulated. While the database is away, each replica
 * counts from what it last saw plus its own usage, and updates the database afterwards. The only
 * process of a database always does so, but lets the database refuse.
 */
export class QuotaBook {
  private readonly view = new QuotaView();
  private readonly queue = new QuotaQueue();
  private readonly waiters = new QuotaWaiters(() => {
    this.down('timeout');
  });
  private readonly ids = new ReservationIds();
  private readonly looks = new QuotaLooks();
  private loop: Promise<void> | undefined;
  private readonly pacer = new QuotaPacer(() =>
    this.failures > 0 || this.endsBy !== undefined
      ? undefined
      : {
          reservations: this.waiters.size,
          looks: this.looks.size,
          hasHolds: this.queue.hasHolds,
          isFull: this.queue.size >= CHANGES_PER_BATCH,
          atWork: this.atWork,
        },
  );
  private failures = 0;
  /** When shutdown stops waiting, on the monotonic clock. */
  private endsBy: number | undefined;
  /** How many wait in `sent`. */
  private senders = 0;
  /** Reservations that the database has granted, and that are not settled. */
  private atWork = 0;
  private readonly availability: QuotaAvailability;

  /** @param lapseMs the maximum duration of a request, plus a margin */
  constructor(
    private readonly store: QuotaStore,
    private readonly lapseMs: number,
    log: QuotaLog,
    private readonly now: () => number = Date.now,
  ) {
    this.availability = new QuotaAvailability(log, now);
    store.beforeRows(() => this.sent());
    store.beforeClose(() => this.flush());
  }

  get status(): QuotaStatus {
    return this.availability.status;
  }

  /** Reads the usage of these consumers, if the database replies in time. */
  async start(consumers: readonly string[]): Promise<void> {
    if (consumers.length > 0) {
      await this.look(consumers, START_WAIT_MS);
    }
  }

  /** Refreshes this process's view; waits no longer than a request would. */
  async refresh(consumers: readonly string[]): Promise<void> {
    if (consumers.length > 0 && this.status.isUp) {
      await this.look(consumers, MAX_WAIT_MS);
    }
  }

  /** A consumer's usage today and this month, as last seen, including images in progress. */
  lastUsed(consumer: string): QuotaAmount {
    return this.view.total({ consumer, ...quotaPeriods(this.now()) });
  }

  /** Reserves an amount of a consumer's quota, all of it or nothing. */
  async reserve(consumer: string, rules: QuotaRules, amount: QuotaAmount): Promise<QuotaDecision> {
    const decision = await this.decide(consumer, rules, amount);
    this.atWork += decision.granted ? 1 : 0;
    return decision;
  }

  private async decide(
    consumer: string,
    rules: QuotaRules,
    amount: QuotaAmount,
  ): Promise<QuotaDecision> {
    const at = this.now();
    const periods = quotaPeriods(at);
    const held = newHeld(this.ids.next(), consumer, periods, at, at + this.lapseMs);
    if (this.knowsAll(held) && quotaRefusal(rules, this.view.total(held), amount) === undefined) {
      return this.hold(held, amount);
    }
    const outcome = this.availability.isAsked ? await this.ask(held, rules, amount) : undefined;
    if (outcome !== undefined) {
      const { refusal } = outcome;
      return refusal === undefined ? { granted: true, held } : { granted: false, refusal, at };
    }
    const refusal = quotaRefusal(rules, this.view.total(held), amount);
    if (refusal === undefined) {
      return this.hold(held, amount);
    }
    if (held.wasSent) {
      // The database may have granted it already, or still may.
      this.enqueue({ held, kind: 'settle' });
    }
    return { granted: false, refusal, at };
  }

  /** Ends a reservation with the amount that was used. */
  settle(held: Held, used: QuotaAmount): void {
    this.view.settle(held, used, this.now());
    this.atWork -= 1;
    // A request that is being decided must not overtake it, and `sent` counts on its place.
    if (held.wasSent || this.waiters.size > 0 || this.senders > 0) {
      this.enqueue({ held, kind: 'settle' });
    } else {
      this.addUp(held);
    }
  }

  /**
   * Waits, within a time limit, until the database has every change up to now.
   *
   * @throws Error with a short code if the database fails
   */
  async sent(): Promise<void> {
    const isIdle = (): boolean => this.loop === undefined && this.queue.size === 0;
    this.senders += 1;
    try {
      // The changes go in order, and a batch takes only so many of them.
      for (let left = this.queue.size; left >= 0 && !isIdle(); left -= CHANGES_PER_BATCH) {
        const sent = new Promise<boolean>((done) => {
          this.addLook([], done);
        });
        if (!(await Promise.race([sent, sleep(SEND_WAIT_MS, true, { ref: false })]))) {
          throw new Error(this.status.reason);
        }
      }
    } finally {
      this.senders -= 1;
    }
  }

  /** Waits, within a time limit, until the database has all updates. */
  async flush(): Promise<void> {
    this.endsBy = performance.now() + LAST_FLUSH_MS;
    this.pacer.wake();
    // Nothing else may keep the process alive now.
    const timer = setTimeout(() => undefined, LAST_FLUSH_MS);
    await Promise.race([this.loop, sleep(LAST_FLUSH_MS, undefined, { ref: false })]);
    clearTimeout(timer);
  }

  /**
   * Whether nobody but this process can have used anything that it does not know of. A request that
   * is being decided in the database may be granted there.
   */
  private knowsAll(held: Held): boolean {
    return !this.store.isShared && this.view.hasSeen(held) && !this.waiters.hasAny(held.consumer);
  }

  private hold(held: Held, amount: QuotaAmount): QuotaDecision {
    this.view.set(held, amount);
    if (!this.queue.hasHolds || this.queue.size === CHANGES_PER_BATCH - 1) {
      this.pacer.wake();
    }
    this.enqueue({ held, kind: 'hold' });
    return { granted: true, held };
  }

  private ask(
    held: Held,
    rules: QuotaRules,
    amount: QuotaAmount,
  ): Promise<QuotaOutcome | undefined> {
    const decision = this.waiters.decisionOf(held);
    this.enqueue({ held, kind: 'reserve', amount, rules });
    if (this.waiters.size === 1) {
      this.pacer.wake();
    }
    return decision;
  }

  private async look(consumers: readonly string[], maxWaitMs: number): Promise<void> {
    let stop = (): void => undefined;
    await new Promise<void>((resolve) => {
      stop = turningTimeout(maxWaitMs, () => {
        this.down('timeout');
        resolve();
      });
      this.addLook(consumers, () => {
        resolve();
      });
    });
    stop();
  }

  private addLook(consumers: readonly string[], done: (isDone: boolean) => void): void {
    this.looks.add({ consumers, done });
    this.loop ??= this.run();
    this.pacer.wake();
  }

  private addUp(held: Held): void {
    const used = held.current;
    this.queue.drop(held);
    this.view.set(held, NO_AMOUNT);
    const sum = this.queue.sumFor(held, () =>
      newHeld(this.ids.next(), held.consumer, held, held.at, held.lapsesAt),
    );
    this.view.set(sum, plus(sum.current, used));
    this.enqueue({ held: sum, kind: 'settle' });
  }

  private enqueue(entry: QueuedChange): void {
    this.queue.put(entry);
    this.loop ??= this.run();
  }

  private async run(): Promise<void> {
    // Lets further changes of this turn join the batch.
    await Promise.resolve();
    while (this.queue.size > 0 || this.looks.size > 0 || !this.status.isUp) {
      await this.pacer.untilDue();
      const batch = this.queue.next();
      const { consumers, done } = this.looks.take();
      const at = this.now();
      this.view.forgetPast(quotaPeriods(at));
      const stop = turningTimeout(MAX_WAIT_MS, () => {
        this.availability.slow('timeout');
      });
      try {
        const changes = batch.map(changeOf);
        this.setCounted(batch, await this.store.apply({ at, changes, consumers }));
      } catch (error) {
        this.failed(batch, error);
      } finally {
        stop();
      }
      done(this.failures === 0);
      if (this.failures > 0 && performance.now() > (this.endsBy ?? Infinity)) {
        break;
      }
      if (this.failures > 0) {
        await this.pacer.untilRetry(this.failures);
      }
    }
    this.loop = undefined;
  }

  private setCounted(batch: readonly QueuedChange[], { outcomes, totals }: QuotaReply): void {
    this.failures = 0;
    this.availability.up();
    totals.forEach((total) => {
      this.view.saw(total);
    });
    batch.forEach(({ held, kind }, index) => {
      const outcome = outcomes[index];
      if (outcome === undefined) {
        return;
      }
      this.view.setCounted(held, outcome.counted);
      if (kind === 'reserve' && this.waiters.has(held)) {
        this.view.set(held, outcome.counted);
        this.waiters.decide(held, outcome);
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
    this.availability.down(reason);
    for (const held of this.waiters.release()) {
      this.queue.drop(held);
    }
  }
}
