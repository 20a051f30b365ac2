import type { SumKey } from './ledger-tables';

/** What is asked of the ledger; the time is half open, in epoch milliseconds. */
export interface UsageQuery {
  readonly from: number;
  readonly to: number;
  readonly groupBy: readonly SumKey[];
  /** Only of what has one of these, by key. */
  readonly only?: Readonly<Partial<Record<SumKey, readonly string[]>>> | undefined;
}

/** What a group of images came to. */
export interface UsageGroup {
  readonly keys: Readonly<Partial<Record<SumKey, string>>>;
  readonly images: number;
  readonly failed: number;
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly microUsd: number;
}

/** Where a part of the time is read from: whole days from their sums, which are few, the rest from the rows. */
export interface UsageSpan {
  readonly source: 'rows' | 'days';
  /** -1 for rows that a sum has and the query has not. */
  readonly sign: 1 | -1;
  readonly from: number;
  readonly to: number;
}

const DAY_MS = 86_400_000;

/** What is known of the rows, in epoch milliseconds. */
export interface RowTimes {
  /**
   * Of the oldest that is left; undefined where there is none. Rows are deleted by age and sums stay, so that only of
   * days after it are all rows sure to be there.
   */
  readonly oldest: number | undefined;
  /** After it there are none that are worth a thought. */
  readonly now: number;
}

/**
 * The parts that a time comes to. Of a day that is asked for by more than its half, the sum is read, and the rows of
 * the rest are taken off: half a day's rows are read at most, and hardly any for today until now.
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
