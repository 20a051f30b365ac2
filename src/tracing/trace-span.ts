import {
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type HrTime,
  type Link,
  type SpanContext,
  type SpanStatus,
  type TraceState,
} from '@opentelemetry/api';
import type { InstrumentationScope } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan, TimedEvent } from '@opentelemetry/sdk-trace-node';
import {
  attributesOf,
  given,
  type DeferredAttributes,
  type SpanAttributes,
  type SpanEvent,
} from './span-attributes';
import type { SpanIds } from './span-ids';
import type { SpanLimits } from './span-limits';

// Read once: each read from the package goes through getters of several modules.
const { INTERNAL, CLIENT } = SpanKind;
const SAMPLED: number = TraceFlags.SAMPLED;

/** Added to log lines, so that a line can be found from the trace and the trace from a line. */
export interface TraceIds {
  readonly trace_id: string;
  readonly span_id: string;
  /** `01` if the trace is recorded. */
  readonly trace_flags: string;
}

/** What all spans of the process share, and where they are sent when they end. */
export interface SpanRecorder {
  readonly resource: Resource;
  readonly instrumentationScope: InstrumentationScope;
  readonly ids: SpanIds;
  /** Undefined if no `OTEL_…_LIMIT` is set. */
  readonly limits: SpanLimits | undefined;
  record(span: TraceSpan): void;
}

/** The position of a span in its trace. */
export interface SpanPlace {
  readonly name: string;
  readonly kind: SpanKind;
  readonly context: SpanContext;
  readonly parent: SpanContext | undefined;
  /** Milliseconds from the monotonic clock to the epoch; the same for all spans of a trace. */
  readonly clockOffset: number;
}

/**
 * A span of a request's trace. Child spans are created from it: the parent is an argument instead
 * of OpenTelemetry's active context, which would put an async hook on every promise.
 *
 * OpenTelemetry's own span processes each attribute as it is set, in the middle of the request.
 * This one only stores them, and they are processed once, when a batch is encoded (decision 26).
 */
export class TraceSpan implements ReadableSpan {
  readonly attributeSets: (SpanAttributes | DeferredAttributes)[] = [];
  readonly eventList: SpanEvent[] = [];
  readonly kind: SpanKind;
  readonly parentSpanContext: SpanContext | undefined;
  readonly startedAt: number;
  endedAt = 0;
  name: string;
  droppedAttributesCount = 0;
  droppedEventsCount = 0;
  readonly droppedLinksCount = 0;
  fault: string | undefined;

  private readonly context: SpanContext;
  private readonly clockOffset: number;

  /** Keeps no place: to encode a span, every object that belongs to it must be fetched from memory. */
  constructor(
    private readonly recorder: SpanRecorder,
    { name, kind, context, parent, clockOffset }: SpanPlace,
  ) {
    this.name = name;
    this.kind = kind;
    this.context = context;
    this.parentSpanContext = parent;
    this.clockOffset = clockOffset;
    this.startedAt = this.now();
  }

  get ids(): TraceIds {
    const { traceId, spanId, traceFlags } = this.context;
    return {
      trace_id: traceId,
      span_id: spanId,
      trace_flags: traceFlags === SAMPLED ? '01' : traceFlags.toString(16).padStart(2, '0'),
    };
  }

  /** Whether the trace is recorded; if not, details for its spans need not be computed. */
  get isRecorded(): boolean {
    return (this.context.traceFlags & SAMPLED) !== 0;
  }

  /** A part of this span's work. */
  part(name: string, attributes: SpanAttributes): TraceSpan {
    return this.below(name, INTERNAL, attributes);
  }

  /** A call to another service, as a part of this span's work. */
  call(name: string, attributes: SpanAttributes): TraceSpan {
    return this.below(name, CLIENT, attributes);
  }

  rename(name: string): void {
    this.name = name;
  }

  /**
   * @param attributes none of which was set before; undefined ones are omitted. A function is
   * called when the span is encoded, and must not keep anything large until then
   */
  set(attributes: SpanAttributes | DeferredAttributes): void {
    this.attributeSets.push(attributes);
  }

  /** Adds an event. */
  event(name: string, attributes: SpanAttributes): void {
    this.eventList.push({ name, at: this.now(), attributes, droppedAttributesCount: 0 });
  }

  /**
   * Ends the span, unless it has ended already.
   *
   * @param fault why it failed, in a few words without client and prompt; omitted if it did not
   * fail
   */
  end(fault?: string): void {
    if (this.ended) {
      return;
    }
    this.endedAt = this.now();
    this.fault = fault;
    this.recorder.limits?.applyTo(this);
    this.recorder.record(this);
  }

  // The members that OpenTelemetry's exporters read.

  get resource(): Resource {
    return this.recorder.resource;
  }

  get instrumentationScope(): InstrumentationScope {
    return this.recorder.instrumentationScope;
  }

  get ended(): boolean {
    return this.endedAt !== 0;
  }

  get startTime(): HrTime {
    return hrTime(this.startedAt);
  }

  get endTime(): HrTime {
    return hrTime(this.endedAt);
  }

  get duration(): HrTime {
    return hrTime(this.endedAt - this.startedAt);
  }

  get status(): SpanStatus {
    return this.fault === undefined
      ? { code: SpanStatusCode.UNSET }
      : { code: SpanStatusCode.ERROR, message: this.fault };
  }

  get attributes(): SpanAttributes {
    return given(Object.assign({}, ...this.attributeSets.map(attributesOf)) as SpanAttributes);
  }

  get events(): TimedEvent[] {
    return this.eventList.map(({ name, at, attributes, droppedAttributesCount }) => ({
      name,
      time: hrTime(at),
      attributes: given(attributes),
      droppedAttributesCount,
    }));
  }

  get links(): Link[] {
    return [];
  }

  spanContext(): SpanContext {
    return this.context;
  }

  private below(name: string, kind: SpanKind, attributes: SpanAttributes): TraceSpan {
    const { recorder, context: parent, clockOffset } = this;
    const { traceId, traceFlags, traceState } = parent;
    const context = spanContext(traceId, recorder.ids.spanId(), traceFlags, traceState);
    const span = new TraceSpan(recorder, { name, kind, context, parent, clockOffset });
    span.set(attributes);
    return span;
  }

  private now(): number {
    return performance.now() + this.clockOffset;
  }
}

/** Without a state, a context must not have the member. */
export function spanContext(
  traceId: string,
  spanId: string,
  traceFlags: number,
  traceState: TraceState | undefined,
): SpanContext {
  return traceState === undefined
    ? { traceId, spanId, traceFlags }
    : { traceId, spanId, traceFlags, traceState };
}

/**
 * Seconds and nanoseconds, OpenTelemetry's form of times. @param ms resolves to a quarter of a
 * microsecond as a double
 */
export function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}
