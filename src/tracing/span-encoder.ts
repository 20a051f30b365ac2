import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { EncodedAttributes } from './encoded-attributes';
import { ProtobufWriter } from './protobuf-writer';
import type { SpanAttributes } from './span-attributes';
import { hrTime, type TraceSpan } from './trace-span';

/**
 * Bits of a span's flags, above those of its trace: whether it is known if its parent is remote,
 * and whether it is.
 */
const KNOWS_PARENT = 0x100;
const PARENT_IS_REMOTE = 0x200;

/**
 * Encodes export requests as OTLP protobuf. OpenTelemetry's own serializer takes several times as
 * long and blocks the event loop for milliseconds per batch.
 */
export class SpanEncoder {
  private readonly writer = new ProtobufWriter();
  private readonly attributes = new EncodedAttributes();

  /** @param spans all of one resource and one scope */
  request(spans: readonly TraceSpan[]): Uint8Array | undefined {
    const [first] = spans;
    if (first === undefined) {
      return undefined;
    }
    const { resource, instrumentationScope: scope } = first;
    const { writer } = this;
    const resourceSpans = this.message(1);
    const described = this.message(1);
    this.attributes.write(writer, 1, resource.attributes);
    this.count(2, 0);
    writer.finish(described);
    const scopeSpans = this.message(2);
    const named = this.message(1);
    this.text(1, scope.name);
    this.text(2, scope.version ?? '');
    writer.finish(named);
    for (const span of spans) {
      const from = this.message(2);
      this.writeSpan(span);
      writer.finish(from);
    }
    writer.finish(scopeSpans);
    writer.finish(resourceSpans);
    return writer.take();
  }

  private writeSpan(span: TraceSpan): void {
    const { writer } = this;
    const { traceId, spanId, traceState, traceFlags } = span.spanContext();
    const parent = span.parentSpanContext;
    this.id(1, traceId);
    this.id(2, spanId);
    const state = traceState?.serialize();
    if (state) {
      this.text(3, state);
    }
    if (parent) {
      this.id(4, parent.spanId);
    }
    this.text(5, span.name);
    this.count(6, KINDS[span.kind]);
    this.time(7, span.startedAt);
    this.time(8, span.endedAt);
    this.attributesOf(9, span.attributeSets);
    this.count(10, span.droppedAttributesCount);
    for (const { name, at, attributes, droppedAttributesCount } of span.eventList) {
      const event = this.message(11);
      this.time(1, at);
      this.text(2, name);
      this.attributes.write(writer, 3, attributes);
      this.count(4, droppedAttributesCount);
      writer.finish(event);
    }
    this.count(12, span.droppedEventsCount);
    this.count(14, span.droppedLinksCount);
    const status = this.message(15);
    if (span.fault) {
      this.text(2, span.fault);
    }
    this.count(3, span.fault === undefined ? SpanStatusCode.UNSET : SpanStatusCode.ERROR);
    writer.finish(status);
    writer.tag(16, 5);
    writer.fixed32(traceFlags | KNOWS_PARENT | (parent?.isRemote === true ? PARENT_IS_REMOTE : 0));
  }

  private attributesOf(field: number, sets: readonly SpanAttributes[]): void {
    for (const set of sets) {
      this.attributes.write(this.writer, field, set);
    }
  }

  /** @returns the position at which it begins */
  private message(field: number): number {
    this.writer.tag(field, 2);
    return this.writer.begin();
  }

  private text(field: number, text: string): void {
    this.writer.tag(field, 2);
    this.writer.text(text);
  }

  private id(field: number, hex: string): void {
    this.writer.tag(field, 2);
    this.writer.hex(hex);
  }

  private time(field: number, at: number): void {
    this.writer.tag(field, 1);
    this.writer.nanoseconds(hrTime(at));
  }

  private count(field: number, value: number): void {
    this.writer.tag(field, 0);
    this.writer.varint(value);
  }
}

/** OTLP reserves 0 for an unspecified kind. */
const KINDS: Readonly<Record<SpanKind, number>> = {
  [SpanKind.INTERNAL]: 1,
  [SpanKind.SERVER]: 2,
  [SpanKind.CLIENT]: 3,
  [SpanKind.PRODUCER]: 4,
  [SpanKind.CONSUMER]: 5,
};
