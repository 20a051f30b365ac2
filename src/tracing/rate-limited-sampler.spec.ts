import { SamplingDecision } from '@opentelemetry/sdk-trace-node';
import { RateLimitedSampler } from './rate-limited-sampler';

/** A sampler whose clock is set by hand. */
function rateLimited() {
  const clock = { ms: 5000 };
  const limited: number[] = [];
  const sampler = new RateLimitedSampler(
    (rate) => limited.push(rate),
    () => clock.ms,
  );
  return {
    limited,
    /** How many of so many requests are recorded, that many milliseconds after the last ones. */
    recorded: (requests: number, afterMs = 0): number => {
      clock.ms += afterMs;
      return Array.from({ length: requests }, () => sampler.shouldSample()).filter(
        ({ decision }) => decision === SamplingDecision.RECORD_AND_SAMPLED,
      ).length;
    },
  };
}

describe('RateLimitedSampler', () => {
  it('records a burst, and then no faster than its rate', () => {
    const { recorded, limited } = rateLimited();
    expect(recorded(1000)).toBe(1000);
    expect(limited).toEqual([]);
    expect(recorded(50)).toBe(0);
    expect(recorded(50, 5)).toBe(0);
    expect(recorded(50, 5)).toBe(1);
    expect(recorded(500, 1000)).toBe(100);
    expect(limited).toEqual([100]);
  });

  it('allows the next burst after a quiet time, and no larger one after a longer one', () => {
    const { recorded } = rateLimited();
    recorded(1000);
    expect(recorded(5000, 10_000)).toBe(1000);
    expect(recorded(5000, 3_600_000)).toBe(1000);
  });

  it('records every request that stays below the rate', () => {
    const { recorded, limited } = rateLimited();
    const total = Array.from({ length: 3000 }, () => recorded(1, 10));
    expect(total.every((count) => count === 1)).toBe(true);
    expect(limited).toEqual([]);
  });
});
