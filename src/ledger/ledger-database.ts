import type { QuotaBatch, QuotaReply } from '../consumers/limits/quota-store';
import type { LedgerBatch } from './ledger-row';
import type { UsageGroup, UsageQuery } from './usage-span';

/** A database that the ledger is kept in. Every call may fail, and may be made again. */
export interface LedgerDatabase {
  /** Writes rows and sums, both or none, and a batch that is there already not again. */
  write(batch: LedgerBatch): Promise<void>;
  usage(query: UsageQuery): Promise<readonly UsageGroup[]>;
  /** Counts days and money of consumers: all changes of a batch or none, and each once. */
  countQuotas(batch: QuotaBatch): Promise<QuotaReply>;
  /** Deletes rows from before a time; their sums stay. */
  prune(before: number): Promise<void>;
  close(): Promise<void>;
}
