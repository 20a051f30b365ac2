import type { QuotaPeriods } from './quota-period';
import type { QuotaAmount, QuotaRefusal, QuotaRules } from './quota-rules';

/**
 * The token under which Nest injects the {@link QuotaStore}; undefined without a persistent ledger.
 */
export const QUOTA_STORE = Symbol('QuotaStore');

interface QuotaEntry extends QuotaPeriods {
  /** Unique across all replicas. A change is applied only once per id. */
  readonly id: string;
  readonly consumer: string;
  /** When it was requested, in epoch milliseconds. */
  readonly at: number;
  readonly lapsesAt: number;
  readonly amount: QuotaAmount;
}

/** A change of a reservation. */
export type QuotaChange = QuotaEntry &
  (
    | { readonly kind: 'reserve'; readonly rules: QuotaRules }
    /** Granted while the database was away: it counts, whatever the limit. */
    | { readonly kind: 'hold' }
    /** `amount` is what was used; it counts permanently. */
    | { readonly kind: 'settle' }
  );

export interface QuotaBatch {
  readonly at: number;
  /** Applied in this order, all or none. */
  readonly changes: readonly QuotaChange[];
  /** Consumers whose totals are requested as well. */
  readonly consumers: readonly string[];
}

export interface QuotaOutcome {
  /** What the database now counts under this id. */
  readonly counted: QuotaAmount;
  readonly refusal?: QuotaRefusal;
}

/**
 * The total in a period: images in a day, micro-dollars in a month, including those in progress.
 */
export interface QuotaTotal {
  readonly consumer: string;
  readonly period: string;
  readonly total: number;
}

export interface QuotaReply {
  /** One for each change. */
  readonly outcomes: readonly QuotaOutcome[];
  /** For every consumer and period in the batch, after all its changes. */
  readonly totals: readonly QuotaTotal[];
}

/** Counts daily and monthly usage for all replicas. */
export interface QuotaStore {
  /** Whether other processes count in it as well. */
  readonly isShared: boolean;
  /**
   * May fail, and may be called again with the same changes: each is applied once. The error's
   * message is a short code for the log.
   */
  apply(batch: QuotaBatch): Promise<QuotaReply>;
  /**
   * Registers what must succeed before the ledger's rows are written. A period begins with the usage
   * in the ledger, so a row that preceded its own reservation would count twice.
   */
  beforeRows(work: () => Promise<void>): void;
  /** Registers work to be done at shutdown, before the database is closed. */
  beforeClose(work: () => Promise<void>): void;
}
