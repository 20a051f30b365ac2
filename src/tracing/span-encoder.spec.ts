import { SpanKind, TraceFlags } from '@opentelemetry/api';
import { TraceState } from '@opentelemetry/core';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { EncodedSpans, type EncodedSpan } from './encoded-spans';
import { SpanEncoder } from './span-encoder';
import { SpanIds } from './span-ids';
import { TraceSpan, type SpanRecorder } from './trace-span';

const VALUES = [
  '',
  'a',
  'é 絵 🎨',
  'x'.repeat(47),
  'x'.repeat(48),
  'é'.repeat(48),
  'x'.repeat(127),
  'y'.repeat(20_000),
  0,
  1,
  127,
  128,
  16_384,
  2 ** 31,
  2 ** 40,
  Number.MAX_SAFE_INTEGER,
  -1,
  -(2 ** 40),
  0.1,
  -2.5,
  1e-9,
  NaN,
  Infinity,
  true,
  false,
  ['STOP'],
  ['a', 'b'],
  [],
  [1, 2.5, -3],
  [true, false],
  ['a', null, 'c'],
  undefined,
];

/** Spans as Easel makes them, with whatever values OpenTelemetry allows. */
function spans(): readonly TraceSpan[] {
  const ended: TraceSpan[] = [];
  const recorder: SpanRecorder = {
    resource: resourceFromAttributes({
      'service.name': 'easel',
      'process.pid': 7,
      long: 'x'.repeat(300),
    }),
    instrumentationScope: { name: 'easel', version: '1.0.0' },
    ids: new SpanIds(),
    limits: undefined,
    record: (span) => ended.push(span),
  };
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const traceState = new TraceState('vendor=1,other=2');
  const request = new TraceSpan(recorder, {
    name: 'POST',
    kind: SpanKind.SERVER,
    context: { traceId, spanId: 'a7ad6b7169203331', traceFlags: TraceFlags.SAMPLED, traceState },
    parent: {
      traceId,
      spanId: 'b7ad6b7169203331',
      traceFlags: TraceFlags.SAMPLED,
      isRemote: true,
      traceState,
    },
    clockOffset: Date.now() - performance.now(),
  });
  for (const value of [...VALUES, ...VALUES]) {
    const part = request.part('part', { value });
    part.event('event', { value });
    part.end();
  }
  for (const fault of ['it failed: é', '', undefined]) {
    const call = request.call(`call é ${fault ?? ''}`, { fault });
    for (let index = 0; index < 200; index += 1) {
      call.set({ [`key ${index}`]: index, none: undefined });
      call.event('many', { index });
    }
    call.end(fault);
  }
  for (let index = 0; index < 200; index += 1) {
    request.call('call', { 'request.id': `id-${index}`, index }).end();
  }
  request.end();
  const beginning = new TraceSpan(recorder, {
    name: 'GET',
    kind: SpanKind.SERVER,
    context: { traceId, spanId: 'c7ad6b7169203331', traceFlags: TraceFlags.SAMPLED },
    parent: undefined,
    clockOffset: 1_795_000_124_000 - 0.0001 - performance.now(),
  });
  beginning.end();
  return ended;
}

function encodedSpans(origin: TraceSpan, encoder = new SpanEncoder()) {
  const ready: EncodedSpan[] = [];
  const encoded = new EncodedSpans(encoder, origin, (span) => ready.push(span));
  return {
    encoded,
    ready,
    add: (list: readonly TraceSpan[]): readonly EncodedSpan[] => {
      for (const span of list) {
        encoded.add(span);
      }
      encoded.encode();
      return ready;
    },
  };
}

describe('SpanEncoder', () => {
  it('writes what OpenTelemetry’s own serializer writes, byte for byte', () => {
    const encoder = new SpanEncoder();
    const all = spans();
    expect(all).toHaveLength(2 * VALUES.length + 205);
    for (const list of [all, ...all.map((span) => [span])]) {
      const { encoded, add } = encodedSpans(list[0] as TraceSpan, encoder);
      const request = encoded.request(add(list));
      const theirs = ProtobufTraceSerializer.serializeRequest([...list]);
      expect(request?.equals(Buffer.from(theirs ?? []))).toBe(true);
    }
  });

  it('writes those of each batch, whatever else it has encoded', () => {
    const all = spans();
    const { encoded, add } = encodedSpans(all[0] as TraceSpan);
    const each = add(all);
    const added = all.map((span, index) => ({ span, encoded: each[index] as EncodedSpan }));
    const last = added.length;
    // Some are dropped when the queue is full.
    for (const batch of [added.slice(0, 5), added.slice(20, 70), added.slice(90, last - 1)]) {
      const theirs = ProtobufTraceSerializer.serializeRequest(batch.map(({ span }) => span));
      const request = encoded.request(batch.map((one) => one.encoded));
      expect(request?.equals(Buffer.from(theirs ?? []))).toBe(true);
    }
    const gaps = added.filter((_one, index) => index % 3 !== 0);
    const theirs = ProtobufTraceSerializer.serializeRequest(gaps.map(({ span }) => span));
    expect(encoded.request(gaps.map((one) => one.encoded))?.equals(Buffer.from(theirs ?? []))).toBe(
      true,
    );
  });

  it('makes no request of no span', () => {
    const [origin] = spans();
    expect(encodedSpans(origin as TraceSpan).encoded.request([])).toBeUndefined();
  });

  it('encodes a span soon, even if no other one follows', () => {
    jest.useFakeTimers();
    const [first, second, third] = spans() as [TraceSpan, TraceSpan, TraceSpan];
    const { encoded, ready } = encodedSpans(first);
    encoded.add(first);
    encoded.add(second);
    jest.advanceTimersByTime(99);
    expect(ready).toHaveLength(0);
    jest.advanceTimersByTime(1);
    expect(ready).toHaveLength(2);
    encoded.add(third);
    jest.advanceTimersByTime(100);
    expect(ready).toHaveLength(3);
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  it('encodes 128 spans at once, and leaves no timer behind', () => {
    jest.useFakeTimers();
    const all = spans().slice(0, 128);
    const { encoded, ready } = encodedSpans(all[0] as TraceSpan);
    for (const span of all) {
      expect(ready).toHaveLength(0);
      encoded.add(span);
    }
    expect(ready).toHaveLength(128);
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });
});
