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

/** Added to log lines, so that a line can be found from the trace and the trace from a line. */
export interface TraceIds {
  readonly trace_id: string;
  readonly span_id: string;
  /** `01` if the trace is recorded. */
  readonly trace_flags: string;
}

export type SpanAttributes = Attributes;

/**
 * A span of a request's trace. Child spans are created from it: the parent is an argument instead
 * of OpenTelemetry's active context, which would put an async hook on every promise.
 */
export class TraceSpan {
  private isEnded = false;
  private lazyContext: Context | undefined;

  private constructor(
    private readonly tracer: Tracer,
    private readonly span: Span,
  ) {}

  /** Created on demand: most spans have no children. */
  private get context(): Context {
    return (this.lazyContext ??= trace.setSpan(ROOT_CONTEXT, this.span));
  }

  /** The span of a request. @param context has the client's span, if it sent one */
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
    // Set separately, because attributes passed at the start would be processed three times.
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

  /** Whether the trace is recorded; if not, details for its spans need not be computed. */
  get isRecorded(): boolean {
    return this.span.isRecording();
  }

  /** A part of this span's work. */
  part(name: string, attributes: SpanAttributes): TraceSpan {
    return TraceSpan.start(this.tracer, name, SpanKind.INTERNAL, attributes, this.context);
  }

  /** A call to another service, as a part of this span's work. */
  call(name: string, attributes: SpanAttributes): TraceSpan {
    return TraceSpan.start(this.tracer, name, SpanKind.CLIENT, attributes, this.context);
  }

  rename(name: string): void {
    this.span.updateName(name);
  }

  set(attributes: SpanAttributes): void {
    this.span.setAttributes(attributes);
  }

  /** Adds an event. */
  tell(what: string, attributes: SpanAttributes): void {
    this.span.addEvent(what, given(attributes));
  }

  /**
   * Ends the span, unless it has ended already.
   *
   * @param fault why it failed, in a few words without client and prompt; omitted if it did not
   * fail
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

/**
 * OpenTelemetry omits an attribute without a value from a span, but sends it as an empty one with
 * an event.
 */
function given(attributes: SpanAttributes): SpanAttributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}
