import { NO_AMOUNT, type QuotaAmount, type QuotaRefusal } from './quota-rules';
import type { QuotaPeriods } from './quota-period';
import type { QuotaTotal } from './quota-store';

/** A reservation of this process. */
export interface Held extends QuotaPeriods {
  readonly id: string;
  readonly consumer: string;
  readonly at: number;
  readonly lapsesAt: number;
  /** The amount it currently counts for here, and the amount in the database's last reply. */
  current: QuotaAmount;
  counted: QuotaAmount;
  /** Whether the database may know of it. */
  wasSent: boolean;
}

export type QuotaDecision =
  | { readonly granted: true; readonly held: Held }
  /** `at`: when it was asked for, in epoch milliseconds. */
  | { readonly granted: false; readonly refusal: QuotaRefusal; readonly at: number };

interface PeriodView {
  /** The database's last total, for all replicas; undefined if it was never seen. */
  seen: number | undefined;
  /** What this process has used that was not in that total. */
  unreported: number;
}

/**
 * This process's view of days and months: the last total of all replicas, plus its own usage since.
 */
export class QuotaView {
  private readonly consumers = new Map<string, Map<string, PeriodView>>();
  private today = '';

  total({ consumer, day, month }: Pick<Held, 'consumer' | 'day' | 'month'>): QuotaAmount {
    return { images: this.totalOf(consumer, day), microUsd: this.totalOf(consumer, month) };
  }

  /** Whether the database has told its totals of the reservation's day and month. */
  hasSeen({ consumer, day, month }: Held): boolean {
    const periods = this.consumers.get(consumer);
    return periods?.get(day)?.seen !== undefined && periods.get(month)?.seen !== undefined;
  }

  /** Sets the amount that it counts for here. */
  set(held: Held, current: QuotaAmount): void {
    this.addUnreported(held, held.current, current);
    held.current = current;
  }

  settle(held: Held, used: QuotaAmount, now: number): void {
    if (held.lapsesAt <= now) {
      // The database's total may be without it by now.
      this.setCounted(held, NO_AMOUNT);
    }
    this.set(held, used);
  }

  /** Sets the amount that it counts for in the database. */
  setCounted(held: Held, counted: QuotaAmount): void {
    this.addUnreported(held, counted, held.counted);
    held.counted = counted;
  }

  saw({ consumer, period, total }: QuotaTotal): void {
    this.periodOf(consumer, period).seen = total;
  }

  /** Once a day, drops periods in which no request can count any more. */
  forgetPast({ day, month }: QuotaPeriods): void {
    if (day === this.today) {
      return;
    }
    this.today = day;
    for (const [consumer, periods] of this.consumers) {
      for (const [period, { unreported }] of periods) {
        if (period < (period.length === day.length ? day : month) && unreported === 0) {
          periods.delete(period);
        }
      }
      if (periods.size === 0) {
        this.consumers.delete(consumer);
      }
    }
  }

  private addUnreported(held: Held, before: QuotaAmount, after: QuotaAmount): void {
    const { consumer, day, month } = held;
    this.periodOf(consumer, day).unreported += after.images - before.images;
    this.periodOf(consumer, month).unreported += after.microUsd - before.microUsd;
  }

  private totalOf(consumer: string, period: string): number {
    const { seen, unreported = 0 } = this.consumers.get(consumer)?.get(period) ?? {};
    return Math.max(0, (seen ?? 0) + unreported);
  }

  private periodOf(consumer: string, period: string): PeriodView {
    let periods = this.consumers.get(consumer);
    if (periods === undefined) {
      periods = new Map();
      this.consumers.set(consumer, periods);
    }
    let view = periods.get(period);
    if (view === undefined) {
      view = { seen: undefined, unreported: 0 };
      periods.set(period, view);
    }
    return view;
  }
}

/** Member by member: each image makes one, and spreading takes several times as long. */
export function newHeld(
  id: string,
  consumer: string,
  { day, month }: QuotaPeriods,
  at: number,
  lapsesAt: number,
): Held {
  return {
    id,
    consumer,
    day,
    month,
    at,
    lapsesAt,
    current: NO_AMOUNT,
    counted: NO_AMOUNT,
    wasSent: false,
  };
}
