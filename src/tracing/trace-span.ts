import {
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type HrTime,
  type Link,
  type SpanContext,
  type SpanStatus,
} from '@opentelemetry/api';
import type { InstrumentationScope } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import type { IdGenerator, ReadableSpan, TimedEvent } from '@opentelemetry/sdk-trace-node';
import { given, type SpanAttributes, type SpanEvent } from './span-attributes';
import type { SpanLimits } from './span-limits';

/** What a log line carries, so that it can be found from the trace and the trace from it. */
export interface TraceIds {
  readonly trace_id: string;
  readonly span_id: string;
  /** `01` where the trace is recorded. */
  readonly trace_flags: string;
}

/** What the spans of the process have in common, and where they go when they end. */
export interface SpanRecorder {
  readonly resource: Resource;
  readonly instrumentationScope: InstrumentationScope;
  readonly ids: IdGenerator;
  /** Undefined where `OTEL_…_LIMIT` says nothing. */
  readonly limits: SpanLimits | undefined;
  record(span: TraceSpan): void;
}

/** Where a span stands in its trace. */
export interface SpanPlace {
  readonly name: string;
  readonly kind: SpanKind;
  readonly context: SpanContext;
  readonly parent: SpanContext | undefined;
  /** Milliseconds from the process's clock, which never jumps, to the epoch; one for all spans of a trace. */
  readonly clockOffset: number;
}

/**
 * A span of a request's trace. Those below it are made from it: the parent is an argument and never OpenTelemetry's
 * active context, which would put an async hook on every promise.
 *
 * OpenTelemetry's own span looks through each attribute as it comes, in the middle of the request. This one keeps them
 * as they are, and they are looked through once, when a batch is encoded (decision 26).
 */
export class TraceSpan implements ReadableSpan {
  readonly attributeSets: SpanAttributes[] = [];
  readonly eventList: SpanEvent[] = [];
  readonly startedAt: number;
  endedAt = 0;
  name: string;
  droppedAttributesCount = 0;
  droppedEventsCount = 0;
  readonly droppedLinksCount = 0;
  fault: string | undefined;

  constructor(
    private readonly recorder: SpanRecorder,
    private readonly place: SpanPlace,
  ) {
    this.name = place.name;
    this.startedAt = this.now();
  }

  get ids(): TraceIds {
    const { traceId, spanId, traceFlags } = this.place.context;
    return {
      trace_id: traceId,
      span_id: spanId,
      trace_flags: traceFlags.toString(16).padStart(2, '0'),
    };
  }

  /** False where the trace is not recorded: nothing need be found out for its spans. */
  get isRecorded(): boolean {
    return (this.place.context.traceFlags & TraceFlags.SAMPLED) !== 0;
  }

  /** A part of the work of this span. */
  part(name: string, attributes: SpanAttributes): TraceSpan {
    return this.below(name, SpanKind.INTERNAL, attributes);
  }

  /** A call to another service, as a part of the work of this span. */
  call(name: string, attributes: SpanAttributes): TraceSpan {
    return this.below(name, SpanKind.CLIENT, attributes);
  }

  rename(name: string): void {
    this.name = name;
  }

  /** @param attributes none of which was set before; those that are undefined are left out */
  set(attributes: SpanAttributes): void {
    this.attributeSets.push(attributes);
  }

  /** Adds an event: something that happened in its time. */
  event(name: string, attributes: SpanAttributes): void {
    this.eventList.push({ name, at: this.now(), attributes, droppedAttributesCount: 0 });
  }

  /**
   * Ends it, where it has not ended yet.
   *
   * @param fault why it failed, in a few words that name no client and no prompt; left out where it did not
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

  // What OpenTelemetry's exporters read of a span.

  get kind(): SpanKind {
    return this.place.kind;
  }

  get parentSpanContext(): SpanContext | undefined {
    return this.place.parent;
  }

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
    return given(Object.assign({}, ...this.attributeSets) as SpanAttributes);
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
    return this.place.context;
  }

  private below(name: string, kind: SpanKind, attributes: SpanAttributes): TraceSpan {
    const { context, clockOffset } = this.place;
    const { traceId, traceFlags, traceState } = context;
    const spanId = this.recorder.ids.generateSpanId();
    const span = new TraceSpan(this.recorder, {
      name,
      kind,
      context:
        traceState === undefined
          ? { traceId, spanId, traceFlags }
          : { traceId, spanId, traceFlags, traceState },
      parent: context,
      clockOffset,
    });
    span.set(attributes);
    return span;
  }

  private now(): number {
    return performance.now() + this.place.clockOffset;
  }
}

/** Seconds and nanoseconds, as OpenTelemetry has its times. @param ms of which a double holds quarters of a microsecond */
export function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}
