import type { IncomingHttpHeaders } from 'node:http';
import { isSpanContextValid, ROOT_CONTEXT, SpanKind, trace, TraceFlags } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { SamplingDecision, type Sampler } from '@opentelemetry/sdk-trace-node';
import { EpochClock } from './epoch-clock';
import { TraceSpan, type SpanRecorder } from './trace-span';

/** How long the last spans may take to reach the collector when the process ends. */
const FLUSH_MS = 3000;

// Read once: each read from the package goes through getters of several modules.
const NO_PARENT = ROOT_CONTEXT;
const { SERVER } = SpanKind;
const { NONE, SAMPLED } = TraceFlags;
const { RECORD_AND_SAMPLED } = SamplingDecision;

/** How many words the id of a trace has. */
const ID_WORDS = 4;

// Most samplers read neither.
const NO_ATTRIBUTES = {};
const NO_LINKS: [] = [];

const CLIENTS_TRACE = new W3CTraceContextPropagator();

const HEADERS = {
  get: (headers: IncomingHttpHeaders, name: string) => headers[name],
  keys: (headers: IncomingHttpHeaders) => Object.keys(headers),
};

export interface TracingOptions {
  readonly sampler: Sampler;
  readonly recorder: SpanRecorder;
  /** Whether the client's `traceparent` is continued. */
  readonly continuesTraces: boolean;
  /** Exports the remaining spans, and then no more. */
  readonly shutDown: () => Promise<void>;
}

/** Begins the trace of each request. */
export class Tracing {
  private readonly clock = new EpochClock();

  constructor(private readonly options: TracingOptions) {}

  /**
   * Begins the span of a request, as a child of the client's if its headers name one; malformed
   * headers are ignored.
   */
  startRequest(name: string, headers: IncomingHttpHeaders): TraceSpan {
    const { sampler, recorder, continuesTraces } = this.options;
    const above =
      continuesTraces && headers.traceparent !== undefined
        ? CLIENTS_TRACE.extract(NO_PARENT, headers, HEADERS)
        : NO_PARENT;
    const named = above === NO_PARENT ? undefined : trace.getSpanContext(above);
    const remoteParent = named !== undefined && isSpanContextValid(named) ? named : undefined;
    const id = remoteParent?.traceId ?? recorder.ids.hex(recorder.ids.draw(ID_WORDS), ID_WORDS);
    const { decision, traceState: state = remoteParent?.traceState } = sampler.shouldSample(
      above,
      id,
      name,
      SERVER,
      NO_ATTRIBUTES,
      NO_LINKS,
    );
    const flags = decision === RECORD_AND_SAMPLED ? SAMPLED : NONE;
    const clockOffset = this.clock.offset();
    return TraceSpan.ofRequest({ recorder, id, flags, state, remoteParent, clockOffset }, name);
  }

  /**
   * Nest's last step: all requests have ended, and with them their spans. An unavailable collector
   * does not delay it beyond the time limit.
   */
  async onApplicationShutdown(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const inTime = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, FLUSH_MS);
    });
    await Promise.race([this.options.shutDown().catch(() => undefined), inTime]);
    clearTimeout(timer);
  }
}
