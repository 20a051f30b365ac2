import type { Attributes } from '@opentelemetry/api';

export type SpanAttributes = Attributes;

/** Attributes that are found when the span is encoded, after its request. */
export type DeferredAttributes = () => SpanAttributes;

export function attributesOf(set: SpanAttributes | DeferredAttributes): SpanAttributes {
  return typeof set === 'function' ? set() : set;
}

/** An event during a span. */
export interface SpanEvent {
  readonly name: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly attributes: SpanAttributes;
  /** The number of attributes dropped because of a limit. */
  readonly droppedAttributesCount: number;
}

/** OpenTelemetry omits attributes without a value. */
export function given(attributes: SpanAttributes): SpanAttributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}
