import { SpanKind, TraceFlags } from '@opentelemetry/api';
import { TraceState } from '@opentelemetry/core';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { EncodedSpans } from './encoded-spans';
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

describe('SpanEncoder', () => {
  it('writes what OpenTelemetry’s own serializer writes, byte for byte', () => {
    const encoder = new SpanEncoder();
    const all = spans();
    expect(all).toHaveLength(2 * VALUES.length + 205);
    for (const list of [all, ...all.map((span) => [span])]) {
      const encoded = new EncodedSpans(encoder, list[0] as TraceSpan);
      const request = encoded.request(list.map((span) => encoded.add(span)));
      const theirs = ProtobufTraceSerializer.serializeRequest([...list]);
      expect(request?.equals(Buffer.from(theirs ?? []))).toBe(true);
    }
  });

  it('writes those of each batch, whatever else it has encoded', () => {
    const all = spans();
    const encoded = new EncodedSpans(new SpanEncoder(), all[0] as TraceSpan);
    const added = all.map((span) => ({ span, encoded: encoded.add(span) }));
    const last = added.length;
    // Some are dropped when the queue is full, and the last ones are encoded with a later batch.
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
    expect(new EncodedSpans(new SpanEncoder(), origin as TraceSpan).request([])).toBeUndefined();
  });
});
