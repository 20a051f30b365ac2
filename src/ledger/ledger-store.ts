import { createHmac, randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { QuotaBatch, QuotaReply } from '../consumers/limits/quota-store';
import { CompiledStatements } from './compiled-statements';
import { daySums } from './day-sums';
import type { LedgerDatabase } from './ledger-database';
import { migrate } from './ledger-migrations';
import { utcDay, type LedgerBatch, type LedgerRow } from './ledger-row';
import type { RecordCall } from './record-call';
import { callRecords, pruneRecords } from './record-store';
import type { RequestRecord } from './request-records';
import { SUM_KEYS, type ImagesTable, type LedgerTables, type SumCounts } from './ledger-tables';
import { QuotaAccounts } from './quota-accounts';
import { readUsage } from './usage-reader';
import type { UsageGroup, UsageQuery } from './usage-span';

/** How long batch ids are kept; an interrupted writer retries within minutes. */
const BATCHES_KEPT_MS = 24 * 3_600_000;

/** How many rows are deleted in one step, so that others can write in between. */
const PRUNED_AT_ONCE = 5000;

const USER_KEY = 'user_key';

/** The properties of the database that the SQL depends on. */
export interface DatabaseServer {
  /** Whether other processes write at the same time. */
  readonly locksRows: boolean;
  /** Whether repeated statements are cached, without a round trip to a server. */
  readonly keepsStatements: boolean;
}

/** The ledger's tables, with SQL that both SQLite and PostgreSQL understand. */
export class LedgerStore implements LedgerDatabase {
  private readonly quotas: QuotaAccounts;
  private readonly statements: CompiledStatements;
  private prepared: Promise<string> | undefined;

  constructor(
    private readonly db: Kysely<LedgerTables>,
    { locksRows, keepsStatements }: DatabaseServer,
  ) {
    this.statements = new CompiledStatements(keepsStatements);
    this.quotas = new QuotaAccounts(db, this.statements, locksRows);
  }

  async write({ id, rows }: LedgerBatch): Promise<void> {
    const userKey = await this.prepare();
    await this.db.transaction().execute(async (transaction) => {
      const { numInsertedOrUpdatedRows } = await transaction
        .insertInto('ledger_batches')
        .values({ id, at: Date.now() })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .executeTakeFirstOrThrow();
      if (numInsertedOrUpdatedRows === 0n) {
        return;
      }
      const images = rows.map((row, position) => tableRow(row, id, position, userKey));
      await this.statements.insert(transaction, 'images', images, (part) =>
        transaction.insertInto('ledger_images').values(part),
      );
      await transaction
        .insertInto('ledger_days')
        .values(daySums(rows))
        .onConflict((conflict) =>
          conflict.columns([...SUM_KEYS]).doUpdateSet({
            images: added('images'),
            failed: added('failed'),
            requests: added('requests'),
            input_tokens: added('input_tokens'),
            output_tokens: added('output_tokens'),
            micro_usd: added('micro_usd'),
            list_micro_usd: added('list_micro_usd'),
          }),
        )
        .execute();
    });
  }

  async usage(query: UsageQuery): Promise<readonly UsageGroup[]> {
    await this.prepare();
    return readUsage(this.db, query);
  }

  async records(call: RecordCall): Promise<RequestRecord | undefined> {
    await this.prepare();
    return callRecords(this.db, call);
  }

  async countQuotas(batch: QuotaBatch): Promise<QuotaReply> {
    await this.prepare();
    return this.quotas.apply(batch);
  }

  async prune(before: number): Promise<void> {
    await this.prepare();
    await pruneRecords(this.db, Date.now());
    await this.quotas.prune(Date.now(), before);
    await this.db
      .deleteFrom('ledger_batches')
      .where('at', '<', Date.now() - BATCHES_KEPT_MS)
      .execute();
    for (;;) {
      const { numDeletedRows } = await this.db
        .deleteFrom('ledger_images')
        .where((where) =>
          where(
            where.refTuple('batch', 'position'),
            'in',
            where
              .selectFrom('ledger_images')
              .select(['batch', 'position'])
              .where('at', '<', before)
              .orderBy('at')
              .limit(PRUNED_AT_ONCE)
              .$asTuple('batch', 'position'),
          ),
        )
        .executeTakeFirstOrThrow();
      if (numDeletedRows === 0n) {
        return;
      }
      // SQLite deletes without ever leaving its thread to what waits for it.
      await setImmediate();
    }
  }

  async close(): Promise<void> {
    await this.db.destroy();
  }

  /** Creates the tables and the key for end users on first use, and again if that has failed. */
  private prepare(): Promise<string> {
    this.prepared ??= this.makeTables().catch((error: unknown) => {
      this.prepared = undefined;
      throw error;
    });
    return this.prepared;
  }

  private async makeTables(): Promise<string> {
    await migrate(this.db);
    await this.db
      .insertInto('ledger_settings')
      .values({ name: USER_KEY, value: randomBytes(32).toString('hex') })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .execute();
    const { value } = await this.db
      .selectFrom('ledger_settings')
      .select('value')
      .where('name', '=', USER_KEY)
      .executeTakeFirstOrThrow();
    return value;
  }
}

function added(name: keyof SumCounts): RawBuilder<number> {
  return sql<number>`${sql.ref(`ledger_days.${name}`)} + ${sql.ref(`excluded.${name}`)}`;
}

function tableRow(row: LedgerRow, batch: string, position: number, userKey: string): ImagesTable {
  const { user } = row;
  return {
    batch,
    position,
    at: row.at,
    day: utcDay(row.at),
    request_id: row.requestId,
    is_first: row.isFirst ? 1 : 0,
    api: row.api,
    consumer: row.consumer,
    end_user: user === undefined ? null : createHmac('sha256', userKey).update(user).digest('hex'),
    account: row.account,
    model: row.model,
    size: row.size,
    ratio: row.ratio ?? null,
    service_tier: row.serviceTier ?? null,
    text_input: row.textInput,
    image_input: row.imageInput,
    text_output: row.textOutput,
    image_output: row.imageOutput,
    micro_usd: row.microUsd,
    list_micro_usd: row.listMicroUsd,
    outcome: row.outcome,
    attempts: row.attempts,
    ms: row.ms,
  };
}
