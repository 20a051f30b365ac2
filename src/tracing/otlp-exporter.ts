import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import { OTLPExporterBase } from '@opentelemetry/otlp-exporter-base';
import {
  convertLegacyHttpOptions,
  createOtlpHttpExportDelegate,
} from '@opentelemetry/otlp-exporter-base/node-http';
import { TraceExporterMetricsHelper, type ISerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-node';
import { DeliveryReport } from './delivery-report';

/** Converts the spans of a batch to a request. */
export interface SpanSerializer extends ISerializer<ReadableSpan[], unknown> {
  /** Called when the collector has accepted these spans. */
  delivered(spans: readonly ReadableSpan[]): void;
  /** Called when these spans were not delivered, and will not be. */
  lost(spans: readonly ReadableSpan[]): void;
}

/** The log that delivery problems are reported to. */
export interface TracingLog {
  info(text: string): void;
  warn(text: string): void;
}

/**
 * OpenTelemetry's exporter for OTLP over HTTP, which reads its own variables. Its own class does
 * not accept another serializer.
 *
 * @param proxy to the collector, if one applies
 */
export function otlpExporter(
  serializer: SpanSerializer,
  proxy: URL | undefined,
  log: TracingLog,
): SpanExporter {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- OpenTelemetry's own exporters call it, and nothing else reads their variables
  const options = convertLegacyHttpOptions(
    proxy === undefined
      ? {}
      : {
          httpAgentOptions: async () => {
            const { HttpsProxyAgent } = await import('https-proxy-agent');
            return new HttpsProxyAgent(proxy, { keepAlive: true });
          },
        },
    'TRACES',
    'v1/traces',
    { 'Content-Type': 'application/x-protobuf' },
  );
  const exporter = new OTLPExporterBase(
    createOtlpHttpExportDelegate(
      options,
      serializer,
      'otlp_http_span_exporter',
      TraceExporterMetricsHelper,
      undefined,
    ),
  );
  return reported(exporter, serializer, log);
}

/** The exporter, with delivery failures reported in the log. */
function reported(
  exporter: SpanExporter,
  serializer: SpanSerializer,
  log: TracingLog,
): SpanExporter {
  const report = new DeliveryReport();
  return {
    export: (spans: ReadableSpan[], onResult: (result: ExportResult) => void) => {
      exporter.export(spans, (result) => {
        if (result.code === ExportResultCode.SUCCESS) {
          serializer.delivered(spans);
          say(report.delivered(), (text) => {
            log.info(text);
          });
        } else {
          serializer.lost(spans);
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

/** A code or a status; never text from the collector. */
function reasonOf(error: (Error & { readonly code?: unknown }) | undefined): string {
  const code = error?.code ?? (error?.cause as { readonly code?: unknown } | undefined)?.code;
  return typeof code === 'string' || typeof code === 'number'
    ? String(code)
    : (error?.message.slice(0, 100) ?? 'unknown');
}
