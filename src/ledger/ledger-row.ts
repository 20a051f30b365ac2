import { ANONYMOUS } from '../context/consumer';
import type { RecordedImage } from '../attempts/image-records';

/** One image that an account was leased for, as a row of the ledger. */
export interface LedgerRow {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly requestId: string;
  /** Whether it is the first image of its request; requests are counted by it. */
  readonly isFirst: boolean;
  readonly api: string;
  readonly consumer: string;
  /** In plain text, and only until it is written. */
  readonly user: string | undefined;
  readonly account: string;
  readonly model: string;
  /** As it was sent; `default` if none was. */
  readonly size: string;
  readonly ratio: string | undefined;
  readonly serviceTier: string | undefined;
  readonly textInput: number;
  readonly imageInput: number;
  readonly textOutput: number;
  readonly imageOutput: number;
  readonly microUsd: number;
  readonly listMicroUsd: number;
  readonly outcome: string;
  readonly attempts: number;
  readonly ms: number;
}

/** Rows that are written together, once: a batch with an id that was written already is skipped. */
export interface LedgerBatch {
  readonly id: string;
  readonly rows: readonly LedgerRow[];
}

const NO_TOKENS = { textInput: 0, imageInput: 0, textOutput: 0, imageOutput: 0 };

/**
 * Member by member, because rest and spread took as long as sending the row to the database's
 * thread.
 */
export function ledgerRow({ record, context, user }: RecordedImage): LedgerRow {
  const { textInput, imageInput, textOutput, imageOutput } = record.tokens ?? NO_TOKENS;
  return {
    at: record.at,
    requestId: context.id,
    isFirst: context.outcome.records[0] === record,
    // An API added in front of ImagesService may have no entry in route-apis.ts yet.
    api: context.api ?? 'images',
    consumer: (context.consumer ?? ANONYMOUS).name,
    user,
    account: record.account,
    model: record.model,
    size: record.imageSize ?? 'default',
    ratio: record.aspectRatio,
    serviceTier: record.serviceTier,
    textInput,
    imageInput,
    textOutput,
    imageOutput,
    microUsd: record.microUsd,
    listMicroUsd: record.listMicroUsd,
    outcome: record.outcome,
    attempts: record.attempts,
    ms: record.ms,
  };
}

/** The UTC day of a time, `2026-11-28`. */
export function utcDay(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
