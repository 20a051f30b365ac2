import type { QuotaPeriods } from './quota-period';
import type { QuotaAmount, QuotaRefusal, QuotaRules } from './quota-rules';

/** The token under which Nest injects the {@link QuotaStore}; undefined where no ledger lasts. */
export const QUOTA_STORE = Symbol('QuotaStore');

interface QuotaEntry extends QuotaPeriods {
  /** Unlike that of every other replica. What has been done under an id is not done again. */
  readonly id: string;
  readonly consumer: string;
  /** When it was asked for, in epoch milliseconds. */
  readonly at: number;
  readonly lapsesAt: number;
  readonly amount: QuotaAmount;
}

/** What is to become of a reservation. */
export type QuotaChange = QuotaEntry &
  (
    | { readonly kind: 'reserve'; readonly rules: QuotaRules }
    /** Granted while the database was away: it counts, whatever the limit. */
    | { readonly kind: 'hold' }
    /** `amount` is what was used; it counts for good. */
    | { readonly kind: 'settle' }
  );

export interface QuotaBatch {
  readonly at: number;
  /** In this order, and all of them or none. */
  readonly changes: readonly QuotaChange[];
  /** Whose totals are wanted besides. */
  readonly consumers: readonly string[];
}

export interface QuotaOutcome {
  /** What the database counts under this id now. */
  readonly counted: QuotaAmount;
  readonly refusal?: QuotaRefusal;
}

/** What counts in a period: images in a day, micro-dollars in a month, those at work included. */
export interface QuotaTotal {
  readonly consumer: string;
  readonly period: string;
  readonly total: number;
}

export interface QuotaReply {
  /** One for each change. */
  readonly outcomes: readonly QuotaOutcome[];
  /** Of every consumer and period in the batch, when all of it was done. */
  readonly totals: readonly QuotaTotal[];
}

/** Where days and money are counted for all replicas. */
export interface QuotaStore {
  /** May fail, and may be called again with the same changes: each is done once. The error's message is a token for the log. */
  apply(batch: QuotaBatch): Promise<QuotaReply>;
  /** Has something done at the end, before the database is closed. */
  beforeClose(work: () => Promise<void>): void;
}
