import type { LoadGenerator } from './load';
import type { PayloadSize } from './payload';
import { shotOf } from './race';
import { median, quantile } from './statistics';
import { Watched, type Instrumented } from './watched';

/** The delay of the event loop, in milliseconds; medians of the rounds. */
export interface LoopFigures {
  /** CPU time of a turn of the loop. */
  readonly heldP99Ms: number;
  readonly heldMaxMs: number;
  /** How late timers were by the clock, which also runs while other processes have the core. */
  readonly lateP99Ms: number;
  readonly lateMaxMs: number;
}

const REQUESTS = 8;
const IMAGES_EACH = 4;

/** Eight concurrent requests for four images each. */
export async function measureLoopDelay(
  make: Instrumented,
  upstreamUrl: string,
  size: PayloadSize,
  rounds: number,
  load: LoadGenerator,
): Promise<LoopFigures> {
  const watched = await Watched.start(make, upstreamUrl);
  const { running } = watched;
  const seen: LoopFigures[] = [];
  try {
    // The first round only warms up: compilation is not what is measured.
    for (let round = 0; round <= rounds; round += 1) {
      await watched.look();
      const times = running.takesN ? 1 : IMAGES_EACH;
      await load.burst({
        shot: shotOf(running, { size, n: IMAGES_EACH }),
        requests: REQUESTS * times,
        concurrency: REQUESTS * times,
        holdMs: 0,
      });
      const { heldMs, lateP99Ms, lateMaxMs } = await watched.look();
      const [heldP99Ms, heldMaxMs] = [quantile(heldMs, 0.99), quantile(heldMs, 1)];
      seen.push({ heldP99Ms, heldMaxMs, lateP99Ms, lateMaxMs });
    }
  } finally {
    await watched.stop();
  }
  const middle = (name: keyof LoopFigures): number =>
    median(seen.slice(1).map((figures) => figures[name]));
  return {
    heldP99Ms: middle('heldP99Ms'),
    heldMaxMs: middle('heldMaxMs'),
    lateP99Ms: middle('lateP99Ms'),
    lateMaxMs: middle('lateMaxMs'),
  };
}
