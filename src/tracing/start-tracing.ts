import { diag, DiagLogLevel } from '@opentelemetry/api';
import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ConsoleSpanExporter,
  NodeTracerProvider,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  type ReadableSpan,
  type Sampler,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-node';
import type { AppConfig } from '../config/app-config';
import { VERSION } from '../config/version';
import { proxyFor } from '../wire/proxy-rules';
import { DeliveryReport } from './delivery-report';
import { Tracing } from './tracing';

/** Where what there is to say of the delivery is said. */
export interface TracingLog {
  info(text: string): void;
  warn(text: string): void;
}

/**
 * Sets OpenTelemetry's SDK up; it reads its own variables. Nothing is registered globally, so that no other library in
 * the process makes spans, and no async hook follows every promise.
 */
export function startTracing(
  { tracing, auth, upstream }: Pick<AppConfig, 'tracing' | 'auth' | 'upstream'>,
  log: TracingLog,
): Tracing {
  const say = (text: string): void => {
    log.warn(`OpenTelemetry: ${text}`);
  };
  const silent = (): void => undefined;
  const setUp = { error: say, warn: say, info: silent, debug: silent, verbose: silent };
  diag.setLogger(setUp, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  const report = new DeliveryReport();
  const provider = new NodeTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': 'easel', 'service.version': VERSION }))
      .merge(detectResources({ detectors: [envDetector] })),
    // Where anybody may call, nobody's flag decides what is recorded.
    ...(auth.mode === 'off' ? { sampler: unmovedBy(rootSampler(process.env)) } : {}),
    spanProcessors: tracing.exporters.map(
      (name) =>
        new BatchSpanProcessor(
          name === 'console'
            ? new ConsoleSpanExporter()
            : reported(otlpExporter(tracing.endpoint, upstream.proxies), report, log),
        ),
    ),
  });
  // From now on it would say so of every batch that fails.
  diag.disable();
  return new Tracing({
    tracer: provider.getTracer('easel', VERSION),
    continuesTraces: tracing.continuesTraces,
    shutDown: () => provider.shutdown(),
  });
}

/** Decides as for a trace that begins here, whatever the client's flag says; parts of a request follow the request. */
function unmovedBy(root: Sampler): Sampler {
  return new ParentBasedSampler({
    root,
    remoteParentSampled: root,
    remoteParentNotSampled: root,
  });
}

/** `OTEL_TRACES_SAMPLER` for a trace that begins here; the SDK reads the same, but gives it to nobody. */
function rootSampler({
  OTEL_TRACES_SAMPLER: name = '',
  OTEL_TRACES_SAMPLER_ARG: argument,
}: NodeJS.ProcessEnv): Sampler {
  switch (name.trim()) {
    case 'always_off':
    case 'parentbased_always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
    case 'parentbased_traceidratio':
      return new TraceIdRatioBasedSampler(ratioOf(argument));
    default:
      return new AlwaysOnSampler();
  }
}

function ratioOf(text: string | undefined): number {
  const ratio = Number(text?.trim() || 1);
  return ratio >= 0 && ratio <= 1 ? ratio : 1;
}

function otlpExporter(endpoint: URL, proxies: AppConfig['upstream']['proxies']): SpanExporter {
  const proxy = proxyFor(endpoint, proxies);
  return new OTLPTraceExporter(
    proxy === undefined
      ? {}
      : {
          httpAgentOptions: async () => {
            const { HttpsProxyAgent } = await import('https-proxy-agent');
            return new HttpsProxyAgent(proxy, { keepAlive: true });
          },
        },
  );
}

/** The same exporter, which says in the log when it cannot deliver. */
function reported(exporter: SpanExporter, report: DeliveryReport, log: TracingLog): SpanExporter {
  return {
    export: (spans: ReadableSpan[], onResult: (result: ExportResult) => void) => {
      exporter.export(spans, (result) => {
        if (result.code === ExportResultCode.SUCCESS) {
          say(report.delivered(), (text) => {
            log.info(text);
          });
        } else {
          say(report.failed(spans.length, reasonOf(result.error)), (text) => {
            log.warn(text);
          });
        }
        onResult(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
  };
}

function say(text: string | undefined, how: (text: string) => void): void {
  if (text !== undefined) {
    how(text);
  }
}

/** A code or a status; never what a collector has written. */
function reasonOf(error: (Error & { readonly code?: unknown }) | undefined): string {
  const code = error?.code ?? (error?.cause as { readonly code?: unknown } | undefined)?.code;
  return typeof code === 'string' || typeof code === 'number'
    ? String(code)
    : (error?.message.slice(0, 100) ?? 'unknown');
}
