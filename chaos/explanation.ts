import type { CallManner, RequestKind } from './planned-request';

/** The circumstances of a request, as far as they can explain an error. */
export interface Circumstances {
  readonly kind: RequestKind;
  /** The results of its upstream calls. */
  readonly calls: readonly (CallManner | 'token refused')[];
  /** The limit of its consumer that it may have hit: rate or concurrency; daily or monthly. */
  readonly limit: 'none' | 'rate' | 'quota';
  readonly hasKey: boolean;
  readonly isOperator: boolean;
  /** Whether a replica was killed while it was open, or just before it began. */
  readonly wasKilled: boolean;
  /** Whether one was killed so recently that it may still hold a key. */
  readonly wasKeyHolderKilled: boolean;
  /** Whether any account was rate-limited recently. */
  readonly wasRateLimited: boolean;
  readonly wasStoreAway: boolean;
  readonly wasLedgerAway: boolean;
  /** Whether its consumer was missing from the file for a while. */
  readonly wasConsumerGone: boolean;
  /** For a hosted image: whether its URL may have expired. */
  readonly isLinkLate: boolean;
}

/** Calls that failed because of the upstream. */
const UPSTREAM_FAULTS: readonly string[] = [
  'unavailable',
  'internal',
  'reset',
  'truncated',
  'html',
  'rate limit',
  'token refused',
];

/**
 * Why a request may end with this status and error code. Undefined if nothing explains it, which is
 * a fault of Easel. The only 5xx that are ever explained: 502 `upstream_error`, 502 `no_image` and
 * 504 `upstream_timeout` by the upstream's handling of this request's own calls, 504 by a killed
 * replica that served the same key, 502 of nginx by a killed replica, and 503 without a code if the requested store or ledger is away.
 *
 * @param code OpenAI's code, or the status of one of Google's errors
 */
export function explanationOf(
  status: number,
  code: string,
  about: Circumstances,
): string | undefined {
  const { kind, calls } = about;
  const called = (...manners: readonly string[]): boolean =>
    calls.some((manner) => manners.includes(manner));
  switch (status) {
    case 200:
    case 206:
      return 'served';
    case 400:
      return called('refused') && ['moderation_blocked', 'INVALID_ARGUMENT'].includes(code)
        ? 'refused by the model'
        : undefined;
    case 401:
      return about.wasConsumerGone ? 'consumer not in the file' : undefined;
    case 403:
      return kind === 'accounts' && !about.isOperator ? 'not for members' : undefined;
    case 409:
      // The result of the first request, which a killed replica was serving, is unknown until its
      // lease of 30 seconds expires.
      return code === 'idempotency_in_progress' && about.hasKey && about.wasKeyHolderKilled
        ? 'key at work'
        : undefined;
    case 410:
      return kind === 'file' && about.isLinkLate ? 'late URL' : undefined;
    case 429:
      if (about.limit === 'quota' && ['insufficient_quota', 'RESOURCE_EXHAUSTED'].includes(code)) {
        return 'quota of the consumer';
      }
      if (!['rate_limit_exceeded', 'RESOURCE_EXHAUSTED'].includes(code)) {
        return undefined;
      }
      return about.limit === 'rate'
        ? 'limit of the consumer'
        : about.wasRateLimited
          ? 'accounts rate-limited'
          : undefined;
    case 502:
      if (called(...UPSTREAM_FAULTS) && ['upstream_error', 'UNAVAILABLE'].includes(code)) {
        return 'upstream failed';
      }
      if (called('empty') && ['no_image', 'UNAVAILABLE'].includes(code)) {
        return 'upstream made no image';
      }
      return about.wasKilled && code === 'upstream_error' ? 'replica killed' : undefined;
    case 503:
      if (kind === 'file' && about.wasStoreAway) {
        return 'store away';
      }
      return kind === 'usage' && about.wasLedgerAway ? 'ledger away' : undefined;
    case 504:
      if (!['upstream_timeout', 'DEADLINE_EXCEEDED'].includes(code)) {
        return undefined;
      }
      if (called('stall')) {
        return 'upstream stalled';
      }
      // The deadline of the suite is as long as that lease, and may end just before it.
      return about.hasKey && about.wasKeyHolderKilled ? 'key at work' : undefined;
    default:
      return undefined;
  }
}
