import type { IncomingHttpHeaders } from 'node:http';
import { ROOT_CONTEXT, type Tracer } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { TraceSpan } from './trace-span';

/** How long the last spans may take to reach the collector when the process ends. */
const FLUSH_MS = 3000;

const CLIENTS_TRACE = new W3CTraceContextPropagator();

const HEADERS = {
  get: (headers: IncomingHttpHeaders, name: string) => headers[name],
  keys: (headers: IncomingHttpHeaders) => Object.keys(headers),
};

export interface TracingOptions {
  readonly tracer: Tracer;
  /** Whether the client's `traceparent` is continued. */
  readonly continuesTraces: boolean;
  /** Exports the remaining spans, and then no more. */
  readonly shutDown: () => Promise<void>;
}

/** Begins the trace of each request. */
export class Tracing {
  constructor(private readonly options: TracingOptions) {}

  /**
   * Begins the span of a request, as a child of the client's if its headers name one; malformed
   * headers are ignored.
   */
  startRequest(name: string, headers: IncomingHttpHeaders): TraceSpan {
    const { tracer, continuesTraces } = this.options;
    const parent = continuesTraces
      ? CLIENTS_TRACE.extract(ROOT_CONTEXT, headers, HEADERS)
      : ROOT_CONTEXT;
    return TraceSpan.ofRequest(tracer, name, parent);
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
