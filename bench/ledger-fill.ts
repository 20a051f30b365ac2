import { join } from 'node:path';
import Database from 'libsql';
import { Client } from 'pg';

const DAY_MS = 86_400_000;
const DAYS = 31;
const ROWS_AT_ONCE = 250_000;

/** A database whose tables Easel has created, still empty. */
export type LedgerLocation =
  | { readonly kind: 'sqlite'; readonly folder: string }
  | { readonly kind: 'postgres'; readonly url: string };

/** The month before today, over which the rows are spread evenly. */
export function filledMonth(): { readonly from: number; readonly to: number } {
  const to = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  return { from: to - DAYS * DAY_MS, to };
}

/**
 * Fills a ledger with rows of 50 consumers, 2 models, 5 accounts, 3 sizes and 2 APIs in every
 * combination: 3,000 sums per day, the maximum for these.
 */
export async function fillLedger(place: LedgerLocation, rows: number): Promise<void> {
  if (place.kind === 'sqlite') {
    fillSqlite(join(place.folder, 'easel.db'), rows);
  } else {
    await fillPostgres(place.url, rows);
  }
}

/**
 * The values of a row's columns are computed from `i`, its number, and `r`, a pseudo-random number.
 */
interface Words {
  readonly batch: string;
  readonly requestId: string;
  readonly at: string;
  readonly day: string;
}

const CONSTANT = `1, 12, 0, 137, 1120, 134400, 134400, 1, 14000`;

function insertFrom(numbers: string, { batch, requestId, at, day }: Words): string {
  return `
    insert into ledger_images (
      batch, position, request_id, outcome, end_user, ratio, service_tier, day, consumer, model, account, size, api, at,
      is_first, text_input, image_input, text_output, image_output, micro_usd, list_micro_usd, attempts, ms)
    select ${batch}, i % 250, ${requestId}, case when r % 53 = 0 then 'no_image' else 'made' end,
      null, '1:1', null, ${day}, 'team-' || (r % 50),
      case when (r / 50) % 4 = 0 then 'gemini-2.5-flash-image' else 'gemini-3-pro-image' end,
      'account-' || ((r / 200) % 5) || '@example.com',
      case (r / 1000) % 3 when 0 then '1K' when 1 then '2K' else '4K' end,
      case (r / 3000) % 2 when 0 then 'images' else 'chat' end, ${at}, ${CONSTANT}
    from ${numbers}`;
}

const SUM_ROWS = `
  insert into ledger_days (day, consumer, model, account, size, api, images, failed, requests, input_tokens,
    output_tokens, micro_usd, list_micro_usd)
  select day, consumer, model, account, size, api, sum(case when outcome = 'made' then 1 else 0 end),
    sum(case when outcome = 'made' then 0 else 1 end), sum(is_first), sum(text_input + image_input),
    sum(text_output + image_output), sum(micro_usd), sum(list_micro_usd)
  from ledger_images group by day, consumer, model, account, size, api`;

function fillSqlite(file: string, rows: number): void {
  const database = new Database(file);
  const { from, stepMs } = evenly(rows);
  const at = `(${from} + cast(i * ${stepMs} as integer))`;
  for (let first = 0; first < rows; first += ROWS_AT_ONCE) {
    const numbers = `(
      with recursive counted(i) as (
        select ${first} union all select i + 1 from counted where i + 1 < ${Math.min(rows, first + ROWS_AT_ONCE)}
      )
      select i, (i * 2654435761) % 4294967296 as r from counted
    )`;
    database.exec(
      insertFrom(numbers, {
        batch: `printf('%08x-0000-4000-8000-%012x', (i / 250 * 2654435761) % 4294967296, i / 250)`,
        requestId: `printf('%016x%016x', r, i)`,
        at,
        day: `strftime('%Y-%m-%d', ${at} / 1000, 'unixepoch')`,
      }),
    );
  }
  database.exec(SUM_ROWS);
  database.pragma('wal_checkpoint(TRUNCATE)');
  database.close();
}

async function fillPostgres(url: string, rows: number): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from ledger_images limit 1');
    if (rowCount !== 0) {
      throw new Error(
        'There are rows in that database. Give the benchmark an empty one of its own',
      );
    }
    const { from, stepMs } = evenly(rows);
    const at = `(${from} + (i * ${stepMs}::float8)::bigint)`;
    for (let first = 0; first < rows; first += ROWS_AT_ONCE) {
      const last = Math.min(rows, first + ROWS_AT_ONCE) - 1;
      const numbers = `(
        select i, (i * 2654435761) % 4294967296 as r from generate_series(${first}::bigint, ${last}::bigint) as i
      ) as counted`;
      await client.query(
        insertFrom(numbers, {
          batch: `md5((i / 250)::text)::uuid::text`,
          requestId: `md5(i::text)`,
          at,
          day: `to_char(to_timestamp(${at} / 1000) at time zone 'UTC', 'YYYY-MM-DD')`,
        }),
      );
    }
    await client.query(SUM_ROWS);
    // Autovacuum would do this within minutes.
    await client.query('vacuum analyze ledger_images');
    await client.query('vacuum analyze ledger_days');
  } finally {
    await client.end();
  }
}

function evenly(rows: number): { readonly from: number; readonly stepMs: number } {
  const { from, to } = filledMonth();
  return { from, stepMs: (to - from) / rows };
}
