import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { AttributeGroups } from './attribute-groups';
import type { BufferPool } from './buffer-pool';
import { ProtobufWriter } from './protobuf-writer';
import { hrTime, type SpanRecorder, type TraceSpan } from './trace-span';

const { UNSET, ERROR } = SpanStatusCode;

/**
 * Bits of a span's flags, above those of its trace: whether it is known if its parent is remote,
 * and whether it is.
 */
const KNOWS_PARENT = 0x100;
const PARENT_IS_REMOTE = 0x200;

/** Where all spans of a process come from. */
export type Origin = Pick<SpanRecorder, 'resource' | 'instrumentationScope'>;

/**
 * Encodes spans as OTLP protobuf. OpenTelemetry's own serializer takes several times as long.
 */
export class SpanEncoder {
  private readonly writer = new ProtobufWriter();
  private readonly attributes = new AttributeGroups();

  /**
   * The spans one after the other, as they are repeated in their scope, in a buffer of the pool; and
   * where each ends.
   */
  spans(
    spans: readonly TraceSpan[],
    pool: BufferPool,
  ): { readonly bytes: Buffer; readonly ends: readonly number[] } {
    const { writer } = this;
    const ends = spans.map((span) => {
      const from = this.message(2);
      this.writeSpan(span);
      writer.finish(from);
      return writer.length;
    });
    return { bytes: writer.exchange(pool.take(writer.length)), ends };
  }

  /**
   * The beginning of an export request, up to its spans.
   *
   * @param spanBytes how many bytes of spans will follow
   */
  head({ resource, instrumentationScope: scope }: Origin, spanBytes: number): Buffer {
    const { writer } = this;
    const described = this.message(1);
    this.attributes.write(writer, 1, resource.attributes);
    this.count(2, 0);
    writer.finish(described);
    const resourceBytes = writer.take();
    const named = this.message(1);
    this.text(1, scope.name);
    this.text(2, scope.version ?? '');
    writer.finish(named);
    const scopeBytes = writer.take();
    writer.tag(2, 2);
    writer.varint(scopeBytes.length + spanBytes);
    writer.bytes(scopeBytes);
    const scopeHead = writer.take();
    writer.tag(1, 2);
    writer.varint(resourceBytes.length + scopeHead.length + spanBytes);
    writer.bytes(resourceBytes);
    writer.bytes(scopeHead);
    return writer.take();
  }

  private writeSpan(span: TraceSpan): void {
    const { writer } = this;
    const { trace } = span;
    this.traceId(1, trace.id);
    this.spanId(2, span.id0, span.id1);
    const state = trace.state?.serialize();
    if (state) {
      this.text(3, state);
    }
    if (span.hasParent) {
      this.spanId(4, span.parent0, span.parent1);
    }
    this.text(5, span.name);
    this.count(6, KINDS[span.kind]);
    this.time(7, span.startedAt + trace.clockOffset);
    this.time(8, span.endedAt + trace.clockOffset);
    const { shared } = span;
    if (shared !== undefined) {
      shared.encoded ??= this.attributes.encode(9, shared.attributes);
      writer.bytes(shared.encoded);
    }
    this.attributes.write(writer, 9, span.own);
    this.count(10, span.droppedAttributesCount);
    for (const { name, at, attributes, droppedAttributesCount } of span.eventList) {
      const event = this.message(11);
      this.time(1, at + trace.clockOffset);
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
    this.count(3, span.fault === undefined ? UNSET : ERROR);
    writer.finish(status);
    writer.tag(16, 5);
    const isBelowRemote = span.isTop && span.hasParent;
    writer.fixed32(trace.flags | KNOWS_PARENT | (isBelowRemote ? PARENT_IS_REMOTE : 0));
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

  private traceId(field: number, hex: string): void {
    this.writer.tag(field, 2);
    this.writer.hex(hex);
  }

  private spanId(field: number, word0: number, word1: number): void {
    this.writer.tag(field, 2);
    this.writer.varint(8);
    this.writer.fixed32(word0);
    this.writer.fixed32(word1);
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
