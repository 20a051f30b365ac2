import { ROOT_CONTEXT, SpanKind, trace, TraceFlags, type Context } from '@opentelemetry/api';
import { SamplingDecision } from '@opentelemetry/sdk-trace-node';
import { samplerOf, type ParentFlag } from './sampler';

/** The sampler by ratio makes a number of it: here one in a hundredth of the way to the largest. */
const LOW_TRACE_ID = '028f5c28000000000000000000000000';

type Parent = 'none' | 'recorded' | 'unrecorded';

function isRecorded(
  env: Record<string, string>,
  parentFlag: ParentFlag,
  parent: Parent,
  warnings: string[] = [],
): boolean {
  const sampler = samplerOf(env, parentFlag, (text) => warnings.push(text));
  const context = contextOf(parent);
  const { decision } = sampler.shouldSample(context, LOW_TRACE_ID, 'POST', SpanKind.SERVER, {}, []);
  return decision === SamplingDecision.RECORD_AND_SAMPLED;
}

function contextOf(parent: Parent): Context {
  return parent === 'none'
    ? ROOT_CONTEXT
    : trace.setSpanContext(ROOT_CONTEXT, {
        traceId: LOW_TRACE_ID,
        spanId: 'b7ad6b7169203331',
        traceFlags: parent === 'recorded' ? TraceFlags.SAMPLED : TraceFlags.NONE,
        isRemote: true,
      });
}

describe('samplerOf', () => {
  it.each<[sampler: string, argument: string, none: boolean, recorded: boolean, not: boolean]>([
    ['', '', true, true, false],
    ['always_on', '', true, true, true],
    ['always_off', '', false, false, false],
    ['parentbased_always_on', '', true, true, false],
    ['parentbased_always_off', '', false, true, false],
    ['traceidratio', '0.1', true, true, true],
    ['traceidratio', '0', false, false, false],
    ['traceidratio', '0.0001', false, false, false],
    ['parentbased_traceidratio', '0.1', true, true, false],
    ['parentbased_traceidratio', '0', false, true, false],
    ['parentbased_traceidratio', '', true, true, false],
    [' traceidratio ', ' 0 ', false, false, false],
  ])('%s with %s', (sampler, argument, none, recorded, not) => {
    const env = { OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: argument };
    expect(isRecorded(env, 'obeyed', 'none')).toBe(none);
    expect(isRecorded(env, 'obeyed', 'recorded')).toBe(recorded);
    expect(isRecorded(env, 'obeyed', 'unrecorded')).toBe(not);
  });

  it.each<[sampler: string, isKept: boolean]>([
    ['parentbased_always_on', true],
    ['parentbased_always_off', false],
  ])('%s heeds no flag where anybody may call', (sampler, isKept) => {
    const env = { OTEL_TRACES_SAMPLER: sampler };
    expect(isRecorded(env, 'ignored', 'recorded')).toBe(isKept);
    expect(isRecorded(env, 'ignored', 'unrecorded')).toBe(isKept);
  });

  it('records up to a rate what no client and no sampler decides', () => {
    const warnings: string[] = [];
    const sampler = samplerOf({}, 'obeyed', (text) => warnings.push(text));
    const counts = (given: Context) =>
      Array.from({ length: 5000 }, () =>
        sampler.shouldSample(given, LOW_TRACE_ID, 'POST', SpanKind.SERVER, {}, []),
      ).filter(({ decision }) => decision === SamplingDecision.RECORD_AND_SAMPLED).length;
    expect(counts(ROOT_CONTEXT)).toBeLessThan(2000);
    expect(warnings).toEqual([expect.stringContaining('parentbased_always_on')]);
    expect(counts(contextOf('recorded'))).toBe(5000);
  });

  it.each([
    ['sometimes', ''],
    ['parentbased_', ''],
    ['traceidratio', '1.1'],
    ['traceidratio', '-1'],
    ['parentbased_traceidratio', 'half'],
  ])('%s with %s is warned of, and records', (sampler, argument) => {
    const warnings: string[] = [];
    const env = { OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: argument };
    expect(isRecorded(env, 'obeyed', 'none', warnings)).toBe(true);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('OTEL_TRACES_SAMPLER');
  });
});
