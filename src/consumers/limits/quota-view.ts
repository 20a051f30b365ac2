import { NO_AMOUNT, type QuotaAmount, type QuotaRefusal } from './quota-rules';
import type { QuotaPeriods } from './quota-period';
import type { QuotaChange, QuotaTotal } from './quota-store';

/** A reservation of this process. */
export interface Held extends QuotaPeriods {
  readonly id: string;
  readonly consumer: string;
  readonly at: number;
  readonly lapsesAt: number;
  /** What it counts for here, and what of it the database had when it was last heard. */
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
  /** What the database said last, over all replicas. */
  seen: number;
  /** What this process knows, and the database did not when it said so. */
  unsaid: number;
}

/** What this process knows of days and months: what it last saw of all replicas, plus its own since. */
export class QuotaView {
  private readonly consumers = new Map<string, Map<string, PeriodView>>();

  total({ consumer, day, month }: Pick<Held, 'consumer' | 'day' | 'month'>): QuotaAmount {
    return { images: this.totalOf(consumer, day), microUsd: this.totalOf(consumer, month) };
  }

  /** It counts for so much here now. */
  set(held: Held, current: QuotaAmount): void {
    this.addUnsaid(held, held.current, current);
    held.current = current;
  }

  /** The database counts it for so much. */
  heard(held: Held, counted: QuotaAmount): void {
    this.addUnsaid(held, counted, held.counted);
    held.counted = counted;
  }

  saw({ consumer, period, total }: QuotaTotal): void {
    this.periodOf(consumer, period).seen = total;
  }

  /** Drops what no request can count in any more. */
  forget({ day, month }: QuotaPeriods): void {
    for (const [consumer, periods] of this.consumers) {
      for (const [period, { unsaid }] of periods) {
        if (period < (period.length === day.length ? day : month) && unsaid === 0) {
          periods.delete(period);
        }
      }
      if (periods.size === 0) {
        this.consumers.delete(consumer);
      }
    }
  }

  private addUnsaid(held: Held, before: QuotaAmount, after: QuotaAmount): void {
    const { consumer, day, month } = held;
    this.periodOf(consumer, day).unsaid += after.images - before.images;
    this.periodOf(consumer, month).unsaid += after.microUsd - before.microUsd;
  }

  private totalOf(consumer: string, period: string): number {
    const { seen = 0, unsaid = 0 } = this.consumers.get(consumer)?.get(period) ?? {};
    return Math.max(0, seen + unsaid);
  }

  private periodOf(consumer: string, period: string): PeriodView {
    let periods = this.consumers.get(consumer);
    if (periods === undefined) {
      periods = new Map();
      this.consumers.set(consumer, periods);
    }
    let view = periods.get(period);
    if (view === undefined) {
      view = { seen: 0, unsaid: 0 };
      periods.set(period, view);
    }
    return view;
  }
}

export function newHeld(
  of: Pick<Held, 'id' | 'consumer' | 'day' | 'month' | 'at' | 'lapsesAt'>,
): Held {
  return { ...of, current: NO_AMOUNT, counted: NO_AMOUNT, wasSent: false };
}

/** It as the database is told of it. */
export function entryOf(held: Held): Omit<QuotaChange, 'kind' | 'rules'> {
  const { id, consumer, day, month, at, lapsesAt, current: amount } = held;
  return { id, consumer, day, month, at, lapsesAt, amount };
}
