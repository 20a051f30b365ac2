import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
  type Tracer,
} from '@opentelemetry/api';

/** What a log line carries, so that it can be found from the trace and the trace from it. */
export interface TraceIds {
  readonly trace_id: string;
  readonly span_id: string;
  /** `01` where the trace is recorded. */
  readonly trace_flags: string;
}

export type SpanAttributes = Attributes;

/**
 * A span of a request's trace. Those below it are made from it: the parent is an argument and never OpenTelemetry's
 * active context, which would put an async hook on every promise.
 */
export class TraceSpan {
  private isEnded = false;
  private lazyContext: Context | undefined;

  private constructor(
    private readonly tracer: Tracer,
    private readonly span: Span,
  ) {}

  /** Made where a part needs it: most spans have none. */
  private get context(): Context {
    return (this.lazyContext ??= trace.setSpan(ROOT_CONTEXT, this.span));
  }

  /** The span of a request. @param context has the client's span, where it sent one */
  static ofRequest(tracer: Tracer, name: string, context: Context): TraceSpan {
    return TraceSpan.start(tracer, name, SpanKind.SERVER, {}, context);
  }

  private static start(
    tracer: Tracer,
    name: string,
    kind: SpanKind,
    attributes: SpanAttributes,
    parent: Context,
  ): TraceSpan {
    const span = tracer.startSpan(name, { kind }, parent);
    // Given with the start, each would be looked through three times.
    span.setAttributes(attributes);
    return new TraceSpan(tracer, span);
  }

  get ids(): TraceIds {
    const { traceId, spanId, traceFlags } = this.span.spanContext();
    return {
      trace_id: traceId,
      span_id: spanId,
      trace_flags: traceFlags.toString(16).padStart(2, '0'),
    };
  }

  /** Whether somebody will see it: nothing need be found out for the spans of a trace that is not recorded. */
  get isRecorded(): boolean {
    return this.span.isRecording();
  }

  /** A part of the work of this span. */
  part(name: string, attributes: SpanAttributes): TraceSpan {
    return TraceSpan.start(this.tracer, name, SpanKind.INTERNAL, attributes, this.context);
  }

  /** A call to another service, as a part of the work of this span. */
  call(name: string, attributes: SpanAttributes): TraceSpan {
    return TraceSpan.start(this.tracer, name, SpanKind.CLIENT, attributes, this.context);
  }

  rename(name: string): void {
    this.span.updateName(name);
  }

  set(attributes: SpanAttributes): void {
    this.span.setAttributes(attributes);
  }

  /** Something that happened in its time. */
  tell(what: string, attributes: SpanAttributes): void {
    this.span.addEvent(what, given(attributes));
  }

  /**
   * Ends it, where it has not ended yet.
   *
   * @param fault why it failed, in a few words that name no client and no prompt; left out where it did not
   */
  end(fault?: string): void {
    if (this.isEnded) {
      return;
    }
    this.isEnded = true;
    if (fault !== undefined) {
      this.span.setStatus({ code: SpanStatusCode.ERROR, message: fault });
    }
    this.span.end();
  }
}

/** OpenTelemetry leaves an attribute without a value out of a span, but sends it as an empty one with an event. */
function given(attributes: SpanAttributes): SpanAttributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}
