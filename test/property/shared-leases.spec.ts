import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import type { Account } from '../../src/accounts/account';
import { AccountPoolService } from '../../src/accounts/account-pool.service';
import type { LeaseOutcome } from '../../src/accounts/lease';
import { SharedPool } from '../../src/accounts/redis/shared-pool';
import { RedisConnection } from '../../src/redis/redis-connection';
import { describeWithRedis, RedisServer } from '../redis-server';

const MODEL = 'gemini-3-pro-image';
const LIMITS = { a: 1, b: 2, c: 3 } as const;
const ACCOUNTS: readonly Account[] = Object.entries(LIMITS).map(([email, maxConcurrency]) => ({
  email,
  provider: 'gemini',
  apiKey: `key-of-${email}`,
  maxConcurrency,
  priority: 1,
  enabled: true,
}));
const OPTIONS = { scheduling: 'balanced', maxInflightImages: 50, maxWaitingImages: 500 } as const;
const LEASE_MS = 29_500;
const QUIET = { info: () => undefined, warn: () => undefined };

describeWithRedis('leases of several replicas', () => {
  let redis: RedisServer;
  let shared: SharedPool[];
  let pools: AccountPoolService[];

  beforeAll(async () => {
    redis = await RedisServer.start();
    shared = [1, 2, 3].map(() => new SharedPool(new RedisConnection(redis.url), QUIET, LEASE_MS));
    pools = shared.map(
      (state) => new AccountPoolService(ACCOUNTS, OPTIONS, () => undefined, state),
    );
    await Promise.all(pools.map((pool) => pool.join()));
    expect(shared.every(({ status }) => status.isJoined)).toBe(true);
  });
  afterAll(async () => {
    await Promise.all(pools.map((pool) => pool.onApplicationShutdown()));
    await redis.kill();
  });

  const outcome = fc.constantFrom<LeaseOutcome[]>(
    { kind: 'image' },
    { kind: 'abandoned' },
    { kind: 'failure', failure: { kind: 'refused', reason: 'x' } },
  );
  const job = fc.record({
    replica: fc.nat({ max: 2 }),
    images: fc.integer({ min: 1, max: 4 }),
    delayMs: fc.nat({ max: 20 }),
    holdMs: fc.nat({ max: 15 }),
    /** After how long the client leaves, if it does. */
    leavesMs: fc.option(fc.nat({ max: 30 }), { nil: undefined }),
    enables: fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined }),
    outcome,
  });

  it('never exceed a limit together, are all released, and reach every waiting request', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(job, { minLength: 5, maxLength: 25 }), async (jobs) => {
        const held = { a: 0, b: 0, c: 0 };
        let served = 0;
        let left = 0;
        await Promise.all(
          jobs.map(
            async ({ replica, images, delayMs, holdMs, leavesMs, enables, outcome: end }) => {
              await sleep(delayMs);
              if (enables !== undefined) {
                // A change of an account's health, while others request its slots.
                pools[replica]?.enable(enables);
              }
              const client = new AbortController();
              const timer =
                leavesMs === undefined
                  ? undefined
                  : setTimeout(() => {
                      client.abort(new Error('left'));
                    }, leavesMs);
              await Promise.all(
                Array.from({ length: images }, async () => {
                  try {
                    const lease = await pools[replica]?.lease({
                      model: MODEL,
                      tried: new Set(),
                      context: {
                        pinnedAccount: undefined,
                        deadlineAt: Date.now() + 60_000,
                        newCalls: client.signal,
                      },
                    });
                    const email = lease?.account.email as keyof typeof held;
                    held[email] += 1;
                    expect(held[email]).toBeLessThanOrEqual(LIMITS[email]);
                    await sleep(holdMs);
                    held[email] -= 1;
                    lease?.end(end);
                    served += 1;
                  } catch (error) {
                    if (!client.signal.aborted) {
                      throw error;
                    }
                    left += 1;
                  }
                }),
              );
              clearTimeout(timer);
            },
          ),
        );
        expect(served + left).toBe(jobs.reduce((sum, { images }) => sum + images, 0));
        // Whatever was on its way when the last client left has arrived by then.
        for (let tries = 0; (await redis.command('ZCARD', 'easel:{pool}:leases')) !== ':0';) {
          tries += 1;
          expect(tries).toBeLessThan(100);
          await sleep(10);
        }
        expect(await redis.command('HLEN', 'easel:{pool}:inflight')).toBe(':0');
        expect(await redis.command('ZCARD', 'easel:{pool}:turns')).toBe(':0');
      }),
      { numRuns: 25 },
    );
  });

  it('make no calls if the client hangs up before they are confirmed', async () => {
    const [pool] = pools;
    const counted = () => ({
      endings: [...(pool?.endings ?? [])],
      requests: pool?.list().map(({ counters }) => counters.requests),
    });
    const before = counted();
    const client = new AbortController();
    const leasing = pool?.lease({
      model: MODEL,
      tried: new Set(),
      context: {
        pinnedAccount: undefined,
        deadlineAt: Date.now() + 60_000,
        newCalls: client.signal,
      },
    });
    client.abort(new Error('left'));
    await expect(leasing).rejects.toThrow('left');
    await expectSoon(() => redis.command('ZCARD', 'easel:{pool}:leases'), ':0');
    expect(counted()).toEqual(before);
  });

  it('lose nothing that two replicas learn about an account at the same moment', async () => {
    const [one, other] = pools;
    const take = async (pool: AccountPoolService | undefined) =>
      pool?.lease({
        model: MODEL,
        tried: new Set(),
        context: {
          pinnedAccount: 'b',
          deadlineAt: Date.now() + 60_000,
          newCalls: new AbortController().signal,
        },
      });
    const stateIn = (pool: AccountPoolService | undefined) =>
      pool
        ?.list()
        .find(({ account }) => account.email === 'b')
        ?.conditionOfAccount(Date.now()).state;
    for (let round = 0; round < 20; round += 1) {
      const [limited, refused] = await Promise.all([take(one), take(other)]);
      limited?.end({
        kind: 'failure',
        failure: { kind: 'rate_limit', reason: '429', retryAfterMs: 200_000 },
      });
      refused?.end({ kind: 'failure', failure: { kind: 'account_unusable', reason: '401' } });
      await expectSoon(() => pools.map(stateIn), ['disabled', 'disabled', 'disabled']);
      one?.enable('b');
      await expectSoon(() => pools.map(stateIn), ['ready', 'ready', 'ready']);
    }
  });

  it('respect a limit even if the record was lost', async () => {
    for (let round = 0; round < 10; round += 1) {
      pools[0]?.enable('a');
      await expectSoon(() => new Set(pools.map((pool) => pool.list()[0]?.health.epoch)).size, 1);
      await redis.command('DEL', 'easel:{pool}:health');
      let held = 0;
      await Promise.all(
        pools.map(async (pool) => {
          const lease = await pool.lease({
            model: MODEL,
            tried: new Set(),
            context: {
              pinnedAccount: 'a',
              deadlineAt: Date.now() + 60_000,
              newCalls: new AbortController().signal,
            },
          });
          held += 1;
          expect(held).toBe(1);
          await sleep(20);
          held -= 1;
          lease.end({ kind: 'image' });
        }),
      );
    }
  });

  async function expectSoon(read: () => unknown, expected: unknown): Promise<void> {
    for (let tries = 0; tries < 100; tries += 1) {
      if (JSON.stringify(await read()) === JSON.stringify(expected)) {
        return;
      }
      await sleep(10);
    }
    expect(await read()).toEqual(expected);
  }
});
