import type { Env } from './env';

/** How long responses are kept, so that a lost response is not paid for twice. */
export interface IdempotencyConfig {
  /** For requests with an `Idempotency-Key`; 0 to keep none. */
  readonly ttlSeconds: number;
  /** The maximum size in memory, if there is no image store. */
  readonly cacheBytes: number;
  /** For the retry of a client that has disconnected; 0 to keep nothing and abort its calls. */
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
