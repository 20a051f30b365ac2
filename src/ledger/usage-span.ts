import type { SumKey } from './ledger-tables';

/** A usage query; the interval is half-open, in epoch milliseconds. */
export interface UsageQuery {
  readonly from: number;
  readonly to: number;
  readonly groupBy: readonly SumKey[];
  /** Only of what has one of these, by key. */
  readonly only?: Readonly<Partial<Record<SumKey, readonly string[]>>> | undefined;
}

/** The sums of a group of images. */
export interface UsageGroup {
  readonly keys: Readonly<Partial<Record<SumKey, string>>>;
  readonly images: number;
  readonly failed: number;
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly microUsd: number;
}

/**
 * A part of the interval and its source: whole days come from their sums, which are few, the rest
 * from the rows.
 */
export interface UsageSpan {
  readonly source: 'rows' | 'days';
  /** -1 for rows that are contained in a sum but not in the query. */
  readonly sign: 1 | -1;
  readonly from: number;
  readonly to: number;
}

const DAY_MS = 86_400_000;

/** The range of the available rows, in epoch milliseconds. */
export interface RowTimes {
  /**
   * The oldest remaining row; undefined if there is none. Rows are deleted by age and sums are
   * kept, so rows are only complete for later days.
   */
  readonly oldest: number | undefined;
  /** Rows after it are negligible. */
  readonly now: number;
}

/**
 * Splits an interval into parts. If a day is covered by more than half, its sum is read and the
 * remaining rows are subtracted: at most half a day's rows are read, and hardly any for today until
 * now.
 */
export function usageSpans(
  { from, to }: Pick<UsageQuery, 'from' | 'to'>,
  times: RowTimes,
): readonly UsageSpan[] {
  const firstDay = Math.ceil(from / DAY_MS) * DAY_MS;
  const lastDay = Math.floor(to / DAY_MS) * DAY_MS;
  const spans: readonly UsageSpan[] =
    firstDay > lastDay
      ? partOfDay(from, to, times)
      : [
          ...partOfDay(from, firstDay, times),
          { source: 'days', sign: 1, from: firstDay, to: lastDay },
          ...partOfDay(lastDay, to, times),
        ];
  return spans.filter((span) => span.from < span.to);
}

function partOfDay(from: number, to: number, { oldest, now }: RowTimes): readonly UsageSpan[] {
  const start = Math.floor(from / DAY_MS) * DAY_MS;
  const end = start + DAY_MS;
  const restMs = from - start + Math.max(0, Math.min(end, now) - to);
  if (oldest === undefined || oldest >= start || restMs >= to - from) {
    return [{ source: 'rows', sign: 1, from, to }];
  }
  return [
    { source: 'days', sign: 1, from: start, to: end },
    { source: 'rows', sign: -1, from: start, to: from },
    { source: 'rows', sign: -1, from: to, to: end },
  ];
}

export function addUsage(
  a: Omit<UsageGroup, 'keys'>,
  b: Omit<UsageGroup, 'keys'>,
): Omit<UsageGroup, 'keys'> {
  return {
    images: a.images + b.images,
    failed: a.failed + b.failed,
    requests: a.requests + b.requests,
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    microUsd: a.microUsd + b.microUsd,
  };
}

export const NO_USAGE: Omit<UsageGroup, 'keys'> = {
  images: 0,
  failed: 0,
  requests: 0,
  inputTokens: 0,
  outputTokens: 0,
  microUsd: 0,
};
