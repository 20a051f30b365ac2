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
  const provider = new NodeTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': 'easel', 'service.version': VERSION }))
      .merge(detectResources({ detectors: [envDetector] })),
    // Where anybody may call, nobody's flag decides what is recorded.
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
