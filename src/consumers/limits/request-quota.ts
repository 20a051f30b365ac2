import { plus } from './quota-account';
import type { QuotaBook } from './quota-book';
import { NO_AMOUNT, type QuotaAmount } from './quota-rules';
import type { Held } from './quota-view';

/** What the images of one request have used of a day and a month; settled when the last of them is over. */
export class RequestQuota {
  private used: QuotaAmount = NO_AMOUNT;

  /**
   * @param left images that are still to come to an end
   * @param price what was reserved for each, in micro-dollars
   */
  constructor(
    private readonly book: QuotaBook,
    private readonly held: Held,
    private left: number,
    private readonly price: number,
  ) {}

  /** One of them is over. @param microUsd undefined where nobody knows */
  add(isMade: boolean, microUsd: number | undefined): void {
    this.used = plus(this.used, { images: isMade ? 1 : 0, microUsd: microUsd ?? this.price });
    this.left -= 1;
    if (this.left === 0) {
      this.book.settle(this.held, this.used);
    }
  }
}
