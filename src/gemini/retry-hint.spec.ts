import { parseDuration, parseRetryAfter } from './retry-hint';

describe('parseDuration', () => {
  it.each([
    ['34.074824224s', 34_075],
    ['900ms', 900],
    ['2h1m1s', 7_261_000],
    ['0.479417207s', 480],
    ['7.967587226s.', 7968],
    ['0s', 0],
    ['99999999999999s', 86_400_000],
    ['', undefined],
    ['soon', undefined],
    ['-5s', undefined],
    ['5', undefined],
  ])('%s → %s ms', (duration, expected) => {
    expect(parseDuration(duration)).toBe(expected);
  });
});

describe('parseRetryAfter', () => {
  const NOW = Date.parse('2026-11-22T15:00:00Z');

  it.each<[unknown, number | undefined]>([
    ['33', 33_000],
    [' 1.5 ', 1500],
    ['0', 0],
    ['9999999', 86_400_000],
    ['Sun, 22 Nov 2026 15:00:33 GMT', 33_000],
    ['Sunday, 22-Nov-26 15:00:33 GMT', 33_000],
    ['Mon, 22 Nov 2027 15:00:00 GMT', 86_400_000],
    ['Sun, 22 Nov 2026 14:59:00 GMT', undefined],
    ['33, 34', undefined],
    ['-5', undefined],
    ['2026', 2_026_000],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
    [33, undefined],
  ])('%j → %s ms', (value, expected) => {
    expect(parseRetryAfter(value, NOW)).toBe(expected);
  });
});
