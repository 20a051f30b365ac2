import { diag, DiagLogLevel } from '@opentelemetry/api';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ConsoleSpanExporter,
  RandomIdGenerator,
} from '@opentelemetry/sdk-trace-node';
import type { AppConfig } from '../config/app-config';
import { VERSION } from '../config/version';
import { proxyFor } from '../wire/proxy-rules';
import { otlpExporter, type SpanSerializer, type TracingLog } from './otlp-exporter';
import { samplerOf } from './sampler';
import { SpanEncoder } from './span-encoder';
import { SpanLimits } from './span-limits';
import type { TraceSpan } from './trace-span';
import { Tracing } from './tracing';

/**
 * Sets up the parts of OpenTelemetry's SDK that sample, batch and send; they read their own
 * variables. Nothing is registered globally, so no other library in the process creates spans, and
 * no async hook runs on every promise.
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
  const sampler = samplerOf(process.env, auth.mode === 'off' ? 'ignored' : 'obeyed', say);
  const limits = SpanLimits.fromEnv();
  const batches = tracing.exporters.map(
    (name) =>
      new BatchSpanProcessor(
        name === 'console'
          ? new ConsoleSpanExporter()
          : otlpExporter(serializer(), proxyFor(tracing.endpoint, upstream.proxies), log),
      ),
  );
  // From now on it would report every failed batch.
  diag.disable();
  return new Tracing({
    sampler,
    recorder: {
      resource: defaultResource()
        .merge(resourceFromAttributes({ 'service.name': 'easel', 'service.version': VERSION }))
        .merge(detectResources({ detectors: [envDetector] })),
      instrumentationScope: { name: 'easel', version: VERSION },
      ids: new RandomIdGenerator(),
      limits,
      record: (span) => {
        for (const batch of batches) {
          batch.onEnd(span);
        }
      },
    },
    continuesTraces: tracing.continuesTraces,
    shutDown: async () => {
      await Promise.all(batches.map((batch) => batch.shutdown()));
    },
  });
}

function serializer(): SpanSerializer {
  const encoder = new SpanEncoder();
  return {
    // All recorded spans are Easel's.
    serializeRequest: (spans) => encoder.request(spans as TraceSpan[]),
    deserializeResponse: (data) => ProtobufTraceSerializer.deserializeResponse(data),
  };
}
