import type { ConsumerLimitRules } from '../../context/consumer';

/** The window of the rate limit. */
export const WINDOW_MS = 60_000;

/** What a consumer has used of its rate and concurrency limits. */
export interface LimitStatus {
  /** Images of the last 60 seconds. */
  readonly inWindow: number;
  /** In how many milliseconds the window will be empty. */
  readonly resetMs: number;
  readonly atWork: number;
}

/** The limits that are counted as images start and finish, as opposed to calendar limits. */
export type ShortLimit = 'imagesPerMinute' | 'concurrentImages';

/** Whether images may be made now; if not, which limit prevents it, and for how long, if known. */
export type LimitDecision =
  | { readonly granted: true }
  | {
      readonly granted: false;
      readonly limit: ShortLimit;
      readonly used: number;
      readonly retryMs?: number;
    };

/** The maximum number of images that a single request can be granted. */
export function largestRequest(rules: ConsumerLimitRules | undefined, most: number): number {
  return Math.min(most, ...Object.values<number>({ ...rules }));
}

/** `x-ratelimit-*-images` in OpenAI's format; empty without a rate limit. */
export function rateLimitHeaders(
  rules: ConsumerLimitRules | undefined,
  { inWindow, resetMs }: LimitStatus,
): Readonly<Record<string, string>> {
  const limit = rules?.imagesPerMinute;
  if (limit === undefined) {
    return {};
  }
  return {
    'x-ratelimit-limit-images': String(limit),
    'x-ratelimit-remaining-images': String(Math.max(0, limit - inWindow)),
    'x-ratelimit-reset-images': duration(resetMs),
  };
}

/** `1s`, `1m0s` */
function duration(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
