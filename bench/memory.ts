import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningContestant } from './contestant';
import type { LoadGenerator } from './load';
import { PAYLOAD_BYTES, type PayloadSize } from './payload';
import { forgetPeak, memoryOf } from './process-meter';
import { shotOf } from './race';

/** How much memory images take while they pass through, in bytes. */
export interface MemoryFigures {
  /** The images that were in flight at the same time, as base64. */
  readonly inFlightBytes: number;
  /**
   * How far the resident memory grew beyond its size before the load; the maximum of the rounds.
   */
  readonly growthBytes: number;
  readonly growthRatio: number;
  /** The growth, round by round: it must not rise. */
  readonly growthByRound: readonly number[];
  /** Additional memory in use after the load and a collection; absent if it cannot be measured. */
  readonly leftBytes: number | undefined;
}

const AT_ONCE = 8;
const WARM_UP = 300;
const REST_MS = 1000;
/**
 * How long after the load it is measured: memory that is kept for the next request has been dropped
 * by then.
 */
const LEFT_AFTER_MS = 3000;

/**
 * Observes a process that has served only small images while it serves large ones, eight at a time.
 * With `holdMs` the clients do not read their responses for that long, so all have to be held.
 */
export async function measureMemory(
  running: RunningContestant,
  inUse: () => Promise<number | undefined>,
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
  const before = await inUse();
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
  const after = await inUse();
  const inFlightBytes = AT_ONCE * PAYLOAD_BYTES[size];
  const growthBytes = Math.max(...growthByRound);
  return {
    inFlightBytes,
    growthBytes,
    growthRatio: growthBytes / inFlightBytes,
    growthByRound,
    leftBytes: before === undefined || after === undefined ? undefined : after - before,
  };
}
