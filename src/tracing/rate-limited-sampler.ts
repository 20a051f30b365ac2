import { SamplingDecision, type Sampler, type SamplingResult } from '@opentelemetry/sdk-trace-node';

/** Traces per second. At this rate, recording takes less than a hundredth of a core. */
const TRACES_PER_SECOND = 100;
/** How many traces may begin at once after a quiet time. */
const BURST = 10 * TRACES_PER_SECOND;

const RECORDED: SamplingResult = { decision: SamplingDecision.RECORD_AND_SAMPLED };
const NOT_RECORDED: SamplingResult = { decision: SamplingDecision.NOT_RECORD };

/**
 * Records every trace up to a rate: a token bucket. All traces of a flood of requests would cost 5 %
 * of the CPU, overflow the queue, which then loses parts of traces, and fill the collector
 * (decision 26).
 */
export class RateLimitedSampler implements Sampler {
  private left = BURST;
  private lastMs: number;
  private hasLimited = false;

  /**
   * @param onLimited called once, when the first trace is not recorded
   * @param nowMs a monotonic clock, in milliseconds
   */
  constructor(
    private readonly onLimited: (tracesPerSecond: number) => void,
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    this.lastMs = nowMs();
  }

  shouldSample(): SamplingResult {
    const nowMs = this.nowMs();
    this.left = Math.min(BURST, this.left + ((nowMs - this.lastMs) / 1000) * TRACES_PER_SECOND);
    this.lastMs = nowMs;
    if (this.left >= 1) {
      this.left -= 1;
      return RECORDED;
    }
    if (!this.hasLimited) {
      this.hasLimited = true;
      this.onLimited(TRACES_PER_SECOND);
    }
    return NOT_RECORDED;
  }

  toString(): string {
    return `RateLimitedSampler{${TRACES_PER_SECOND}}`;
  }
}
