import { diag, DiagLogLevel } from '@opentelemetry/api';
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
  type Sampler,
} from '@opentelemetry/sdk-trace-node';
import type { AppConfig } from '../config/app-config';
import { VERSION } from '../config/version';
import { proxyFor } from '../wire/proxy-rules';
import { EncodingProcessor } from './encoding-processor';
import { otlpExporter, type TracingLog } from './otlp-exporter';
import { Tracing } from './tracing';

/**
 * Sets up OpenTelemetry's SDK, which reads its own variables. Nothing is registered globally, so no
 * other library in the process creates spans, and no async hook runs on every promise.
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
  const provider = new NodeTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': 'easel', 'service.version': VERSION }))
      .merge(detectResources({ detectors: [envDetector] })),
    // Without keys, the flag of an anonymous client must not decide what is recorded.
    ...(auth.mode === 'off' ? { sampler: unmovedBy(rootSampler(process.env)) } : {}),
    spanProcessors: tracing.exporters.map((name) =>
      name === 'console'
        ? new BatchSpanProcessor(new ConsoleSpanExporter())
        : new EncodingProcessor(
            (serializer) =>
              new BatchSpanProcessor(
                otlpExporter(serializer, proxyFor(tracing.endpoint, upstream.proxies), log),
              ),
          ),
    ),
  });
  // From now on it would report every failed batch.
  diag.disable();
  return new Tracing({
    tracer: provider.getTracer('easel', VERSION),
    continuesTraces: tracing.continuesTraces,
    shutDown: () => provider.shutdown(),
  });
}

/** Decides as for a new trace, whatever the client's flag says; child spans follow the request. */
function unmovedBy(root: Sampler): Sampler {
  return new ParentBasedSampler({
    root,
    remoteParentSampled: root,
    remoteParentNotSampled: root,
  });
}

/** `OTEL_TRACES_SAMPLER` for a new trace; the SDK reads it too, but does not expose it. */
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
