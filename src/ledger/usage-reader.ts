import { sql, type Kysely, type RawBuilder } from 'kysely';
import { utcDay } from './ledger-row';
import type { LedgerTables, SumCounts, SumKey } from './ledger-tables';
import { usageSpans, type UsageGroup, type UsageQuery, type UsageSpan } from './usage-span';

/** The sums of images in the ledger's tables, sorted by key. */
export async function readUsage(
  db: Kysely<LedgerTables>,
  query: UsageQuery,
): Promise<readonly UsageGroup[]> {
  const { oldest } = await db
    .selectFrom('ledger_images')
    .select(({ fn }) => fn.min<number | null>('at').as('oldest'))
    .executeTakeFirstOrThrow();
  const spans = usageSpans(query, { oldest: oldest ?? undefined, now: Date.now() });
  if (spans.length === 0) {
    return [];
  }
  // One statement: a row written meanwhile is either in both sums and rows, or in neither.
  const parts = spans.map((span) => partOf(span, query));
  const counts = COUNTS.map((name) => total(sql.ref(name), name));
  const { rows } = await sql<UsageRow>`
    select ${columns(query)} ${sql.join(counts)}
    from (${sql.join(parts, sql` union all `)}) as parts ${grouping(query)}`.execute(db);
  return rows
    .map((row) => ({
      keys: Object.fromEntries(query.groupBy.map((key) => [key, row[key] ?? ''])),
      images: row.images ?? 0,
      failed: row.failed ?? 0,
      requests: row.requests ?? 0,
      inputTokens: row.input_tokens ?? 0,
      outputTokens: row.output_tokens ?? 0,
      microUsd: row.micro_usd ?? 0,
    }))
    .filter(({ images, failed }) => images + failed > 0)
    .map((group) => ({ order: JSON.stringify(group.keys), group }))
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .map(({ group }) => group);
}

const COUNTS = [
  'images',
  'failed',
  'requests',
  'input_tokens',
  'output_tokens',
  'micro_usd',
] as const satisfies readonly (keyof SumCounts)[];

/** Without groups there is exactly one row, whose values are null if nothing matched. */
type UsageRow = Partial<Record<SumKey, string>> & {
  readonly [Name in (typeof COUNTS)[number]]: number | null;
};

/** The values of a group's rows, by the corresponding column of the sums. */
const ROW_COUNTS: Readonly<Record<(typeof COUNTS)[number], RawBuilder<unknown>>> = {
  images: sql`case when outcome = 'made' then 1 else 0 end`,
  failed: sql`case when outcome = 'made' then 0 else 1 end`,
  requests: sql`is_first`,
  input_tokens: sql`text_input + image_input`,
  output_tokens: sql`text_output + image_output`,
  micro_usd: sql`micro_usd`,
};

function partOf({ source, sign, from, to }: UsageSpan, query: UsageQuery): RawBuilder<unknown> {
  const isDays = source === 'days';
  const counts = COUNTS.map((name) => {
    const count = isDays ? sql.ref(name) : ROW_COUNTS[name];
    return total(sign === 1 ? count : sql`-(${count})`, name);
  });
  const time = isDays
    ? sql`day >= ${utcDay(from)} and day < ${utcDay(to)}`
    : sql`at >= ${from} and at < ${to}`;
  const table = sql.table(isDays ? 'ledger_days' : 'ledger_images');
  return sql`
    select ${columns(query)} ${sql.join(counts)} from ${table}
    where ${time} ${filter(query)} ${grouping(query)}`;
}

function filter({ only = {} }: UsageQuery): RawBuilder<unknown> {
  const parts = Object.entries(only).map(([key, values]) =>
    values.length === 0
      ? sql`and 1 = 0`
      : sql`and ${sql.ref(key)} in (${sql.join(values.map((value) => sql`${value}`))})`,
  );
  return parts.length === 0 ? sql`` : sql.join(parts, sql` `);
}

/** PostgreSQL returns sums of integers as decimals, unless they are cast. */
function total(expression: RawBuilder<unknown>, name: string): RawBuilder<unknown> {
  return sql`cast(sum(${expression}) as bigint) as ${sql.ref(name)}`;
}

function columns({ groupBy }: UsageQuery): RawBuilder<unknown> {
  return groupBy.length === 0 ? sql`` : sql`${sql.join(groupBy.map((key) => sql.ref(key)))},`;
}

function grouping({ groupBy }: UsageQuery): RawBuilder<unknown> {
  return groupBy.length === 0
    ? sql``
    : sql`group by ${sql.join(groupBy.map((key) => sql.ref(key)))}`;
}
