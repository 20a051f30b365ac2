import { randomUUID } from 'node:crypto';
import { InterruptibleSleep } from '../concurrency/interruptible-sleep';
import { turningTimeout } from '../concurrency/turning-timeout';
import type { LedgerDatabase } from './ledger-database';
import type { LedgerBatch, LedgerRow } from './ledger-row';

/** Few enough to build their SQL quickly, enough for thousands of rows per second. */
const ROWS_PER_BATCH = 250;
/**
 * How long the first row of a batch waits for others, and so what a killed process may lose. Single
 * rows cost many times as much, so every batch that is not full waits, even under a constant load.
 */
const COLLECT_MS = 250;
/** A write that takes longer is told of. It is waited for all the same: nobody knows whether it is there already. */
const SLOW_MS = 5000;
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 10_000;
/** Beyond this the oldest rows are dropped. */
const MAX_PENDING = 100_000;

/** The state of the writer. */
export interface WriterStatus {
  readonly isUp: boolean;
  /** Since when, in epoch milliseconds. */
  readonly since: number;
  /** Rows that wait to be written. */
  readonly pending: number;
  /** Rows that were lost since the start. */
  readonly dropped: number;
  /** Why the database is down. */
  readonly reason: string | undefined;
}

export interface WriterLog {
  info(facts: object, text: string): void;
  warn(facts: object, text: string): void;
  error(facts: object, text: string): void;
}

/**
 * Writes rows in the background: in order, in batches, one at a time, retrying until it succeeds.
 * No request waits for it.
 */
export class LedgerWriter {
  private rows: LedgerRow[] = [];
  private batch: LedgerBatch | undefined;
  private loop: Promise<void> | undefined;
  private readonly sleep = new InterruptibleSleep();
  private isHurried = false;
  private isCollecting = false;
  private failures = 0;
  private isDown = false;
  private since = Date.now();
  private reason: string | undefined;
  private dropped = 0;
  private readonly waiting: { readonly after: number; readonly done: () => void }[] = [];
  /** The number of rows ever taken, and of those written or dropped. */
  private taken = 0;
  private left = 0;

  constructor(
    private readonly database: Pick<LedgerDatabase, 'write'>,
    private readonly log: WriterLog,
    private readonly maxPending = MAX_PENDING,
  ) {}

  get status(): WriterStatus {
    const { since, dropped, reason } = this;
    const pending = this.taken - this.left;
    return { isUp: !this.isDown, since, pending, dropped, reason };
  }

  add(row: LedgerRow): void {
    this.rows.push(row);
    this.taken += 1;
    if (this.taken - this.left > this.maxPending) {
      this.dropOldest();
    }
    this.loop ??= this.run();
    if (this.isCollecting && this.rows.length >= ROWS_PER_BATCH) {
      this.sleep.wake();
    }
  }

  /**
   * Waits, within the time limit, until all current rows are written; a delayed retry is started at
   * once.
   */
  async flush(timeoutMs: number): Promise<void> {
    if (this.taken === this.left) {
      return;
    }
    const after = this.taken;
    this.hurry();
    await new Promise<void>((done) => {
      const timer = setTimeout(done, timeoutMs);
      this.waiting.push({
        after,
        done: () => {
          clearTimeout(timer);
          done();
        },
      });
    });
  }

  private async run(): Promise<void> {
    while (this.batch !== undefined || this.rows.length > 0) {
      if (this.batch === undefined) {
        await this.collect();
        this.batch = { id: randomUUID(), rows: this.rows.splice(0, ROWS_PER_BATCH) };
      }
      this.isHurried = false;
      try {
        await this.write(this.batch);
        this.leave(this.batch.rows.length);
        this.batch = undefined;
        this.succeeded();
      } catch (error) {
        this.failed(error);
        await this.pause(Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.failures - 1)));
      }
    }
    this.loop = undefined;
  }

  private async write(batch: LedgerBatch): Promise<void> {
    const stop = turningTimeout(SLOW_MS, () => {
      this.down('timeout');
    });
    try {
      await this.database.write(batch);
    } finally {
      stop();
    }
  }

  /** Waits for a full batch, unless somebody waits for the rows. */
  private async collect(): Promise<void> {
    if (this.rows.length < ROWS_PER_BATCH && this.waiting.length === 0) {
      this.isCollecting = true;
      await this.pause(COLLECT_MS);
      this.isCollecting = false;
    }
  }

  private succeeded(): void {
    this.failures = 0;
    if (this.isDown) {
      this.isDown = false;
      this.since = Date.now();
      this.reason = undefined;
      this.log.info({ ...this.counts() }, 'ledger is back');
    }
  }

  private failed(error: unknown): void {
    this.failures += 1;
    this.down(reasonOf(error));
  }

  private down(reason: string): void {
    this.reason = reason;
    if (!this.isDown) {
      this.isDown = true;
      this.since = Date.now();
      this.log.warn(
        { ...this.counts(), reason },
        'ledger cannot be written, images are still served; retrying',
      );
    }
  }

  /** Keeps the batch that is being written, since it may be in the database already. */
  private dropOldest(): void {
    if (this.dropped === 0 || this.dropped % 10_000 === 0) {
      this.log.error({ ...this.counts() }, 'ledger is full: the oldest rows are dropped');
    }
    this.rows.shift();
    this.dropped += 1;
    this.leave(1);
  }

  private leave(rows: number): void {
    this.left += rows;
    while (this.waiting[0] !== undefined && this.waiting[0].after <= this.left) {
      this.waiting.shift()?.done();
    }
  }

  private counts(): { readonly pending: number; readonly dropped: number } {
    return { pending: this.taken - this.left, dropped: this.dropped };
  }

  private async pause(ms: number): Promise<void> {
    if (this.isHurried) {
      return;
    }
    await this.sleep.for(ms);
  }

  private hurry(): void {
    this.isHurried = true;
    this.sleep.wake();
  }
}

/**
 * A short reason without the URL and its password: drivers do not include it in messages, and their
 * codes are enough.
 */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const text = error instanceof Error ? error.message : String(error);
  return typeof code === 'string' && code !== '' ? code : text.slice(0, 120);
}
