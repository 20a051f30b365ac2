import type { UsageItem } from '../api/types';

export type Grouping = 'consumer' | 'model' | 'account' | 'size' | 'api';
export type Measure = 'usd' | 'images';

export interface DayBar {
  readonly day: string;
  /** Largest group first, at the bottom; as many as there are names. */
  readonly parts: readonly number[];
  readonly total: number;
}

export interface UsageChart {
  readonly names: readonly string[];
  readonly bars: readonly DayBar[];
}

/** Four groups have colours of their own; what is beyond five is «all others». */
const PARTS = 5;
export const OTHERS = 'all others';

/** Groups in order of cost, or of images if nothing costs anything. */
export function inOrder(items: readonly UsageItem[]): readonly UsageItem[] {
  return [...items].sort((one, other) => other.usd - one.usd || other.images - one.images);
}

export function partNames(items: readonly UsageItem[], grouping: Grouping): readonly string[] {
  const names = inOrder(items).map((item) => nameOf(item, grouping));
  return names.length > PARTS ? [...names.slice(0, PARTS - 1), OTHERS] : names;
}

export function nameOf(item: UsageItem, grouping: Grouping): string {
  return item[grouping] ?? '–';
}

/** A bar for each day of the period, including days without usage. */
export function usageChart(
  byDay: readonly UsageItem[],
  names: readonly string[],
  days: readonly string[],
  grouping: Grouping,
  measure: Measure,
): UsageChart {
  const bars = days.map((day) => {
    const parts = names.map(() => 0);
    byDay
      .filter((item) => item.day === day)
      .forEach((item) => {
        const found = names.indexOf(nameOf(item, grouping));
        const index = found < 0 ? names.length - 1 : found;
        parts[index] = (parts[index] ?? 0) + item[measure];
      });
    return { day, parts, total: parts.reduce((sum, part) => sum + part, 0) };
  });
  return { names, bars };
}

/** Round steps from 0, four of them. */
export function axis(max: number, isWhole: boolean): readonly number[] {
  const rough = max <= 0 ? 1 : max / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((digit) => digit * power).find((each) => each >= rough);
  const whole = isWhole ? Math.max(1, Math.ceil(step ?? rough)) : (step ?? rough);
  return [0, 1, 2, 3, 4].map((count) => Number((count * whole).toPrecision(12)));
}

/** The days of a month by UTC up to today. */
export function daysOf(month: string, today: string): readonly string[] {
  const days: string[] = [];
  const date = new Date(`${month}-01T00:00:00Z`);
  for (; date.toISOString().startsWith(month); date.setUTCDate(date.getUTCDate() + 1)) {
    const day = date.toISOString().slice(0, 10);
    if (day <= today) {
      days.push(day);
    }
  }
  return days;
}

/** `2026-12` after `2026-11`: the half-open end of a month. */
export function monthAfter(month: string): string {
  const date = new Date(`${month}-01T00:00:00Z`);
  date.setUTCMonth(date.getUTCMonth() + 1);
  return date.toISOString().slice(0, 7);
}

/** The last months, newest first. */
export function lastMonths(today: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => {
    const date = new Date(`${today.slice(0, 7)}-01T00:00:00Z`);
    date.setUTCMonth(date.getUTCMonth() - index);
    return date.toISOString().slice(0, 7);
  });
}
