import type { Attributes } from '@opentelemetry/api';

export type SpanAttributes = Attributes;

/** Attributes that many spans have, as one object: they are encoded once. */
export interface SharedAttributes {
  readonly attributes: SpanAttributes;
  /** As OTLP encodes them in a span; undefined until the first such span is encoded. */
  encoded: Uint8Array | undefined;
}

/** An event during a span. */
export interface SpanEvent {
  readonly name: string;
  /** By `performance.now()`. */
  readonly at: number;
  readonly attributes: SpanAttributes;
  /** The number of attributes dropped because of a limit. */
  readonly droppedAttributesCount: number;
}

/** OpenTelemetry omits attributes without a value. */
export function given(attributes: SpanAttributes): SpanAttributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}
