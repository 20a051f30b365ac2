import type { SumKey } from './ledger-tables';

/** What is asked of the ledger; the time is half open, in epoch milliseconds. */
export interface UsageQuery {
  readonly from: number;
  readonly to: number;
  readonly groupBy: readonly SumKey[];
  /** Only of this one. */
  readonly consumer?: string | undefined;
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
  readonly from: number;
  readonly to: number;
}

const DAY_MS = 86_400_000;

export function usageSpans({ from, to }: Pick<UsageQuery, 'from' | 'to'>): readonly UsageSpan[] {
  const firstDay = Math.ceil(from / DAY_MS) * DAY_MS;
  const lastDay = Math.floor(to / DAY_MS) * DAY_MS;
  const spans: readonly UsageSpan[] =
    firstDay > lastDay
      ? [{ source: 'rows', from, to }]
      : [
          { source: 'rows', from, to: firstDay },
          { source: 'days', from: firstDay, to: lastDay },
          { source: 'rows', from: lastDay, to },
        ];
  return spans.filter((span) => span.from < span.to);
}

/** Groups with the same keys, added up, in the order of their keys. */
export function mergeGroups(groups: readonly UsageGroup[]): readonly UsageGroup[] {
  const merged = new Map<string, UsageGroup>();
  for (const group of groups) {
    const key = JSON.stringify(group.keys);
    const known = merged.get(key);
    merged.set(key, known === undefined ? group : { ...addUsage(known, group), keys: group.keys });
  }
  return [...merged].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
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
