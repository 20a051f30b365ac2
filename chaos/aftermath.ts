import { setTimeout as sleep } from 'node:timers/promises';
import type { Oracle } from './oracle';
import { sumOf, type Holdings } from './replica';
import { digestOf } from './response-images';
import { keyOf, LEASE_MS, type World } from './world';

/** How long resources may take to be released: idle connections of the pools are the last. */
const PATIENCE_MS = 60_000;
/**
 * Sockets and files allowed beyond those at the start, such as a connection that a pool has just
 * opened.
 */
const SLACK = 6;
const HELD = [
  'easel_images_in_flight',
  'easel_images_waiting',
  'easel_inflight_bytes',
  'easel_images_waiting_for_memory',
  'easel_ledger_pending_rows',
];

/**
 * What each replica holds while it is idle: idle connections to the servers of the run are closed.
 */
export async function idleHoldings(world: World): Promise<readonly Holdings[]> {
  world.upstream.closeIdle();
  world.s3.closeIdle();
  await sleep(100);
  return Promise.all(world.replicas.map((replica) => replica.holdings(keyOf('operator'))));
}

/** After the last request, everything must be as it was at the start. */
export async function checkAftermath(
  world: World,
  oracle: Oracle,
  start: readonly Holdings[],
): Promise<readonly Holdings[]> {
  let excess = await excessOf(world, start);
  const deadline = performance.now() + PATIENCE_MS;
  while (excess.length > 0 && performance.now() < deadline) {
    await sleep(250);
    excess = await excessOf(world, start);
  }
  oracle.check('what was held is given back', excess.length === 0, () => excess.join('; '));
  await checkRedis(world, oracle);
  checkStore(world, oracle);
  return idleHoldings(world);
}

async function excessOf(world: World, start: readonly Holdings[]): Promise<readonly string[]> {
  const now = await idleHoldings(world);
  const excess = now.flatMap((holdings, index) =>
    (['files', 'sockets', 'timers'] as const)
      .map((what) => ({ what, is: holdings[what], was: start[index]?.[what] ?? 0 }))
      .filter(({ is, was }) => is > was + SLACK)
      .map(({ what, is, was }) => `replica ${index} has ${is} ${what}, at the start ${was}`),
  );
  for (const [index, replica] of world.replicas.entries()) {
    const scrape = await replica.scrape(keyOf('operator'));
    excess.push(
      ...HELD.filter((name) => sumOf(scrape, name) !== 0).map(
        (name) => `replica ${index} has ${name} ${sumOf(scrape, name)}`,
      ),
    );
  }
  return excess;
}

/**
 * What killed replicas held expires by itself; their images in progress only after the longest
 * deadline.
 */
async function checkRedis(world: World, oracle: Oracle): Promise<void> {
  const { redis } = world;
  const left = async (): Promise<readonly string[]> => {
    const leases = await redis.command('ZCARD', 'easel:{pool}:leases');
    const waiting = await redis.command('ZCARD', 'easel:{pool}:turns');
    return [`${leases} leases`, `${waiting} waiting`].filter((text) => !text.startsWith(':0'));
  };
  let found = await left();
  const deadline = performance.now() + LEASE_MS + PATIENCE_MS;
  while (found.length > 0 && performance.now() < deadline) {
    await sleep(250);
    found = await left();
  }
  oracle.check('leases in Redis are given back', found.length === 0, () => found.join(', '));
}

function checkStore({ s3, upstream }: World, oracle: Oracle): void {
  // The lock of a sweep that was killed, or whose store went away, remains until it expires.
  const images = [...s3.objects].filter(([key]) => !key.endsWith('/.sweeping'));
  for (const [key, { bytes }] of images) {
    // The responses of Idempotency-Keys are stored beside their images.
    const isWhole = key.endsWith('.json') ? isJson(bytes) : upstream.made.has(digestOf(bytes));
    oracle.check('the store holds whole images only', isWhole, () => {
      return `${key} of ${bytes.length} bytes is no image that was made`;
    });
  }
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}
