import { performance } from 'node:perf_hooks';
import type { Cell } from './cell';
import type { Contestant } from './contestant';
import { easel } from './contestants/easel';
import type { LoadGenerator } from './load';
import { race, warmUp, type Racer } from './race';
import type { ScaleFigures } from './results';
import { median } from './statistics';

const CELL: Cell = { size: '60kb', n: 1, concurrency: 16, requests: 800 };
const FEW = 5;
const MANY = 5000;
const STARTS = 3;

/** Compares Easel with many accounts to Easel with few. */
export async function measureScale(
  upstreamUrl: string,
  rounds: number,
  load: LoadGenerator,
): Promise<ScaleFigures> {
  const few = easel({ accounts: FEW }, 'few accounts');
  const many = easel({ accounts: MANY }, 'many accounts');
  const starts = { few: [] as number[], many: [] as number[] };
  for (let round = 0; round < STARTS; round += 1) {
    starts.few.push(await startMs(few, upstreamUrl));
    starts.many.push(await startMs(many, upstreamUrl));
  }
  const racers: readonly Racer[] = [
    // The contestant named `pipe` is the one that the other is compared with.
    { name: 'pipe', effort: 1, running: await few.start(upstreamUrl) },
    { name: 'many', effort: 1, running: await many.start(upstreamUrl) },
  ];
  await warmUp(racers, load);
  const { many: figures } = await race(CELL, racers, rounds, load);
  for (const { running } of racers) {
    await running.stop();
  }
  return {
    few: FEW,
    many: MANY,
    throughputRatio: figures?.imagesPerSecondRatio ?? 0,
    cpuRatio: figures?.cpuRatio ?? 0,
    startFewMs: median(starts.few),
    startManyMs: median(starts.many),
  };
}

async function startMs(contestant: Contestant, upstreamUrl: string): Promise<number> {
  const startedAt = performance.now();
  const running = await contestant.start(upstreamUrl);
  const took = performance.now() - startedAt;
  await running.stop();
  return took;
}
