import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Contestant, RunningContestant } from './contestant';
import { easel, KEY } from './contestants/easel';
import { fillLedger, filledMonth, type LedgerLocation } from './ledger-fill';
import type { LoadGenerator } from './load';
import { DIST } from './places';
import { shotOf } from './race';
import { median, quantile } from './statistics';
import { Watched } from './watched';

/** Durations in milliseconds: the median, and the maximum. */
interface Took {
  readonly medianMs: number;
  readonly mostMs: number;
}

export interface LedgerFigures {
  readonly database: LedgerLocation['kind'];
  readonly rows: number;
  readonly fillSeconds: number;
  readonly month: Took;
  /** From six to six of one day: half of its rows, the most that is ever read of a day. */
  readonly halfDay: Took;
  /** From noon to noon: half of two days. */
  readonly noonToNoon: Took;
  /** Rows written per second besides those of images. */
  readonly rowsPerSecond: number;
  /**
   * The maximum CPU time per turn of the event loop while images are served, in milliseconds,
   * without and with those rows.
   */
  readonly heldWithoutMs: number;
  readonly heldWithMs: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ASKS = 7;
const ROWS_PER_SECOND = 2000;
const BURST = { concurrency: 8, requests: 2500, holdMs: 0 };
const IMAGE = { size: '1.5mb', n: 1 } as const;

/** Fills a ledger, queries it through Easel, and lets Easel write to it while serving images. */
export async function measureLedger(
  postgresUrl: string | undefined,
  rows: number,
  rounds: number,
  upstreamUrl: string,
  load: LoadGenerator,
): Promise<LedgerFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'easel-bench-ledger-'));
  const place: LedgerLocation =
    postgresUrl === undefined ? { kind: 'sqlite', folder } : { kind: 'postgres', url: postgresUrl };
  const contestant = (nodeArguments: readonly string[], env: Readonly<Record<string, string>>) =>
    easelWith(place, nodeArguments, env);
  try {
    await makeTables(contestant([], {}), upstreamUrl);
    const startedAt = performance.now();
    await fillLedger(place, rows);
    const fillSeconds = (performance.now() - startedAt) / 1000;

    const quiet = await Watched.start(contestant, upstreamUrl);
    const { from, to } = filledMonth();
    const noon = from + 14 * DAY_MS + 12 * HOUR_MS;
    const month = await timeOf(quiet.running, from, to);
    const halfDay = await timeOf(quiet.running, noon - 6 * HOUR_MS, noon + 6 * HOUR_MS);
    const noonToNoon = await timeOf(quiet.running, noon, noon + DAY_MS);
    const heldWithoutMs = await longestHold(quiet, rounds, load);
    await quiet.stop();

    const fed = await Watched.start(
      (nodeArguments, env) =>
        contestant([...nodeArguments, '--require', join(__dirname, 'ledger-rows.preload.js')], {
          ...env,
          EASEL_DIST: DIST,
          BENCH_ROWS_PER_SECOND: String(ROWS_PER_SECOND),
        }),
      upstreamUrl,
    );
    const before = performance.now();
    const heldWithMs = await longestHold(fed, rounds, load);
    const written = await fedRows(fed.running);
    const rowsPerSecond = written / ((performance.now() - before) / 1000);
    await fed.stop();
    return {
      database: place.kind,
      rows,
      fillSeconds,
      month,
      halfDay,
      noonToNoon,
      rowsPerSecond,
      heldWithoutMs,
      heldWithMs,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function easelWith(
  place: LedgerLocation,
  nodeArguments: readonly string[],
  env: Readonly<Record<string, string>>,
): Contestant {
  const where: Readonly<Record<string, string>> =
    place.kind === 'sqlite' ? { DATA_DIR: place.folder } : { DATABASE_URL: place.url };
  return easel({ nodeArguments, env: { ...env, ...where } });
}

/** Easel creates its tables itself, soon after its start. */
async function makeTables(contestant: Contestant, upstreamUrl: string): Promise<void> {
  const running = await contestant.start(upstreamUrl);
  const { from, to } = filledMonth();
  const patience = performance.now() + 60_000;
  while (!(await usageOf(running, from, to)).ok) {
    if (performance.now() > patience) {
      throw new Error('The tables of the ledger were not made');
    }
    await sleep(100);
  }
  await running.stop();
}

function usageOf(running: RunningContestant, from: number, to: number): Promise<Response> {
  const origin = new URL(running.healthUrl ?? '').origin;
  const [first, last] = [from, to].map((time) => new Date(time).toISOString());
  return fetch(`${origin}/v1/usage?group_by=consumer&from=${first}&to=${last}`, {
    headers: { authorization: `Bearer ${KEY}` },
  });
}

interface UsageBody {
  readonly data: readonly { readonly consumer: string; readonly images: number }[];
}

async function readUsage(
  running: RunningContestant,
  from: number,
  to: number,
): Promise<UsageBody['data']> {
  const response = await usageOf(running, from, to);
  if (!response.ok) {
    throw new Error(`/v1/usage responds with ${response.status}: ${await response.text()}`);
  }
  return ((await response.json()) as UsageBody).data;
}

async function timeOf(running: RunningContestant, from: number, to: number): Promise<Took> {
  const took: number[] = [];
  for (let ask = 0; ask < ASKS; ask += 1) {
    const startedAt = performance.now();
    const groups = await readUsage(running, from, to);
    took.push(performance.now() - startedAt);
    if (groups.length === 0) {
      throw new Error('The ledger has none of the rows that were put into it');
    }
  }
  return { medianMs: median(took), mostMs: Math.max(...took) };
}

/** The median of the rounds' maxima; the first round only warms up. */
async function longestHold(watched: Watched, rounds: number, load: LoadGenerator): Promise<number> {
  const longest: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    await watched.look();
    await load.burst({ shot: shotOf(watched.running, IMAGE), ...BURST });
    longest.push(quantile((await watched.look()).heldMs, 1));
  }
  return median(longest.slice(1));
}

/**
 * Images of the consumers that the preload generates. Usage waits for rows that are still to be
 * written.
 */
async function fedRows(running: RunningContestant): Promise<number> {
  const day = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  const groups = await readUsage(running, day, day + DAY_MS);
  return groups
    .filter(({ consumer }) => consumer.startsWith('fed-'))
    .reduce((sum, { images }) => sum + images, 0);
}
