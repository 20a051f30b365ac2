import type { Env } from './env';

/** What is kept of responses, so that nobody pays twice for a lost one. */
export interface IdempotencyConfig {
  /** How long for an `Idempotency-Key`; 0: not at all. */
  readonly ttlSeconds: number;
  /** How much in memory, where no store keeps it. */
  readonly cacheBytes: number;
  /** How long for the retry of a client that has gone; 0: not at all, and its calls are cut off. */
  readonly abandonedTtlSeconds: number;
  readonly maxAbandonedImages: number;
}

const MEBIBYTE = 1024 * 1024;

export function readIdempotency(
  env: Pick<
    Env,
    | 'IDEMPOTENCY_TTL_SECONDS'
    | 'IDEMPOTENCY_CACHE_MB'
    | 'ABANDONED_TTL_SECONDS'
    | 'MAX_ABANDONED_IMAGES'
  >,
): IdempotencyConfig {
  return {
    ttlSeconds: env.IDEMPOTENCY_TTL_SECONDS,
    cacheBytes: env.IDEMPOTENCY_CACHE_MB * MEBIBYTE,
    abandonedTtlSeconds: env.ABANDONED_TTL_SECONDS,
    maxAbandonedImages: env.MAX_ABANDONED_IMAGES,
  };
}
