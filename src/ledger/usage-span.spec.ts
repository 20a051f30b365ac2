import { usageSpans } from './usage-span';

const HOUR = 3_600_000;
const DAY = Date.UTC(2026, 10, 28);
const at = (hours: number) => DAY + hours * HOUR;

/** `+days 0-24 -rows 3-5`, in hours of the day. */
const spansOf = (from: number, to: number, oldest: number | undefined, now: number) =>
  usageSpans(
    { from: at(from), to: at(to) },
    { oldest: oldest === undefined ? undefined : at(oldest), now: at(now) },
  )
    .map(
      (span) =>
        `${span.sign === 1 ? '+' : '-'}${span.source} ` +
        `${(span.from - DAY) / HOUR}-${(span.to - DAY) / HOUR}`,
    )
    .join(' ');

describe('usageSpans', () => {
  it.each<[string, number, number, number | undefined, number, string]>([
    ['nothing', 3, 3, -100, 100, ''],
    ['a day', 0, 24, -100, 100, '+days 0-24'],
    ['three days', -24, 48, -100, 100, '+days -24-48'],
    ['less than half a day', 3, 10, -100, 100, '+rows 3-10'],
    ['half a day', 0, 12, -100, 100, '+rows 0-12'],
    ['more than half a day', 2, 20, -100, 100, '+days 0-24 -rows 0-2 -rows 20-24'],
    ['the end of a day', 5, 24, -100, 100, '+days 0-24 -rows 0-5'],
    ['today until now', 0, 9, -100, 9, '+days 0-24 -rows 9-24'],
    ['today until soon', 0, 9, -100, 8, '+days 0-24 -rows 9-24'],
    ['the last hour', 8, 9, -100, 9, '+rows 8-9'],
    ['a day from noon to noon', -12, 12, -100, 12, '+rows -12-0 +days 0-24 -rows 12-24'],
    [
      'a week from the evening on',
      -150,
      15,
      -1000,
      100,
      '+rows -150--144 +days -144-0 +days 0-24 -rows 15-24',
    ],
    ['a day whose rows may be deleted', 2, 20, 1, 100, '+rows 2-20'],
    ['the first day of all', 2, 20, 0, 100, '+rows 2-20'],
    ['what has no rows', 2, 20, undefined, 100, '+rows 2-20'],
    ['a day after the oldest row', 2, 20, -0.001, 100, '+days 0-24 -rows 0-2 -rows 20-24'],
  ])('%s', (_name, from, to, oldest, now, expected) => {
    expect(spansOf(from, to, oldest, now)).toBe(expected);
  });
});
