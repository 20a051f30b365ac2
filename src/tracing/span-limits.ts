import { getNumberFromEnv } from '@opentelemetry/core';
import {
  given,
  type SharedAttributes,
  type SpanAttributes,
  type SpanEvent,
} from './span-attributes';

/** The SDK's default. Easel's spans have thirty attributes at most. */
const DEFAULT_COUNT = 128;

/** The parts of a span that limits change. */
interface LimitedSpan {
  readonly attributes: SpanAttributes;
  shared: SharedAttributes | undefined;
  own: SpanAttributes;
  eventList: readonly SpanEvent[];
  droppedAttributesCount: number;
  droppedEventsCount: number;
}

/** The span limits of OpenTelemetry's specification. */
export class SpanLimits {
  constructor(
    private readonly attributes: number,
    private readonly valueLength: number,
    private readonly events: number,
    private readonly attributesOfEvent: number,
  ) {}

  /** @returns undefined if no variable sets one: no span of Easel comes near the defaults */
  static fromEnv(): SpanLimits | undefined {
    const attributes =
      getNumberFromEnv('OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT') ??
      getNumberFromEnv('OTEL_ATTRIBUTE_COUNT_LIMIT');
    const valueLength =
      getNumberFromEnv('OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT') ??
      getNumberFromEnv('OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT');
    const events = getNumberFromEnv('OTEL_SPAN_EVENT_COUNT_LIMIT');
    const attributesOfEvent =
      getNumberFromEnv('OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT') ??
      getNumberFromEnv('OTEL_SPAN_ATTRIBUTE_PER_EVENT_COUNT_LIMIT');
    const limits = [attributes, valueLength, events, attributesOfEvent];
    return limits.every((limit) => limit === undefined)
      ? undefined
      : new SpanLimits(
          attributes ?? DEFAULT_COUNT,
          valueLength ?? Infinity,
          events ?? DEFAULT_COUNT,
          attributesOfEvent ?? DEFAULT_COUNT,
        );
  }

  /**
   * Drops what exceeds the limits from an ended span: its last attributes, and its first events.
   */
  applyTo(span: LimitedSpan): void {
    const { kept, dropped } = this.cut(span.attributes, this.attributes);
    span.shared = undefined;
    span.own = kept;
    span.droppedAttributesCount = dropped;
    const events = span.eventList.slice(Math.max(0, span.eventList.length - this.events));
    span.droppedEventsCount = span.eventList.length - events.length;
    span.eventList = events.map((event) => {
      const cut = this.cut(given(event.attributes), this.attributesOfEvent);
      return { ...event, attributes: cut.kept, droppedAttributesCount: cut.dropped };
    });
  }

  private cut(
    attributes: SpanAttributes,
    count: number,
  ): { readonly kept: SpanAttributes; readonly dropped: number } {
    const all = Object.entries(attributes);
    const kept = all.slice(0, count).map(([key, value]) => [key, this.shortened(value)] as const);
    return { kept: Object.fromEntries(kept), dropped: all.length - kept.length };
  }

  private shortened(value: SpanAttributes[string]): SpanAttributes[string] {
    if (typeof value === 'string') {
      return value.slice(0, this.valueLength);
    }
    return Array.isArray(value)
      ? (value.map((item) =>
          typeof item === 'string' ? item.slice(0, this.valueLength) : item,
        ) as string[])
      : value;
  }
}
