import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningContestant } from './contestant';
import type { LoadGenerator } from './load';
import { PAYLOAD_BYTES, type PayloadSize } from './payload';
import { forgetPeak, memoryOf } from './process-meter';
import { shotOf } from './race';

/** How much memory images take while they are on their way, in bytes. */
export interface MemoryFigures {
  /** The images that were on their way at the same time, as base64. */
  readonly inFlightBytes: number;
  /** How far the resident memory grew over what it was before the load; the largest of the rounds. */
  readonly growthBytes: number;
  readonly growthRatio: number;
  /** The growth, round by round: it must not rise. */
  readonly growthByRound: readonly number[];
  /** How much more is resident a while after the load than before it. */
  readonly leftBytes: number;
}

const AT_ONCE = 8;
const WARM_UP = 300;
const REST_MS = 1000;
/** How long after the load it is asked what is left. Nobody is made to collect garbage. */
const LEFT_AFTER_MS = 30_000;

/**
 * Watches a process that has served small images only while it serves large ones, eight at once.
 * With `holdMs` the clients do not take their responses for that long, so that all have to be held.
 */
export async function measureMemory(
  running: RunningContestant,
  size: PayloadSize,
  rounds: number,
  holdMs: number,
  load: LoadGenerator,
): Promise<MemoryFigures> {
  await load.burst({
    shot: shotOf(running, { size: '60kb', n: 1 }),
    requests: WARM_UP,
    concurrency: AT_ONCE,
    holdMs: 0,
  });
  await sleep(REST_MS);
  const { resident } = memoryOf(running.pids);
  const growthByRound: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    forgetPeak(running.pids);
    await load.burst({
      shot: shotOf(running, { size, n: 1 }),
      requests: holdMs > 0 ? AT_ONCE : AT_ONCE * 4,
      concurrency: AT_ONCE,
      holdMs,
    });
    growthByRound.push(memoryOf(running.pids).peak - resident);
  }
  await sleep(LEFT_AFTER_MS);
  const left = memoryOf(running.pids).resident - resident;
  const inFlightBytes = AT_ONCE * PAYLOAD_BYTES[size];
  const growthBytes = Math.max(...growthByRound);
  return {
    inFlightBytes,
    growthBytes,
    growthRatio: growthBytes / inFlightBytes,
    growthByRound,
    leftBytes: left,
  };
}
