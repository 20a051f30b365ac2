import type { Attributes } from '@opentelemetry/api';

export type SpanAttributes = Attributes;

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
