import { performance } from 'node:perf_hooks';
import type { Account } from '../src/accounts/account';
import { AccountPoolService } from '../src/accounts/account-pool.service';
import { SharedPool } from '../src/accounts/redis/shared-pool';
import { RedisConnection } from '../src/redis/redis-connection';
import { quantile } from './statistics';

/** How long it takes to lease a slot and to release it, in microseconds. */
export interface PoolFigures {
  readonly accounts: number;
  readonly redis: boolean;
  readonly p50Us: number;
  readonly p99Us: number;
}

/** Leases held at once, so that not every account is free. */
const HELD = 16;

/** As in production. */
const LEASE_MS = 29_500;

/**
 * @param redisUrl a Redis that the pool shares; without one it is not shared
 */
export async function measurePool(
  accounts: number,
  leases: number,
  redisUrl?: string,
): Promise<PoolFigures> {
  const silent = { info: () => undefined, warn: () => undefined };
  const shared =
    redisUrl === undefined
      ? undefined
      : new SharedPool(new RedisConnection(redisUrl), silent, LEASE_MS);
  const options = { scheduling: 'balanced', maxInflightImages: 64, maxWaitingImages: 64 } as const;
  const pool = new AccountPoolService(
    Array.from({ length: accounts }, (_, index) => accountOf(index)),
    options,
    () => undefined,
    shared,
  );
  await pool.join();
  const held = await Promise.all(Array.from({ length: HELD }, () => lease(pool)));
  const took: number[] = [];
  for (let count = 0; count < leases; count += 1) {
    const startedAt = performance.now();
    const place = await lease(pool);
    place.end({ kind: 'image' });
    took.push((performance.now() - startedAt) * 1000);
  }
  for (const place of held) {
    place.end({ kind: 'image' });
  }
  await pool.onApplicationShutdown();
  // The first tenth is compiled while it runs.
  const warm = took.slice(took.length / 10);
  return {
    accounts,
    redis: shared !== undefined,
    p50Us: quantile(warm, 0.5),
    p99Us: quantile(warm, 0.99),
  };
}

function lease(pool: AccountPoolService): ReturnType<AccountPoolService['lease']> {
  return pool.lease({
    model: 'gemini-3-pro-image',
    tried: new Set(),
    context: {
      pinnedAccount: undefined,
      deadlineAt: Date.now() + 60_000,
      newCalls: new AbortController().signal,
    },
  });
}

function accountOf(index: number): Account {
  return {
    email: `account-${index}@example.com`,
    provider: 'gemini',
    apiKey: `key-${index}`,
    maxConcurrency: 4,
    priority: 1,
    enabled: true,
  };
}
