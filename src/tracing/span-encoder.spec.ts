import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-node';
import { SpanEncoder } from './span-encoder';

/** Spans as Easel makes them, and with whatever else OpenTelemetry lets one say. */
function spans(): readonly ReadableSpan[] {
  const exporter = new InMemorySpanExporter();
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({
      'service.name': 'easel',
      'process.pid': 7,
      long: 'x'.repeat(300),
    }),
    spanProcessors: [new SimpleSpanProcessor(exporter)],
    spanLimits: { attributeCountLimit: 12, eventCountLimit: 2 },
  });
  const tracer = provider.getTracer('easel', '1.0.0');
  const remote = trace.setSpanContext(ROOT_CONTEXT, {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  });
  const request = tracer.startSpan(
    'POST',
    { kind: SpanKind.SERVER, startTime: [1_795_000_123, 999_999_999] },
    remote,
  );
  const below = trace.setSpan(ROOT_CONTEXT, request);
  const values = [
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
  ];
  for (const value of [...values, ...values]) {
    const part = tracer.startSpan('part', { kind: SpanKind.INTERNAL }, below);
    part.setAttribute('value', value);
    part.addEvent('event', { value });
    part.end();
  }
  for (const kind of [SpanKind.CLIENT, SpanKind.PRODUCER, SpanKind.CONSUMER]) {
    const call = tracer.startSpan(`kind ${kind} é`, { kind }, below);
    for (let index = 0; index < 200; index += 1) {
      call.setAttribute(`key ${index}`, index);
      call.addEvent('many', { index });
    }
    call.setStatus({
      code: SpanStatusCode.ERROR,
      message: kind === SpanKind.CLIENT ? 'it failed: é' : '',
    });
    call.end();
  }
  for (let index = 0; index < 200; index += 1) {
    const call = tracer.startSpan('call', {}, below);
    call.setAttributes({ 'request.id': `id-${index}`, index });
    call.end();
  }
  request.setStatus({ code: SpanStatusCode.OK });
  request.end();
  return exporter.getFinishedSpans();
}

describe('SpanEncoder', () => {
  it('writes what OpenTelemetry’s own serializer writes, byte for byte', () => {
    const encoder = new SpanEncoder();
    const all = spans();
    for (const list of [all, ...all.map((span) => [span])]) {
      const [first] = list;
      const request =
        first &&
        encoder.request(
          first,
          list.map((span) => encoder.span(span)),
        );
      const theirs = ProtobufTraceSerializer.serializeRequest([...list]);
      expect(Buffer.from(request ?? []).equals(Buffer.from(theirs ?? []))).toBe(true);
    }
  });
});
