import type { QuotaTables } from './quota-tables';

/** The keys of the sums. */
export const SUM_KEYS = ['day', 'consumer', 'model', 'account', 'size', 'api'] as const;

export type SumKey = (typeof SUM_KEYS)[number];

/** One row per image, identified by `batch` and `position`. */
export interface ImagesTable extends Record<SumKey, string> {
  batch: string;
  position: number;
  at: number;
  request_id: string;
  /** 1 for the first image of a request, otherwise 0. */
  is_first: number;
  /** An HMAC of the end user, with the key in `ledger_settings`. */
  end_user: string | null;
  ratio: string | null;
  service_tier: string | null;
  text_input: number;
  image_input: number;
  text_output: number;
  image_output: number;
  micro_usd: number;
  list_micro_usd: number;
  outcome: string;
  attempts: number;
  ms: number;
}

export interface SumCounts {
  images: number;
  failed: number;
  requests: number;
  input_tokens: number;
  output_tokens: number;
  micro_usd: number;
  list_micro_usd: number;
}

export type DaysTable = Record<SumKey, string> & SumCounts;

/** A request with an Idempotency-Key: see `RequestRecord`. */
export interface RecordsTable {
  scope: string;
  owner: string;
  key_digest: string;
  request_id: string;
  fingerprint: string;
  holder: string;
  state: 'at_work' | 'kept' | 'failed';
  expires_at: number;
  content: string | null;
}

export interface LedgerTables extends QuotaTables {
  ledger_images: ImagesTable;
  ledger_days: DaysTable;
  /** The batches of the last day, so that none is written twice. */
  ledger_batches: { id: string; at: number };
  ledger_settings: { name: string; value: string };
  request_records: RecordsTable;
}
