import { setTimeout as sleep } from 'node:timers/promises';
import { cellName, type Cell } from './cell';
import type { RunningContestant } from './contestant';
import type { LoadGenerator, Shot } from './load';
import { digestOf, PAYLOAD_BYTES } from './payload';
import { cpuMs } from './process-meter';
import { median, quantile } from './statistics';

/** One contestant's figures in one cell; ratios are to the pipe's in the same round. */
export interface Figures {
  /** Milliseconds of CPU for one image; median of the rounds. */
  readonly cpuMsPerImage: number;
  readonly cpuRatio: number;
  readonly cpuRatioRange: readonly [number, number];
  readonly imagesPerSecond: number;
  readonly imagesPerSecondRatio: number;
  /** The duration of a request, in milliseconds, over all rounds. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The same, minus the duration without a relay. */
  readonly addedP50Ms: number;
  readonly addedP99Ms: number;
}

/** Figures by contestant. */
export type Standings = Readonly<Record<string, Figures>>;

export interface Racer {
  readonly name: string;
  /** The fraction of the requests that it gets. */
  readonly effort: number;
  readonly running: RunningContestant;
}

interface Lap {
  readonly cpuMsPerImage: number;
  readonly imagesPerSecond: number;
  readonly latenciesMs: readonly number[];
}

/**
 * The warm-up of every contestant: V8 is still compiling an application's code after a thousand
 * requests.
 */
const WARM_UP = { size: '60kb', n: 1, concurrency: 8 } as const;

/**
 * The number of warm-up requests: for a process that has been running for a while, and for a new
 * one.
 */
export const WARM_UP_REQUESTS = { settled: 5000, fresh: 500 } as const;

/** The part of a round that is not counted. */
const WARM_UP_SHARE = 0.25;

/** The time until late work of a request, such as its log line, is done. */
const SETTLE_MS = 20;

function fail(name: string, error: unknown): never {
  throw new Error(`${name} fell out of the race`, { cause: error });
}

export async function warmUp(
  racers: readonly Racer[],
  load: LoadGenerator,
  requests: number = WARM_UP_REQUESTS.settled,
): Promise<void> {
  for (const { running, effort } of racers) {
    const { concurrency } = WARM_UP;
    const count = Math.ceil(requests * effort);
    const shot = shotOf(running, WARM_UP);
    // A contestant that fails here fails in the race as well, where it is recorded.
    await load.burst({ shot, requests: count, concurrency, holdMs: 0 }).catch(() => undefined);
  }
}

/**
 * Lets all contestants serve the same cell, one after the other, round by round: a temporary
 * disturbance of the machine affects them all. A contestant that fails a request is out of this
 * cell, and `onFall` is called.
 */
export async function race(
  cell: Cell,
  racers: readonly Racer[],
  rounds: number,
  load: LoadGenerator,
  onFall: (name: string, error: unknown) => void = fail,
): Promise<Standings> {
  const laps = new Map<string, Lap[]>(racers.map(({ name }) => [name, []]));
  const fallen = new Set<string>();
  const run = async ({ name, running, effort }: Racer, share: number): Promise<void> => {
    if (fallen.has(name)) {
      return;
    }
    try {
      const lap = await lapOf(cell, running, load, effort * share);
      if (share === 1) {
        laps.get(name)?.push(lap);
      }
    } catch (error) {
      // Without the floor there is nothing to compare the others with.
      (name === 'pipe' ? fail : onFall)(name, error);
      fallen.add(name);
      laps.delete(name);
    }
  };
  for (const racer of racers) {
    await run(racer, WARM_UP_SHARE);
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const racer of rotated(racers, round)) {
      await run(racer, 1);
    }
  }
  return Object.fromEntries(
    [...laps].map(([name, own]) => [
      name,
      figuresOf(own, laps.get('pipe') ?? [], laps.get('direct') ?? []),
    ]),
  );
}

async function lapOf(
  cell: Cell,
  running: RunningContestant,
  load: LoadGenerator,
  effort: number,
): Promise<Lap> {
  const { n } = cell;
  const calls = Math.max(2, Math.ceil(cell.requests * effort));
  // If a request can ask for only one image, several concurrent ones replace one with n.
  const times = running.takesN ? 1 : n;
  const requests = calls * times;
  const before = cpuMs(running.pids);
  const { elapsedMs, latenciesMs } = await load.burst({
    shot: shotOf(running, cell),
    requests,
    concurrency: cell.concurrency * times,
    holdMs: 0,
  });
  await sleep(SETTLE_MS);
  const images = calls * n;
  return {
    cpuMsPerImage: (cpuMs(running.pids) - before) / images,
    imagesPerSecond: images / (elapsedMs / 1000),
    latenciesMs,
  };
}

export function shotOf(running: RunningContestant, { size, n }: Pick<Cell, 'size' | 'n'>): Shot {
  const { url, headers, body } = running.ask(size, n);
  const images = running.takesN ? n : 1;
  const minBytes = running.linksImages === true ? 0 : PAYLOAD_BYTES[size] * images;
  return { url, method: 'POST', headers, body, minBytes };
}

/**
 * @throws Error unless every image that arrives is the one that was sent, to the last byte
 */
export async function assertFaithful(
  { name, running }: Racer,
  cell: Pick<Cell, 'size' | 'n' | 'concurrency'>,
  digest: string | undefined,
): Promise<void> {
  const { url, headers, body } = running.ask(cell.size, cell.n);
  const response = await fetch(url, { method: 'POST', headers, body });
  const text = await response.text();
  if (response.status !== 200) {
    throw new Error(`${name} responds with ${response.status}: ${text.slice(0, 300)}`);
  }
  const images = await running.imagesIn(JSON.parse(text));
  const expected = running.takesN ? cell.n : 1;
  if (images.length !== expected || images.some((image) => digestOf(image) !== digest)) {
    throw new Error(
      `${name} does not deliver what was sent (${cellName({ ...cell, requests: 1 })})`,
    );
  }
}

/** The medians of several races in the same cell, each with new processes. */
export function mediansOf(races: readonly Standings[]): Standings {
  const names = new Set(races.flatMap((race) => Object.keys(race)));
  return Object.fromEntries(
    [...names].map((name) => {
      const own = races.flatMap((race) => race[name] ?? []);
      const middle = (figure: (figures: Figures) => number): number => median(own.map(figure));
      const ratios = own.map(({ cpuRatio }) => cpuRatio);
      return [
        name,
        {
          cpuMsPerImage: middle((figures) => figures.cpuMsPerImage),
          cpuRatio: median(ratios),
          cpuRatioRange: [quantile(ratios, 0), quantile(ratios, 1)],
          imagesPerSecond: middle((figures) => figures.imagesPerSecond),
          imagesPerSecondRatio: middle((figures) => figures.imagesPerSecondRatio),
          p50Ms: middle((figures) => figures.p50Ms),
          p99Ms: middle((figures) => figures.p99Ms),
          addedP50Ms: middle((figures) => figures.addedP50Ms),
          addedP99Ms: middle((figures) => figures.addedP99Ms),
        },
      ];
    }),
  );
}

function rotated<T>(list: readonly T[], by: number): readonly T[] {
  const start = by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}

function figuresOf(own: readonly Lap[], pipe: readonly Lap[], direct: readonly Lap[]): Figures {
  const cpuRatios = ratios(own, pipe, ({ cpuMsPerImage }) => cpuMsPerImage);
  const latencies = own.flatMap(({ latenciesMs }) => latenciesMs);
  const bare = direct.flatMap(({ latenciesMs }) => latenciesMs);
  const p50Ms = quantile(latencies, 0.5);
  const p99Ms = quantile(latencies, 0.99);
  return {
    cpuMsPerImage: median(own.map(({ cpuMsPerImage }) => cpuMsPerImage)),
    cpuRatio: median(cpuRatios),
    cpuRatioRange: [quantile(cpuRatios, 0), quantile(cpuRatios, 1)],
    imagesPerSecond: median(own.map(({ imagesPerSecond }) => imagesPerSecond)),
    imagesPerSecondRatio: median(ratios(own, pipe, ({ imagesPerSecond }) => imagesPerSecond)),
    p50Ms,
    p99Ms,
    addedP50Ms: p50Ms - quantile(bare, 0.5),
    addedP99Ms: p99Ms - quantile(bare, 0.99),
  };
}

function ratios(
  own: readonly Lap[],
  pipe: readonly Lap[],
  figure: (lap: Lap) => number,
): readonly number[] {
  return own.flatMap((lap, round) => {
    const floor = pipe[round];
    return floor === undefined ? [] : [figure(lap) / figure(floor)];
  });
}
