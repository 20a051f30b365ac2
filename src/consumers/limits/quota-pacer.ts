import { InterruptibleSleep } from '../../concurrency/interruptible-sleep';
import { batchDelay, retryDelay, type QuotaPending } from './quota-pace';

/** Waits until the next batch is due. */
export class QuotaPacer {
  private readonly sleep = new InterruptibleSleep();
  private lastBatchAt = 0;

  /** @param pending what waits for the next batch; undefined if it is due at once */
  constructor(private readonly pending: () => Omit<QuotaPending, 'elapsedMs'> | undefined) {}

  /** What is pending has changed. */
  wake(): void {
    this.sleep.wake();
  }

  async untilDue(): Promise<void> {
    for (let ms = this.delay(); ms > 0; ms = this.isUrgent() ? this.delay() : 0) {
      await this.sleep.for(ms);
    }
    this.lastBatchAt = performance.now();
  }

  /** @param failures how many times in a row the database has failed */
  async untilRetry(failures: number): Promise<void> {
    await this.sleep.for(retryDelay(failures));
  }

  private isUrgent(): boolean {
    const { reservations = 0, hasHolds = false, isFull = false } = this.pending() ?? {};
    return reservations > 0 || hasHolds || isFull;
  }

  private delay(): number {
    const pending = this.pending();
    return pending === undefined
      ? 0
      : batchDelay({ ...pending, elapsedMs: performance.now() - this.lastBatchAt });
  }
}
