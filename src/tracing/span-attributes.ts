import type { Attributes } from '@opentelemetry/api';

export type SpanAttributes = Attributes;

/** Something that happened in the time of a span. */
export interface SpanEvent {
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly attributes: SpanAttributes;
  /** How many a limit has left out. */
  readonly droppedAttributesCount: number;
}

/** OpenTelemetry leaves out what has no value. */
export function given(attributes: SpanAttributes): SpanAttributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}
