import { TraceFlags } from '@opentelemetry/api';
import { TraceState } from '@opentelemetry/core';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { EncodedSpans, type SpanGroup } from './encoded-spans';
import type { SharedAttributes } from './span-attributes';
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

const SHARED = ['first', 'second'].map((account): SharedAttributes => ({
  attributes: { account, none: undefined, 'server.port': 443 },
  encoded: undefined,
}));

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
  const id = '0af7651916cd43dd8448eb211c80319c';
  const state = new TraceState('vendor=1,other=2');
  const remoteParent = {
    traceId: id,
    spanId: 'b7ad6b7169203331',
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
    traceState: state,
  };
  const trace = { recorder, id, flags: TraceFlags.SAMPLED, state, remoteParent };
  const clockOffset = Date.now() - performance.now();
  const request = TraceSpan.ofRequest({ ...trace, clockOffset }, 'POST');
  for (const value of [...VALUES, ...VALUES]) {
    const part = request.part('part');
    part.event('event', { value });
    part.end({ value });
  }
  const numbers = Array.from({ length: 200 }, (_none, index) => index);
  for (const fault of ['it failed: é', '', undefined]) {
    const part = request.part(`part é ${fault ?? ''}`);
    for (const index of numbers) {
      part.event('many', { index });
    }
    part.end(
      { fault, ...Object.fromEntries(numbers.map((index) => [`key ${index}`, index])) },
      fault,
    );
  }
  for (const index of numbers) {
    const call = request.call('call', SHARED[index % 2] as SharedAttributes, performance.now());
    call.end({ 'request.id': `id-${index}`, none: undefined, index });
  }
  request.end({});
  const beginning = TraceSpan.ofRequest(
    {
      ...trace,
      state: undefined,
      remoteParent: undefined,
      clockOffset: 1_795_000_124_000 - 0.0001 - performance.now(),
    },
    'GET',
  );
  beginning.end({});
  return ended;
}

function encodedSpans(origin: TraceSpan, encoder = new SpanEncoder()) {
  const ready: SpanGroup[] = [];
  const encoded = new EncodedSpans(encoder, origin, (group) => ready.push(group));
  return {
    encoded,
    ready,
    add: (list: readonly TraceSpan[]): readonly SpanGroup[] => {
      for (const span of list) {
        encoded.add(span);
      }
      encoded.encode();
      return ready;
    },
  };
}

/** Those of OpenTelemetry's own serializer. */
function requestBytes(spans: readonly TraceSpan[]): Buffer {
  return Buffer.from(ProtobufTraceSerializer.serializeRequest([...spans]) ?? []);
}

describe('SpanEncoder', () => {
  it('writes what OpenTelemetry’s own serializer writes, byte for byte', () => {
    const encoder = new SpanEncoder();
    const all = spans();
    expect(all).toHaveLength(2 * VALUES.length + 205);
    for (const list of [all, ...all.map((span) => [span])]) {
      const { encoded, add } = encodedSpans(list[0] as TraceSpan, encoder);
      expect(encoded.request(add(list))?.equals(requestBytes(list))).toBe(true);
    }
  });

  it('writes those of each batch, whatever its size', () => {
    const all = spans();
    const { encoded, add } = encodedSpans(all[0] as TraceSpan);
    const ready = add(all);
    for (let from = 0, size = 1; from < all.length; from += size, size += 13) {
      const request = encoded.request(ready.slice(from, from + size));
      expect(request?.equals(requestBytes(all.slice(from, from + size)))).toBe(true);
    }
  });

  it('leaves out the last spans of a group that a full queue has dropped', () => {
    const all = spans();
    const { encoded, add } = encodedSpans(all[0] as TraceSpan);
    const ready = add(all);
    const isKept = (index: number): boolean => index < 100 || (index >= 128 && index < 200);
    const batches = [ready.slice(0, 30), ready.slice(30, 100), ready.slice(128, 200)];
    const sent = batches.map((batch) => Buffer.from(encoded.request(batch) ?? []));
    const kept = all.filter((_span, index) => isKept(index));
    const expected = [kept.slice(0, 30), kept.slice(30, 100), kept.slice(100)].map(requestBytes);
    expect(sent.map((request, index) => request.equals(expected[index] as Buffer))).toEqual([
      true,
      true,
      true,
    ]);
  });

  it('leaves out a batch that is lost before there is a request for it', () => {
    const all = spans();
    const { encoded, add } = encodedSpans(all[0] as TraceSpan);
    const ready = add(all);
    encoded.lost(ready.slice(0, 50));
    const failed = ready.slice(50, 70);
    expect(encoded.request(failed)?.equals(requestBytes(all.slice(50, 70)))).toBe(true);
    encoded.lost(failed);
    expect(encoded.request(ready.slice(70))?.equals(requestBytes(all.slice(70)))).toBe(true);
  });

  it('writes into the same memory again only when a request was delivered', () => {
    const all = spans();
    const { encoded, add } = encodedSpans(all[0] as TraceSpan);
    const ready = add(all);
    const batches = [ready.slice(0, 128), ready.slice(128, 256), ready.slice(256)];
    const [first, second] = batches.slice(0, 2).map((batch) => encoded.request(batch));
    expect(second?.buffer).not.toBe(first?.buffer);
    expect(first?.equals(requestBytes(all.slice(0, 128)))).toBe(true);
    encoded.delivered(batches[0] ?? []);
    encoded.delivered(batches[0] ?? []);
    const third = encoded.request(batches[2] ?? []);
    expect(third?.buffer).toBe(first?.buffer);
    expect(second?.equals(requestBytes(all.slice(128, 256)))).toBe(true);
    expect(third?.equals(requestBytes(all.slice(256)))).toBe(true);
    const group = add(all).at(-1);
    expect(ready.slice(0, all.length).map(({ bytes }) => bytes)).toContain(group?.bytes);
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
