import type { RunningContestant } from './contestant';
import type { LoadGenerator } from './load';
import type { PayloadSize } from './payload';
import { shotOf, type Racer } from './race';
import { median, quantile } from './statistics';

/** How long a minimal route takes while large images pass through, in milliseconds. */
export interface HealthFigures {
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Relative to the pipe's in the same round; median of the rounds. */
  readonly p99Ratio: number;
}

const AT_ONCE = 4;
const IMAGES = 48;
const PROBE_EVERY_MS = 5;

/**
 * The same images for each contestant, with a probe that requests the health route all the while.
 */
export async function measureHealth(
  racers: readonly Racer[],
  size: PayloadSize,
  rounds: number,
  load: LoadGenerator,
  prober: LoadGenerator,
): Promise<Readonly<Record<string, HealthFigures>>> {
  const probed = new Map<string, (readonly number[])[]>(racers.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, running } of racers) {
      probed.get(name)?.push(await probedUnderLoad(running, size, load, prober));
    }
  }
  const floor = (probed.get('pipe') ?? []).map((latencies) => quantile(latencies, 0.99));
  return Object.fromEntries(
    [...probed].map(([name, byRound]) => {
      const all = byRound.flat();
      const ratios = byRound.map(
        (latencies, round) => quantile(latencies, 0.99) / (floor[round] ?? 0),
      );
      return [
        name,
        { p50Ms: quantile(all, 0.5), p99Ms: quantile(all, 0.99), p99Ratio: median(ratios) },
      ];
    }),
  );
}

async function probedUnderLoad(
  running: RunningContestant,
  size: PayloadSize,
  load: LoadGenerator,
  prober: LoadGenerator,
): Promise<readonly number[]> {
  const { healthUrl = '' } = running;
  const shot = { url: healthUrl, method: 'GET', headers: {}, body: '', minBytes: 1 } as const;
  prober.startProbe({ shot, everyMs: PROBE_EVERY_MS });
  await load.burst({
    shot: shotOf(running, { size, n: 1 }),
    requests: IMAGES,
    concurrency: AT_ONCE,
    holdMs: 0,
  });
  return (await prober.endProbe()).latenciesMs;
}
