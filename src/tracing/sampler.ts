import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  type Sampler,
} from '@opentelemetry/sdk-trace-node';

/** Whether a client's flag decides what is recorded. Without keys, anonymous clients must not. */
export type ParentFlag = 'obeyed' | 'ignored';

/**
 * The sampler of `OTEL_TRACES_SAMPLER`, by OpenTelemetry's specification; the SDK reads it too, but
 * only for its own tracer.
 *
 * @param warn called for an invalid value: then every trace is recorded
 */
export function samplerOf(
  {
    OTEL_TRACES_SAMPLER: given,
    OTEL_TRACES_SAMPLER_ARG: argument,
  }: Readonly<Record<string, string | undefined>>,
  parentFlag: ParentFlag,
  warn: (text: string) => void,
): Sampler {
  const name = given?.trim() || 'parentbased_always_on';
  const root = rootSampler(name.replace(/^parentbased_/, ''), argument, warn);
  if (root === undefined) {
    warn(`OTEL_TRACES_SAMPLER value "${name}" invalid, defaulting to "parentbased_always_on"`);
    return samplerOf({}, parentFlag, warn);
  }
  return name.startsWith('parentbased_') && parentFlag === 'obeyed'
    ? new ParentBasedSampler({ root })
    : root;
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
