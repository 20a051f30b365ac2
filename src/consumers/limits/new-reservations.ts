import { randomUUID } from 'node:crypto';
import { quotaPeriods } from './quota-period';
import { NO_AMOUNT } from './quota-rules';
import type { Held } from './quota-view';

/** Begins the reservations of this process, each with an id that no other replica uses. */
export class NewReservations {
  private readonly replica = randomUUID();
  private count = 0;

  /** @param lapseMs the maximum duration of a request, plus a margin */
  constructor(
    readonly lapseMs: number,
    private readonly now: () => number,
  ) {}

  /** For a request. */
  of(consumer: string): Held {
    const at = this.now();
    return this.held({ consumer, at, lapsesAt: at + this.lapseMs, ...quotaPeriods(at) });
  }

  /** For several requests of the consumer and periods of one of them. */
  together({ consumer, day, month, at, lapsesAt }: Held): Held {
    return this.held({ consumer, day, month, at, lapsesAt });
  }

  private held(place: Pick<Held, 'consumer' | 'day' | 'month' | 'at' | 'lapsesAt'>): Held {
    this.count += 1;
    return {
      id: `${this.replica}:${this.count}`,
      ...place,
      current: NO_AMOUNT,
      counted: NO_AMOUNT,
      wasSent: false,
      within: undefined,
    };
  }
}
