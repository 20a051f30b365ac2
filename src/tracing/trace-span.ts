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
  given,
  type SharedAttributes,
  type SpanAttributes,
  type SpanEvent,
} from './span-attributes';
import { hexOf, wordsOf, type SpanIds } from './span-ids';
import type { SpanLimits } from './span-limits';

// Read once: each read from the package goes through getters of several modules.
const { SERVER, INTERNAL, CLIENT } = SpanKind;
const SAMPLED: number = TraceFlags.SAMPLED;

/** How many words the id of a span has. */
const ID_WORDS = 2;

const NO_ATTRIBUTES: SpanAttributes = {};
const NO_EVENTS: readonly SpanEvent[] = [];

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

/** What all spans of a trace share. */
export interface Trace {
  readonly recorder: SpanRecorder;
  /** In hex. */
  readonly id: string;
  readonly flags: number;
  readonly state: TraceState | undefined;
  /** The client's span, which the request's is a child of. */
  readonly remoteParent: SpanContext | undefined;
  /** Milliseconds from the monotonic clock to the epoch. */
  readonly clockOffset: number;
}

/**
 * A span of a request's trace. Child spans are created from it: the parent is an argument instead
 * of OpenTelemetry's active context, which would put an async hook on every promise.
 *
 * OpenTelemetry's own span processes each attribute as it is set, in the middle of the request.
 * This one only stores them, and they are processed once, when a group of spans is encoded
 * (decision 26). It consists of few objects, because each must be fetched from memory then. Its
 * times are those of `performance.now()`.
 */
export class TraceSpan implements ReadableSpan {
  /** Its id in words. */
  readonly id0: number;
  readonly id1: number;
  /** 0 while it runs. */
  endedAt = 0;
  /** Undefined ones are omitted. No key may also be in `shared`. */
  own: SpanAttributes = NO_ATTRIBUTES;
  eventList: readonly SpanEvent[] = NO_EVENTS;
  droppedAttributesCount = 0;
  droppedEventsCount = 0;
  fault: string | undefined = undefined;

  /**
   * @param idAt where its id is among those drawn
   * @param text the id in hex, if it is known
   * @param parent0 its parent's id in words; zeros if it has none
   */
  private constructor(
    readonly trace: Trace,
    public name: string,
    readonly kind: SpanKind,
    idAt: number,
    private readonly text: string | undefined,
    readonly parent0: number,
    readonly parent1: number,
    public shared: SharedAttributes | undefined,
    readonly startedAt: number,
  ) {
    const { ids } = trace.recorder;
    this.id0 = ids.word(idAt);
    this.id1 = ids.word(idAt + 1);
  }

  /** The span of a request. */
  static ofRequest(trace: Trace, name: string): TraceSpan {
    const { recorder, remoteParent } = trace;
    const at = recorder.ids.draw(ID_WORDS);
    const text = recorder.ids.hex(at, ID_WORDS);
    const [parent0 = 0, parent1 = 0] =
      remoteParent === undefined ? [] : wordsOf(remoteParent.spanId);
    return new TraceSpan(
      trace,
      name,
      SERVER,
      at,
      text,
      parent0,
      parent1,
      undefined,
      performance.now(),
    );
  }

  get ids(): TraceIds {
    const { id, flags } = this.trace;
    return { trace_id: id, span_id: this.id, trace_flags: flags === SAMPLED ? '01' : '00' };
  }

  /** Its id in hex. */
  get id(): string {
    return this.text ?? hexOf([this.id0, this.id1]);
  }

  get hasParent(): boolean {
    return (this.parent0 | this.parent1) !== 0;
  }

  /** Whether the parent is the client's span. */
  get isTop(): boolean {
    return this.kind === SERVER;
  }

  /** Whether the trace is recorded; if not, details for its spans need not be computed. */
  get isRecorded(): boolean {
    return this.trace.flags === SAMPLED;
  }

  /** A part of this span's work. */
  part(name: string): TraceSpan {
    return this.below(name, INTERNAL, undefined, performance.now());
  }

  /** A call to another service, as a part of this span's work. */
  call(name: string, shared: SharedAttributes, startedAt: number): TraceSpan {
    return this.below(name, CLIENT, shared, startedAt);
  }

  rename(name: string): void {
    this.name = name;
  }

  /** Adds an event. @returns its time */
  event(name: string, attributes: SpanAttributes): number {
    const at = performance.now();
    this.eventList = [...this.eventList, { name, at, attributes, droppedAttributesCount: 0 }];
    return at;
  }

  /**
   * Ends the span; called once.
   *
   * @param attributes which it has besides the shared ones; undefined ones are omitted
   * @param fault why it failed, in a few words without client and prompt; omitted if it did not
   * fail
   */
  end(attributes: SpanAttributes, fault?: string, endedAt = performance.now()): void {
    this.endedAt = endedAt;
    this.own = attributes;
    this.fault = fault;
    const { recorder } = this.trace;
    recorder.limits?.applyTo(this);
    recorder.record(this);
  }

  // The members that OpenTelemetry's exporters read.

  get resource(): Resource {
    return this.trace.recorder.resource;
  }

  get instrumentationScope(): InstrumentationScope {
    return this.trace.recorder.instrumentationScope;
  }

  get droppedLinksCount(): number {
    return 0;
  }

  get parentSpanContext(): SpanContext | undefined {
    return this.isTop
      ? this.trace.remoteParent
      : spanContext(this.trace, hexOf([this.parent0, this.parent1]));
  }

  get ended(): boolean {
    return this.endedAt !== 0;
  }

  get startTime(): HrTime {
    return hrTime(this.startedAt + this.trace.clockOffset);
  }

  get endTime(): HrTime {
    return hrTime(this.endedAt + this.trace.clockOffset);
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
    return given({ ...this.shared?.attributes, ...this.own });
  }

  get events(): TimedEvent[] {
    return this.eventList.map(({ name, at, attributes, droppedAttributesCount }) => ({
      name,
      time: hrTime(at + this.trace.clockOffset),
      attributes: given(attributes),
      droppedAttributesCount,
    }));
  }

  get links(): Link[] {
    return [];
  }

  spanContext(): SpanContext {
    return spanContext(this.trace, this.id);
  }

  private below(
    name: string,
    kind: SpanKind,
    shared: SharedAttributes | undefined,
    startedAt: number,
  ): TraceSpan {
    const { trace, id0, id1 } = this;
    const at = trace.recorder.ids.draw(ID_WORDS);
    return new TraceSpan(trace, name, kind, at, undefined, id0, id1, shared, startedAt);
  }
}

/** Without a state, a context must not have the member. */
function spanContext({ id, flags, state }: Trace, spanId: string): SpanContext {
  return {
    traceId: id,
    spanId,
    traceFlags: flags,
    ...(state === undefined ? {} : { traceState: state }),
  };
}

/**
 * Seconds and nanoseconds, OpenTelemetry's form of times. @param ms resolves to a quarter of a
 * microsecond as a double
 */
export function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}
