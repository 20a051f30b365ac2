import type { OnApplicationShutdown } from '@nestjs/common';
import type { ImageRecords } from '../attempts/image-records';
import { turningTimeout } from '../concurrency/turning-timeout';
import type { QuotaStore } from '../consumers/limits/quota-store';
import { DatabaseRecords } from './database-records';
import type { LedgerDatabase } from './ledger-database';
import { ledgerRow, type LedgerBatch } from './ledger-row';
import { LedgerWriter, reasonOf, type WriterLog, type WriterStatus } from './ledger-writer';
import type { RequestRecords } from './request-records';
import type { UsageGroup, UsageQuery } from './usage-span';

const DAY_MS = 86_400_000;
const PRUNE_EVERY_MS = 3_600_000;
/** How long a usage query waits for rows that are not written yet. */
const FLUSH_MS = 1000;
/** A reader waits so long for a database that hangs. */
const READ_MS = 10_000;
/** The end waits so long for what is left to be written. */
const LAST_FLUSH_MS = 8000;

export interface LedgerStatus extends WriterStatus {
  readonly kind: 'sqlite' | 'postgres' | 'memory';
}

export interface LedgerSettings {
  readonly kind: LedgerStatus['kind'];
  readonly retentionDays: number;
}

/** Keeps a row for each image that an account was leased for, and reports their sums. */
export class Ledger implements OnApplicationShutdown {
  /** The request records, which are in the same database. */
  readonly records: RequestRecords;
  private readonly writer: LedgerWriter;
  private readonly firstWork: (() => Promise<void>)[] = [];
  private readonly lastWork: (() => Promise<void>)[] = [];
  private readonly pruning: NodeJS.Timeout;

  constructor(
    private readonly database: LedgerDatabase,
    private readonly settings: LedgerSettings,
    records: ImageRecords,
    private readonly log: WriterLog,
  ) {
    this.records = new DatabaseRecords(database);
    const write = async (batch: LedgerBatch): Promise<void> => {
      await Promise.all(this.firstWork.map((work) => work()));
      await database.write(batch);
    };
    this.writer = new LedgerWriter({ write }, log);
    records.images.subscribe((image) => {
      this.writer.add(ledgerRow(image));
    });
    this.pruning = setInterval(() => void this.prune(), PRUNE_EVERY_MS).unref();
    void this.prune();
  }

  get status(): LedgerStatus {
    return { kind: this.settings.kind, ...this.writer.status };
  }

  /**
   * The daily and monthly usage of consumers, in the same database; undefined if the database ends
   * with the process.
   */
  get quotas(): QuotaStore | undefined {
    if (this.settings.kind === 'memory') {
      return undefined;
    }
    return {
      // SQLite is for a single process.
      isShared: this.settings.kind === 'postgres',
      apply: async (batch) => {
        try {
          return await this.database.countQuotas(batch);
        } catch (cause) {
          throw new Error(reasonOf(cause), { cause });
        }
      },
      beforeRows: (work) => {
        this.firstWork.push(work);
      },
      beforeClose: (work) => {
        this.beforeClose(work);
      },
    };
  }

  /** Registers work to be done before the database is closed, when every image is finished. */
  beforeClose(work: () => Promise<void>): void {
    this.lastWork.push(work);
  }

  /** @throws the database's error */
  async usage(query: UsageQuery): Promise<readonly UsageGroup[]> {
    await this.writer.flush(FLUSH_MS);
    return new Promise((resolve, reject) => {
      const stop = turningTimeout(READ_MS, () => {
        reject(new Error('timeout'));
      });
      void this.database.usage(query).then(resolve, reject).finally(stop);
    });
  }

  /** Called at shutdown, when every image is finished. */
  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.pruning);
    await Promise.all([this.writer.flush(LAST_FLUSH_MS), ...this.lastWork.map((work) => work())]);
    const { pending } = this.writer.status;
    if (pending > 0) {
      this.log.error({ lost: pending }, 'ledger could not be written before the end');
    }
    await this.database.close().catch(() => undefined);
  }

  /**
   * Prunes old rows. The first time it also creates the tables, before the first image needs them.
   */
  private async prune(): Promise<void> {
    try {
      await this.database.prune(Date.now() - this.settings.retentionDays * DAY_MS);
    } catch (error) {
      this.log.warn({ reason: reasonOf(error) }, 'ledger: old rows could not be deleted');
    }
  }
}
