import type { ConsumerLimitRules } from '../../context/consumer';

/** How long an image counts in a minute's limit. */
export const WINDOW_MS = 60_000;

/** What of a consumer's limits is used. */
export interface LimitStatus {
  /** Images of the last 60 seconds. */
  readonly inWindow: number;
  /** In how many milliseconds none of them counts any more. */
  readonly resetMs: number;
  readonly atWork: number;
}

/** The limits that are counted as images come and go, and not by the calendar. */
export type ShortLimit = 'imagesPerMinute' | 'concurrentImages';

/** Whether images may be made now; if not, which limit stands in the way, and for how long as far as that is known. */
export type LimitDecision =
  | { readonly granted: true }
  | {
      readonly granted: false;
      readonly limit: ShortLimit;
      readonly used: number;
      readonly retryMs?: number;
    };

/** The most images that one request can ever get. */
export function largestRequest(rules: ConsumerLimitRules | undefined, most: number): number {
  return Math.min(most, ...Object.values<number>({ ...rules }));
}

/** `x-ratelimit-*-images` as OpenAI writes them; none where no minute's limit is set. */
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
