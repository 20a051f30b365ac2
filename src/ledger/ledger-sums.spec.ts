import { Kysely, PostgresDialect } from 'kysely';
import { Pool, TypeOverrides } from 'pg';
import { describeWithPostgres, PostgresServer } from '../../test/postgres-server';
import { LedgerStore } from './ledger-store';
import { SUM_KEYS, type SumKey } from './ledger-tables';
import { utcDay, type LedgerRow } from './ledger-row';
import { openSqliteStore } from './sqlite-store';

const ROWS = 100_000;
const BATCH = 250;
const START = Date.UTC(2026, 10, 1);
const DAYS = 28;

/** The same rows each time: a generator of numbers that look random. */
function madeUpRows(): readonly LedgerRow[] {
  let seed = 42;
  const below = (limit: number): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed % limit;
  };
  return Array.from({ length: ROWS }, (_, index) => ({
    at: START + below(DAYS * 24) * 3_600_000 + below(3_600_000),
    requestId: `r${index}`,
    isFirst: below(3) === 0,
    api: ['images', 'chat', 'openrouter', 'gemini'][below(4)] ?? '',
    consumer: `team-${below(20)}`,
    user: undefined,
    account: `account-${below(5)}@test`,
    model: ['gemini-3-pro-image', 'gemini-2.5-flash-image'][below(2)] ?? '',
    size: ['1K', '2K', 'default'][below(3)] ?? '',
    ratio: undefined,
    serviceTier: undefined,
    textInput: below(500),
    imageInput: below(1200),
    textOutput: below(300),
    imageOutput: below(2000),
    microUsd: below(300_000),
    listMicroUsd: 0,
    outcome: below(10) === 0 ? 'no_image' : 'made',
    attempts: 1,
    ms: below(60_000),
  }));
}

/** What rows come to, in one line for each group. */
function sumsOf(rows: readonly LedgerRow[], groupBy: readonly SumKey[]): readonly string[] {
  const sums = new Map<string, number[]>();
  for (const row of rows) {
    const key = groupBy.map((name) => (name === 'day' ? utcDay(row.at) : row[name])).join(' ');
    const sum = sums.get(key) ?? [0, 0, 0, 0, 0, 0];
    const isMade = row.outcome === 'made';
    [
      isMade ? 1 : 0,
      isMade ? 0 : 1,
      row.isFirst ? 1 : 0,
      row.textInput + row.imageInput,
      row.textOutput + row.imageOutput,
      row.microUsd,
    ].forEach((value, index) => {
      sum[index] = (sum[index] ?? 0) + value;
    });
    sums.set(key, sum);
  }
  return [...sums].map(([key, sum]) => `${key}: ${sum.join(' ')}`).sort();
}

const SPANS = [
  { from: START, to: START + DAYS * 86_400_000 },
  // From the middle of a day to the middle of another.
  { from: START + 12_345_678, to: START + 9 * 86_400_000 + 87_654 },
  // Both days by their sums, less the rows that are not asked for.
  { from: START + 3 * 86_400_000 + 7_654_321, to: START + 5 * 86_400_000 + 80_000_000 },
  // Within one day, less and more than half of it.
  { from: START + 6 * 86_400_000 + 7_654_321, to: START + 6 * 86_400_000 + 17_654_321 },
  { from: START + 6 * 86_400_000 + 7_654_321, to: START + 6 * 86_400_000 + 77_654_321 },
];
const GROUPINGS: readonly (readonly SumKey[])[] = [
  [],
  ...SUM_KEYS.map((key) => [key]),
  ['consumer', 'model', 'day'],
];

const ALL_ROWS = madeUpRows();

/** What each query must return, worked out once for both databases. */
const QUERIES = SPANS.flatMap(({ from, to }) => {
  const within = ALL_ROWS.filter(({ at }) => at >= from && at < to);
  return GROUPINGS.map((groupBy) => ({ from, to, groupBy, sums: sumsOf(within, groupBy) }));
});

async function holdTheirSums(store: LedgerStore): Promise<void> {
  for (let from = 0; from < ROWS; from += BATCH) {
    await store.write({ id: `b${from}`, rows: ALL_ROWS.slice(from, from + BATCH) });
  }
  for (const { from, to, groupBy, sums } of QUERIES) {
    const groups = await store.usage({ from, to, groupBy });
    const found = groups.map(
      ({ keys, images, failed, requests, inputTokens, outputTokens, microUsd }) =>
        `${groupBy.map((key) => keys[key]).join(' ')}: ` +
        [images, failed, requests, inputTokens, outputTokens, microUsd].join(' '),
    );
    expect([...found].sort()).toEqual(sums);
  }
}

describe('a hundred thousand rows in SQLite', () => {
  it('equal the sum of the rows, in any grouping', async () => {
    const store = openSqliteStore(':memory:');
    await holdTheirSums(store);
    await store.close();
  });
});

describeWithPostgres('a hundred thousand rows in PostgreSQL', () => {
  it('equal the sum of the rows, in any grouping', async () => {
    const postgres = await PostgresServer.start();
    const types = new TypeOverrides();
    types.setTypeParser(20, Number);
    const pool = new Pool({ connectionString: postgres.url, types });
    pool.on('error', () => undefined);
    const store = new LedgerStore(new Kysely({ dialect: new PostgresDialect({ pool }) }), {
      locksRows: true,
      keepsStatements: false,
    });
    try {
      await holdTheirSums(store);
    } finally {
      await store.close();
      await postgres.close();
    }
  });
});
