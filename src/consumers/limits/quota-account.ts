import { NO_AMOUNT, quotaRefusal, type QuotaAmount } from './quota-rules';
import type { QuotaChange, QuotaOutcome, QuotaTotal } from './quota-store';

/** A reservation in the database. */
export interface KnownReservation {
  readonly id: string;
  readonly amount: QuotaAmount;
  readonly isSettled: boolean;
  readonly isLapsed: boolean;
}

/** The database's state for the consumers and periods of a batch, before the batch. */
export interface QuotaRecord {
  /** Settled amounts. */
  readonly settled: readonly QuotaTotal[];
  /** Open reservations that have not lapsed. */
  readonly open: readonly QuotaTotal[];
  readonly known: readonly KnownReservation[];
}

/** What is to be written. */
export interface QuotaWrites {
  readonly outcomes: readonly QuotaOutcome[];
  /** New or settled reservations, in their final state. */
  readonly written: readonly (QuotaChange & { readonly isSettled: boolean })[];
  /** Amounts to add to the settled totals. */
  readonly added: readonly QuotaTotal[];
  readonly totals: readonly QuotaTotal[];
}

/**
 * Applies the changes of a batch in order. Pure: the database only reads before and writes after
 * it.
 */
export function carryOut(changes: readonly QuotaChange[], record: QuotaRecord): QuotaWrites {
  const settled = new Sums(record.settled);
  const open = new Sums(record.open);
  const added = new Sums([]);
  const known = new Map(record.known.map((one) => [one.id, one]));
  const written = new Map<string, QuotaWrites['written'][number]>();
  const outcomes = changes.map((change): QuotaOutcome => {
    const { id, amount } = change;
    const before = known.get(id);
    if (before?.isSettled === true || (before !== undefined && change.kind !== 'settle')) {
      return { counted: before.amount };
    }
    if (change.kind === 'reserve') {
      const used = plus(settled.of(change), open.of(change));
      const refusal = quotaRefusal(change.rules, used, amount);
      if (refusal !== undefined) {
        return { counted: NO_AMOUNT, refusal };
      }
    }
    const isSettled = change.kind === 'settle';
    if (isSettled) {
      if (before?.isLapsed === false) {
        open.add(change, { images: -before.amount.images, microUsd: -before.amount.microUsd });
      }
      settled.add(change, amount);
      added.add(change, amount);
    } else {
      open.add(change, amount);
    }
    known.set(id, { id, amount, isSettled, isLapsed: false });
    written.set(id, { ...change, isSettled });
    return { counted: amount };
  });
  return {
    outcomes,
    written: [...written.values()],
    added: added.list(),
    totals: settled.with(open),
  };
}

export function plus(a: QuotaAmount, b: QuotaAmount): QuotaAmount {
  return { images: a.images + b.images, microUsd: a.microUsd + b.microUsd };
}

type QuotaKey = Pick<QuotaChange, 'consumer' | 'day' | 'month'>;

/** Sums by consumer and period. */
class Sums {
  private readonly sums = new Map<string, QuotaTotal>();

  constructor(totals: readonly QuotaTotal[]) {
    for (const { consumer, period, total } of totals) {
      this.increase(consumer, period, total);
    }
  }

  of({ consumer, day, month }: QuotaKey): QuotaAmount {
    return { images: this.read(consumer, day), microUsd: this.read(consumer, month) };
  }

  add({ consumer, day, month }: QuotaKey, { images, microUsd }: QuotaAmount): void {
    this.increase(consumer, day, images);
    this.increase(consumer, month, microUsd);
  }

  list(): readonly QuotaTotal[] {
    return [...this.sums.values()];
  }

  /** The sums of both. */
  with(other: Sums): readonly QuotaTotal[] {
    return new Sums([...this.list(), ...other.list()]).list();
  }

  private read(consumer: string, period: string): number {
    return this.sums.get(keyOf(consumer, period))?.total ?? 0;
  }

  private increase(consumer: string, period: string, by: number): void {
    const total = this.read(consumer, period) + by;
    this.sums.set(keyOf(consumer, period), { consumer, period, total });
  }
}

function keyOf(consumer: string, period: string): string {
  return `${period} ${consumer}`;
}
