import { createHmac, randomBytes } from 'node:crypto';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { QuotaBatch, QuotaReply } from '../consumers/limits/quota-store';
import { daySums } from './day-sums';
import type { LedgerDatabase } from './ledger-database';
import { migrate } from './ledger-migrations';
import { utcDay, type LedgerBatch, type LedgerRow } from './ledger-row';
import {
  SUM_KEYS,
  type ImagesTable,
  type LedgerTables,
  type SumCounts,
  type SumKey,
} from './ledger-tables';
import { QuotaAccounts } from './quota-accounts';
import {
  mergeGroups,
  usageSpans,
  type UsageGroup,
  type UsageQuery,
  type UsageSpan,
} from './usage-span';

/** A writer that was cut off tries again within minutes. */
const BATCHES_KEPT_MS = 24 * 3_600_000;

/** Rows deleted in one step: others can write in between. */
const PRUNED_AT_ONCE = 5000;

const USER_KEY = 'user_key';

/** The ledger's tables, by SQL that SQLite and PostgreSQL both speak. */
export class LedgerStore implements LedgerDatabase {
  private readonly quotas: QuotaAccounts;
  private prepared: Promise<string> | undefined;

  /** @param locksRows whether other processes write at the same time */
  constructor(
    private readonly db: Kysely<LedgerTables>,
    locksRows: boolean,
  ) {
    this.quotas = new QuotaAccounts(db, locksRows);
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
      await transaction
        .insertInto('ledger_images')
        .values(rows.map((row, position) => tableRow(row, id, position, userKey)))
        .execute();
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
    const groups: UsageGroup[] = [];
    for (const span of usageSpans(query)) {
      groups.push(...(await this.usageOf(span, query)));
    }
    return mergeGroups(groups);
  }

  async countQuotas(batch: QuotaBatch): Promise<QuotaReply> {
    await this.prepare();
    return this.quotas.apply(batch);
  }

  async prune(before: number): Promise<void> {
    await this.prepare();
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
    }
  }

  async close(): Promise<void> {
    await this.db.destroy();
  }

  /** Makes the tables and the key of users at the first use, and again where that has failed. */
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

  private async usageOf(span: UsageSpan, query: UsageQuery): Promise<readonly UsageGroup[]> {
    const keys = query.groupBy.map((key) => sql.ref(key));
    const grouped = keys.length === 0 ? sql`` : sql`group by ${sql.join(keys)}`;
    const selected = keys.length === 0 ? sql`` : sql`${sql.join(keys)},`;
    const own = query.consumer === undefined ? sql`` : sql`and consumer = ${query.consumer}`;
    const { counts, table, time } = SOURCES[span.source];
    const { rows } = await sql<UsageRow>`
      select ${selected} ${counts} from ${table}
      where ${time(span)} ${own} ${grouped}`.execute(this.db);
    return rows
      .filter(({ images }) => images !== null)
      .map((row) => ({
        keys: Object.fromEntries(query.groupBy.map((key) => [key, row[key] ?? ''])),
        images: row.images ?? 0,
        failed: row.failed ?? 0,
        requests: row.requests ?? 0,
        inputTokens: row.input_tokens ?? 0,
        outputTokens: row.output_tokens ?? 0,
        microUsd: row.micro_usd ?? 0,
      }));
  }
}

/** Without groups there is one row, also of nothing: then all of it is null. */
type UsageRow = Partial<Record<SumKey, string>> & {
  readonly [Name in Exclude<keyof SumCounts, 'list_micro_usd'>]: number | null;
};

interface Source {
  readonly table: RawBuilder<unknown>;
  readonly counts: RawBuilder<unknown>;
  readonly time: (span: UsageSpan) => RawBuilder<unknown>;
}

/** PostgreSQL's sums of integers are decimals, unless they are cast. */
function total(expression: RawBuilder<unknown>, name: string): RawBuilder<unknown> {
  return sql`cast(sum(${expression}) as bigint) as ${sql.ref(name)}`;
}

const SOURCES: Readonly<Record<UsageSpan['source'], Source>> = {
  rows: {
    table: sql.table('ledger_images'),
    counts: sql.join([
      total(sql`case when outcome = 'made' then 1 else 0 end`, 'images'),
      total(sql`case when outcome = 'made' then 0 else 1 end`, 'failed'),
      total(sql`is_first`, 'requests'),
      total(sql`text_input + image_input`, 'input_tokens'),
      total(sql`text_output + image_output`, 'output_tokens'),
      total(sql`micro_usd`, 'micro_usd'),
    ]),
    time: ({ from, to }) => sql`at >= ${from} and at < ${to}`,
  },
  days: {
    table: sql.table('ledger_days'),
    counts: sql.join(
      ['images', 'failed', 'requests', 'input_tokens', 'output_tokens', 'micro_usd'].map((name) =>
        total(sql.ref(name), name),
      ),
    ),
    time: ({ from, to }) => sql`day >= ${utcDay(from)} and day < ${utcDay(to)}`,
  },
};

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
