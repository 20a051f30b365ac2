import { Accounting } from './accounting';
import { checkAftermath, idleHoldings } from './aftermath';
import { Driver } from './driver';
import { History } from './history';
import { Oracle } from './oracle';
import { Plan } from './plan';
import type { Holdings } from './replica';
import { RequestWriter } from './sent-request';
import { growthIn } from './soak-windows';
import { keyOf, World } from './world';

export interface SuiteOptions {
  readonly seed: number;
  /** Whether there are no faults except occasional ones of the upstream. */
  readonly isCalm: boolean;
  readonly lanes: number;
  /** The program that a replica runs. */
  readonly main: string;
  /** Called before each request with how many have begun. */
  readonly isOver: (started: number) => boolean;
}

const WINDOW_MS = 60_000;

/** How a run ended. */
export interface Outcome {
  readonly plan: Plan;
  readonly oracle: Oracle;
  readonly history: History;
  readonly started: number;
  readonly upstreamCalls: number;
  readonly uncertainCalls: number;
  readonly starts: number;
  readonly seconds: number;
  readonly before: readonly Holdings[];
  readonly after: readonly Holdings[];
  /** What each replica held at the end of each minute. */
  readonly windows: readonly (readonly Holdings[])[];
  /** The folder with the logs, if anything is wrong. */
  readonly folder: string;
}

/**
 * Runs two replicas with many clients and the faults that the seed determines, and checks every
 * byte.
 */
export async function runSuite(options: SuiteOptions): Promise<Outcome> {
  const { seed, isCalm, lanes, main, isOver } = options;
  const plan = new Plan(seed, isCalm);
  const history = new History();
  const world = await World.start(main, (number) => plan.request(number));
  let timer: NodeJS.Timeout | undefined;
  let isClean = false;
  try {
    const oracle = new Oracle(world.upstream, history);
    const accounting = new Accounting(plan, world, oracle, history);
    const writer = await RequestWriter.make();
    const driver = new Driver(plan, world, oracle, history, accounting, writer);
    const before = await idleHoldings(world);
    const startedAt = performance.now();
    const windows: (readonly Holdings[])[] = [];
    timer = setInterval(() => {
      void Promise.all(world.replicas.map((replica) => replica.holdings(keyOf('operator')))).then(
        (holdings) => windows.push(holdings),
        () => undefined,
      );
    }, WINDOW_MS);
    await driver.run(lanes, isOver);
    clearInterval(timer);
    const seconds = (performance.now() - startedAt) / 1000;
    const { failure } = driver;
    oracle.check('faults come and go as planned', failure === undefined, () => String(failure));
    const isAlive = areAlive(world, oracle) && failure === undefined;
    const after = isAlive ? await checkAftermath(world, oracle, before) : before;
    accounting.limits();
    if (isAlive) {
      await accounting.ledger();
      await accounting.metrics();
    }
    if (isCalm) {
      const growth = growthIn(windows);
      oracle.check('nothing grows in a soak', growth.length === 0, () => growth.join('; '));
    }
    isClean = oracle.violations.length === 0;
    return {
      plan,
      oracle,
      history,
      started: driver.started,
      upstreamCalls: world.upstream.calls.length,
      uncertainCalls: accounting.uncertainCalls,
      starts: world.replicas.reduce((sum, replica) => sum + replica.starts, 0),
      seconds,
      before,
      after,
      windows,
      folder: world.folder,
    };
  } finally {
    clearInterval(timer);
    await world.close(!isClean);
  }
}

function areAlive(world: World, oracle: Oracle): boolean {
  for (const [index, { crashes }] of world.replicas.entries()) {
    oracle.check('no replica ends by itself', crashes === 0, () => {
      return `replica ${index} ended ${crashes} times`;
    });
  }
  return world.replicas.every(({ crashes }) => crashes === 0);
}
