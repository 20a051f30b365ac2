import fc from 'fast-check';
import { nextMidnightPacific } from './pacific-midnight';

const HOUR_MS = 3_600_000;

describe('nextMidnightPacific', () => {
  it.each([
    ['winter', '2026-11-22T15:00:00Z', '2026-11-23T08:00:00.000Z'],
    ['summer', '2026-07-01T15:00:00Z', '2026-07-02T07:00:00.000Z'],
    ['a second before', '2026-11-22T07:59:59.500Z', '2026-11-22T08:00:00.000Z'],
    ['midnight itself is the one before', '2026-11-22T08:00:00Z', '2026-11-23T08:00:00.000Z'],
    ['the day of 23 hours', '2026-03-08T08:30:00Z', '2026-03-09T07:00:00.000Z'],
    ['the day of 25 hours', '2026-11-01T07:30:00Z', '2026-11-02T08:00:00.000Z'],
  ])('%s', (_name, now, expected) => {
    expect(new Date(nextMidnightPacific(Date.parse(now))).toISOString()).toBe(expected);
  });

  it('is always ahead, and never more than 25 hours', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_700_000_000_000, max: 2_000_000_000_000 }), (now) => {
        const ahead = nextMidnightPacific(now) - now;
        expect(ahead).toBeGreaterThan(0);
        expect(ahead).toBeLessThanOrEqual(25 * HOUR_MS);
        expect(nextMidnightPacific(now) % HOUR_MS).toBe(0);
      }),
    );
  });
});
