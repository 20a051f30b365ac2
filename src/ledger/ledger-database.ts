import type { QuotaBatch, QuotaReply } from '../consumers/limits/quota-store';
import type { LedgerBatch } from './ledger-row';
import type { RecordCall } from './record-call';
import type { RequestRecord } from './request-records';
import type { UsageGroup, UsageQuery } from './usage-span';

/** A database for the ledger. Every call may fail, and may be repeated. */
export interface LedgerDatabase {
  /** Writes rows and sums atomically; a batch that was written already is skipped. */
  write(batch: LedgerBatch): Promise<void>;
  usage(query: UsageQuery): Promise<readonly UsageGroup[]>;
  /** Runs an operation on the request records. */
  records(call: RecordCall): Promise<RequestRecord | undefined>;
  /**
   * Counts the daily and monthly usage of consumers: all changes of a batch or none, each only
   * once.
   */
  countQuotas(batch: QuotaBatch): Promise<QuotaReply>;
  /** Deletes rows older than this; their sums are kept. */
  prune(before: number): Promise<void>;
  close(): Promise<void>;
}
