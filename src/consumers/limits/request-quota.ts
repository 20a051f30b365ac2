import { plus } from './quota-account';
import type { QuotaBook } from './quota-book';
import { NO_AMOUNT, type QuotaAmount } from './quota-rules';
import type { Held } from './quota-view';

/** The daily and monthly usage of one request; settled when the last of its images has ended. */
export class RequestQuota {
  private used: QuotaAmount = NO_AMOUNT;

  /**
   * @param left the number of images that have not ended
   * @param price the reserved amount for each, in micro-dollars
   */
  constructor(
    private readonly book: QuotaBook,
    private readonly held: Held,
    private left: number,
    private readonly price: number,
  ) {}

  /** Adds one ended image. @param microUsd undefined if unknown */
  add(isMade: boolean, microUsd: number | undefined): void {
    this.used = plus(this.used, { images: isMade ? 1 : 0, microUsd: microUsd ?? this.price });
    this.left -= 1;
    if (this.left === 0) {
      this.book.settle(this.held, this.used);
    }
  }
}
