import { largestRequest, rateLimitHeaders } from './limit-status';

describe('rateLimitHeaders', () => {
  const status = (inWindow: number, resetMs: number) => ({ inWindow, resetMs, atWork: 0 });

  it.each([
    [0, 0, '20', '0s'],
    [3, 400, '17', '1s'],
    [20, 59_000, '0', '59s'],
    [20, 59_001, '0', '1m0s'],
    [25, 60_000, '0', '1m0s'],
  ])('%i used, all free in %i ms: %s remain, reset %s', (used, resetMs, remaining, reset) => {
    expect(rateLimitHeaders({ imagesPerMinute: 20 }, status(used, resetMs))).toEqual({
      'x-ratelimit-limit-images': '20',
      'x-ratelimit-remaining-images': remaining,
      'x-ratelimit-reset-images': reset,
    });
  });

  it.each([undefined, {}, { concurrentImages: 3 }])('has none for %j', (rules) => {
    expect(rateLimitHeaders(rules, status(1, 1))).toEqual({});
  });
});

describe('largestRequest', () => {
  it.each([
    [undefined, 10],
    [{}, 10],
    [{ imagesPerMinute: 20 }, 10],
    [{ imagesPerMinute: 4, concurrentImages: 8 }, 4],
    [{ imagesPerMinute: 20, concurrentImages: 3 }, 3],
    [{ imagesPerDay: 2 }, 2],
  ])('with %j is %i', (rules, most) => {
    expect(largestRequest(rules, 10)).toBe(most);
  });
});
