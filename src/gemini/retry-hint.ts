/** No quota of Google's is longer than a day, so a longer hint is ignored. */
const MAX_HINT_MS = 24 * 3_600_000;

/** Google's durations, `34.07s` and `900ms`, and Go's, `2h1m1s`, in milliseconds. */
export function parseDuration(duration: string): number | undefined {
  const trimmed = duration.trim().replace(/\.$/, '');
  if (!/^(\d+(\.\d+)?(h|ms|m|s))+$/.test(trimmed)) {
    return undefined;
  }
  const unitMs = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;
  let total = 0;
  for (const [, amount, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)) {
    total += Number(amount) * unitMs[unit as keyof typeof unitMs];
  }
  return Math.min(Math.ceil(total), MAX_HINT_MS);
}

/**
 * A Retry-After, which is a number of seconds or an HTTP date, in milliseconds from now. A date in
 * the past is ignored, since clocks differ.
 */
export function parseRetryAfter(value: unknown, now: number): number | undefined {
  if (typeof value !== 'string') {
    return undefined;
  }
  const trimmed = value.trim();
  if (/^\d+(\.\d+)?$/.test(trimmed)) {
    return parseDuration(`${trimmed}s`);
  }
  // Requires the name of a weekday: Date.parse accepts far more than HTTP allows.
  const waitMs = /^[A-Z][a-z]+,? .*\d\d:\d\d:\d\d/.test(trimmed) ? Date.parse(trimmed) - now : NaN;
  return waitMs > 0 ? Math.min(waitMs, MAX_HINT_MS) : undefined;
}
