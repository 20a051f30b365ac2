import type { CallManner, RequestKind } from './planned-request';

/** What was so while a request was open, as far as it can excuse an error. */
export interface Circumstances {
  readonly kind: RequestKind;
  /** What became of the upstream calls for it. */
  readonly calls: readonly (CallManner | 'token refused')[];
  /** Of its consumer: by the minute or at once; by the day or the month. */
  readonly limit: 'none' | 'rate' | 'quota';
  readonly hasKey: boolean;
  readonly isOperator: boolean;
  /** Whether a replica was killed while it was open, or just before it began. */
  readonly wasKilled: boolean;
  /** Whether one was killed so lately that it may still hold a key. */
  readonly wasKeyHolderKilled: boolean;
  /** Whether any account was told to slow down, not long ago. */
  readonly wasRateLimited: boolean;
  readonly wasStoreAway: boolean;
  readonly wasLedgerAway: boolean;
  /** Whether its consumer was out of the file for a while. */
  readonly wasConsumerGone: boolean;
  /** Of a hosted image: whether its URL may be late. */
  readonly isLinkLate: boolean;
}

/** Calls that failed by the upstream's fault. */
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
 * Why a request may end with this status and error code. Undefined where nothing explains it, which is a
 * fault of Easel's. The only 5xx that are ever explained: 502 `upstream_error`, 502 `no_image` and 504
 * `upstream_timeout` by what the upstream did with this request's own calls, 502 of nginx by a killed
 * replica, and 503 without a code where the store or the ledger is what was asked for and is away.
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
      // Of the first one, which a killed replica was at, nobody hears until its lease of 30 seconds is over.
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
      return called('stall') && ['upstream_timeout', 'DEADLINE_EXCEEDED'].includes(code)
        ? 'upstream stalled'
        : undefined;
    default:
      return undefined;
  }
}
