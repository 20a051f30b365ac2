import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  type Sampler,
} from '@opentelemetry/sdk-trace-node';
import { RateLimitedSampler } from './rate-limited-sampler';

/** Whether a client's flag decides what is recorded. Without keys, anonymous clients must not. */
export type ParentFlag = 'obeyed' | 'ignored';

/**
 * The sampler of `OTEL_TRACES_SAMPLER`, by OpenTelemetry's specification; the SDK reads it too, but
 * only for its own tracer. Without the variable, Easel records every trace that no other service
 * has begun, up to a rate.
 *
 * @param warn called for an invalid value, which counts as none, and once when the rate is exceeded
 */
export function samplerOf(
  {
    OTEL_TRACES_SAMPLER: given,
    OTEL_TRACES_SAMPLER_ARG: argument,
  }: Readonly<Record<string, string | undefined>>,
  parentFlag: ParentFlag,
  warn: (text: string) => void,
): Sampler {
  const name = given?.trim() || undefined;
  const isParentBased = name?.startsWith('parentbased_') ?? true;
  const root =
    name === undefined
      ? rateLimited(warn)
      : rootSampler(name.replace(/^parentbased_/, ''), argument, warn);
  if (root === undefined) {
    warn(`OTEL_TRACES_SAMPLER value "${name}" is invalid and has no effect`);
    return samplerOf({}, parentFlag, warn);
  }
  return isParentBased && parentFlag === 'obeyed' ? new ParentBasedSampler({ root }) : root;
}

function rateLimited(warn: (text: string) => void): Sampler {
  return new RateLimitedSampler((rate) => {
    warn(
      `more than ${rate} requests per second, of which only ${rate} are recorded; ` +
        'OTEL_TRACES_SAMPLER=parentbased_always_on records all',
    );
  });
}

function rootSampler(
  name: string,
  argument: string | undefined,
  warn: (text: string) => void,
): Sampler | undefined {
  switch (name) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(ratioOf(argument, warn));
    default:
      return undefined;
  }
}

function ratioOf(text: string | undefined, warn: (text: string) => void): number {
  const ratio = Number(text?.trim() || 1);
  if (ratio >= 0 && ratio <= 1) {
    return ratio;
  }
  warn('OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1, defaulting to 1');
  return 1;
}
