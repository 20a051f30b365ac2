import { sql, type Kysely, type Transaction } from 'kysely';
import { carryOut, type QuotaRecord } from '../consumers/limits/quota-account';
import { quotaPeriods } from '../consumers/limits/quota-period';
import type { QuotaBatch, QuotaReply, QuotaTotal } from '../consumers/limits/quota-store';
import { padded, type CompiledStatements } from './compiled-statements';
import type { LedgerTables } from './ledger-tables';

/** How long reservations are kept; an interrupted process sends its settlements within hours. */
const RESERVATIONS_KEPT_MS = 24 * 3_600_000;

/** Beginning the missing periods of more consumers than this would block all other queries. */
const MAX_PERIODS_BEGUN_AT_ONCE = 20;

interface Place {
  readonly consumer: string;
  readonly period: string;
  /** Usage before this time precedes the limit. */
  readonly at: number;
  /** Whether a reservation is about to count in it. */
  readonly isCounted: boolean;
}

/**
 * The days and budgets of consumers in the ledger's database: read, decided and written in one
 * transaction.
 */
export class QuotaAccounts {
  /**
   * @param locksRows whether other processes write at the same time, so that rows must be locked
   */
  constructor(
    private readonly db: Kysely<LedgerTables>,
    private readonly statements: CompiledStatements,
    private readonly locksRows: boolean,
  ) {}

  async apply(batch: QuotaBatch): Promise<QuotaReply> {
    const places = placesOf(batch);
    for (;;) {
      const reply = await this.db
        .transaction()
        .execute((transaction) => this.applyIn(transaction, batch, places));
      if ('outcomes' in reply) {
        return reply;
      }
      // Outside that transaction: two transactions that hold some rows and create others would
      // deadlock.
      for (const place of reply.missing) {
        await this.open(place);
      }
    }
  }

  /**
   * Deletes periods that can no longer count, and reservations that will not be asked for again.
   */
  async prune(now: number, before: number): Promise<void> {
    await this.db
      .deleteFrom('quota_reservations')
      .where('lapses_at', '<', now - RESERVATIONS_KEPT_MS)
      .execute();
    await this.db
      .deleteFrom('quota_totals')
      .where('period', '<', quotaPeriods(before).month)
      .execute();
  }

  private async applyIn(
    transaction: Transaction<LedgerTables>,
    { at, changes }: QuotaBatch,
    places: readonly Place[],
  ): Promise<QuotaReply | { readonly missing: readonly Place[] }> {
    if (places.length === 0) {
      await sql`select 1`.execute(transaction);
      return { outcomes: [], totals: [] };
    }
    const consumers = padded([...new Set(places.map(({ consumer }) => consumer))]);
    const settled = await this.settledTotals(
      transaction,
      consumers,
      padded([...new Set(places.map(({ period }) => period))]),
      this.locksRows && changes.length > 0,
    );
    const found = new Set(settled.map(keyOf));
    const beginsAll = new Set(consumers).size <= MAX_PERIODS_BEGUN_AT_ONCE;
    const missing = places.filter(
      (place) => (place.isCounted || beginsAll) && !found.has(keyOf(place)),
    );
    if (missing.length > 0) {
      return { missing };
    }
    const {
      outcomes,
      written,
      added,
      totals: after,
    } = carryOut(changes, {
      settled,
      open: await this.openTotals(transaction, consumers, at),
      known: await this.knownReservations(transaction, padded(changes.map(({ id }) => id)), at),
    });
    await this.statements.insert(
      transaction,
      'reservations',
      written.map(({ id, consumer, day, month, amount, isSettled, lapsesAt }) => ({
        id,
        consumer,
        day,
        month,
        images: amount.images,
        micro_usd: amount.microUsd,
        is_settled: isSettled ? 1 : 0,
        lapses_at: lapsesAt,
      })),
      (rows) =>
        transaction
          .insertInto('quota_reservations')
          .values(rows)
          .onConflict((conflict) =>
            conflict.column('id').doUpdateSet((values) => ({
              images: values.ref('excluded.images'),
              micro_usd: values.ref('excluded.micro_usd'),
              is_settled: values.ref('excluded.is_settled'),
            })),
          ),
    );
    await this.statements.insert(
      transaction,
      'totals',
      added.map(({ consumer, period, total }) => ({ consumer, period, total })),
      (rows) =>
        transaction
          .insertInto('quota_totals')
          .values(rows)
          .onConflict((conflict) =>
            conflict.columns(['consumer', 'period']).doUpdateSet({
              total: sql<number>`quota_totals.total + excluded.total`,
            }),
          ),
    );
    // Of other periods the settled part was not read.
    return { outcomes, totals: after.filter((total) => found.has(keyOf(total))) };
  }

  /** What counts for good. */
  private async settledTotals(
    transaction: Transaction<LedgerTables>,
    consumers: readonly string[],
    periods: readonly string[],
    areLocked: boolean,
  ): Promise<readonly QuotaTotal[]> {
    const { rows } = await this.statements.run(
      transaction,
      `settled ${consumers.length} ${periods.length} ${String(areLocked)}`,
      [...consumers, ...periods],
      () => {
        const totals = transaction
          .selectFrom('quota_totals')
          .selectAll()
          .where('consumer', 'in', consumers)
          .where('period', 'in', periods)
          // In one order, so that two that lock never wait for each other in a circle.
          .orderBy('consumer')
          .orderBy('period');
        return areLocked ? totals.forUpdate() : totals;
      },
    );
    return rows;
  }

  /** What is at work: images of the day, money of the month. */
  private async openTotals(
    transaction: Transaction<LedgerTables>,
    consumers: readonly string[],
    now: number,
  ): Promise<readonly QuotaTotal[]> {
    const { rows } = await this.statements.run(
      transaction,
      `open ${consumers.length}`,
      [...consumers, now],
      () =>
        transaction
          .selectFrom('quota_reservations')
          .select([
            'consumer',
            'day',
            'month',
            sql<number>`cast(sum(images) as bigint)`.as('images'),
            sql<number>`cast(sum(micro_usd) as bigint)`.as('micro_usd'),
          ])
          .where('is_settled', '=', sql.lit(0))
          .where('consumer', 'in', consumers)
          .where('lapses_at', '>', now)
          .groupBy(['consumer', 'day', 'month']),
    );
    return rows.flatMap(({ consumer, day, month, images, micro_usd }) => [
      { consumer, period: day, total: images },
      { consumer, period: month, total: micro_usd },
    ]);
  }

  private async knownReservations(
    transaction: Transaction<LedgerTables>,
    ids: readonly string[],
    now: number,
  ): Promise<QuotaRecord['known']> {
    if (ids.length === 0) {
      return [];
    }
    const { rows } = await this.statements.run(transaction, `known ${ids.length}`, ids, () =>
      transaction
        .selectFrom('quota_reservations')
        .select(['id', 'images', 'micro_usd', 'is_settled', 'lapses_at'])
        .where('id', 'in', ids),
    );
    return rows.map(({ id, images, micro_usd, is_settled, lapses_at }) => ({
      id,
      amount: { images, microUsd: micro_usd },
      isSettled: is_settled === 1,
      isLapsed: lapses_at <= now,
    }));
  }

  /**
   * Begins a period. A consumer that had no such limit before starts with its usage in the ledger:
   * a budget set in the middle of a month covers the whole month.
   */
  private async open({ consumer, period, at }: Place): Promise<void> {
    const isMonth = period.length === 7;
    const known = await this.db
      .selectFrom('quota_totals')
      .select('period')
      .where('consumer', '=', consumer)
      .where(sql<number>`length(period)`, '=', period.length)
      .limit(1)
      .executeTakeFirst();
    const total = known === undefined ? await this.ledgerTotal(consumer, isMonth, at) : 0;
    await this.db
      .insertInto('quota_totals')
      .values({ consumer, period, total })
      .onConflict((conflict) => conflict.columns(['consumer', 'period']).doNothing())
      .execute();
  }

  /** A consumer's usage in the ledger, from the beginning of the month or day up to a time. */
  private async ledgerTotal(consumer: string, isMonth: boolean, at: number): Promise<number> {
    const { day, month } = quotaPeriods(at);
    const days = isMonth
      ? await this.db
          .selectFrom('ledger_days')
          .select(sql<number | null>`cast(sum(micro_usd) as bigint)`.as('total'))
          .where('consumer', '=', consumer)
          .where('day', '>=', `${month}-01`)
          .where('day', '<', day)
          .executeTakeFirst()
      : undefined;
    const today = await this.db
      .selectFrom('ledger_images')
      .select(
        (isMonth
          ? sql<number | null>`cast(sum(micro_usd) as bigint)`
          : sql<number | null>`cast(sum(case when outcome = 'made' then 1 else 0 end) as bigint)`
        ).as('total'),
      )
      .where('consumer', '=', consumer)
      .where('at', '>=', Date.parse(`${day}T00:00:00Z`))
      .where('at', '<', at)
      .executeTakeFirst();
    return (days?.total ?? 0) + (today?.total ?? 0);
  }
}

function keyOf({ consumer, period }: Pick<Place, 'consumer' | 'period'>): string {
  return `${period} ${consumer}`;
}

/** Each consumer with each of its periods once, in a fixed order. */
function placesOf({ at, changes, consumers }: QuotaBatch): readonly Place[] {
  const places = new Map<string, Place>();
  const add = (consumer: string, period: string, time: number, isCounted: boolean): void => {
    const place = { consumer, period, at: time, isCounted };
    const known = places.get(keyOf(place));
    if (known === undefined || (isCounted && known.at > time)) {
      places.set(keyOf(place), place);
    }
  };
  for (const change of changes) {
    add(change.consumer, change.month, change.at, true);
    add(change.consumer, change.day, change.at, true);
  }
  const { day, month } = quotaPeriods(at);
  for (const consumer of consumers) {
    add(consumer, month, at, false);
    add(consumer, day, at, false);
  }
  return [...places].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, place]) => place);
}
