import { TraceFlags } from '@opentelemetry/api';
import { defaultResource } from '@opentelemetry/resources';
import { SpanIds } from './span-ids';
import { SpanLimits } from './span-limits';
import { TraceSpan } from './trace-span';

const VARIABLES = [
  'OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT',
  'OTEL_ATTRIBUTE_COUNT_LIMIT',
  'OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT',
  'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT',
  'OTEL_SPAN_EVENT_COUNT_LIMIT',
  'OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT',
  'OTEL_SPAN_ATTRIBUTE_PER_EVENT_COUNT_LIMIT',
];

function endedSpan(env: Record<string, string>): TraceSpan {
  Object.assign(process.env, env);
  const recorder = {
    resource: defaultResource(),
    instrumentationScope: { name: 'easel' },
    ids: new SpanIds(),
    limits: SpanLimits.fromEnv(),
    record: () => undefined,
  };
  const trace = {
    recorder,
    id: '0af7651916cd43dd8448eb211c80319c',
    flags: TraceFlags.SAMPLED,
    state: undefined,
    remoteParent: undefined,
    clockOffset: 0,
  };
  const shared = { attributes: { none: undefined, a: 'first', b: 2 }, encoded: undefined };
  const span = TraceSpan.ofRequest(trace, 'POST').call('generate_content', shared, 0);
  span.event('one', { x: 'early' });
  span.event('two', { none: undefined, x: 'later', y: 2 });
  span.end({ c: ['third', 'one'], missing: undefined });
  return span;
}

describe('SpanLimits', () => {
  afterEach(() => {
    for (const name of VARIABLES) {
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a variable of the process can only be deleted
      delete process.env[name];
    }
  });

  it('are none without a variable', () => {
    expect(SpanLimits.fromEnv()).toBeUndefined();
    const { attributes, events, droppedAttributesCount, droppedEventsCount } = endedSpan({});
    expect(attributes).toEqual({ a: 'first', b: 2, c: ['third', 'one'] });
    expect(events.map((event) => event.attributes)).toEqual([{ x: 'early' }, { x: 'later', y: 2 }]);
    expect([droppedAttributesCount, droppedEventsCount]).toEqual([0, 0]);
  });

  it.each([
    [{ OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '2' }, { a: 'first', b: 2 }, 1],
    [{ OTEL_ATTRIBUTE_COUNT_LIMIT: '1' }, { a: 'first' }, 2],
    [
      { OTEL_ATTRIBUTE_COUNT_LIMIT: '1', OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '2' },
      { a: 'first', b: 2 },
      1,
    ],
    [{ OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: '3' }, { a: 'fir', b: 2, c: ['thi', 'one'] }, 0],
    [{ OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '2' }, { a: 'fi', b: 2, c: ['th', 'on'] }, 0],
  ])('%j cuts attributes', (env, attributes, dropped) => {
    const span = endedSpan(env);
    expect(span.attributes).toEqual(attributes);
    expect(span.droppedAttributesCount).toBe(dropped);
  });

  it('keeps the last events, and counts the others', () => {
    const { events, droppedEventsCount } = endedSpan({ OTEL_SPAN_EVENT_COUNT_LIMIT: '1' });
    expect(events.map(({ name }) => name)).toEqual(['two']);
    expect(droppedEventsCount).toBe(1);
  });

  it.each(['OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT', 'OTEL_SPAN_ATTRIBUTE_PER_EVENT_COUNT_LIMIT'])(
    '%s cuts the attributes of an event',
    (name) => {
      const [, last] = endedSpan({ [name]: '1' }).events;
      expect(last).toMatchObject({ attributes: { x: 'later' }, droppedAttributesCount: 1 });
    },
  );
});
