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
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-node';
import type { AppConfig } from '../config/app-config';
import { VERSION } from '../config/version';
import { proxyFor } from '../wire/proxy-rules';
import { EncodedSpans, type SpanGroup } from './encoded-spans';
import { otlpExporter, type TracingLog } from './otlp-exporter';
import { samplerOf } from './sampler';
import { SpanEncoder, type Origin } from './span-encoder';
import { SpanIds } from './span-ids';
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
  // The SDK reads nothing else.
  Object.assign(process.env, tracing.fromFiles);
  const say = (text: string): void => {
    log.warn(`OpenTelemetry: ${text}`);
  };
  const silent = (): void => undefined;
  const setUp = { error: say, warn: say, info: silent, debug: silent, verbose: silent };
  diag.setLogger(setUp, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  const sampler = samplerOf(process.env, auth.mode === 'off' ? 'ignored' : 'obeyed', say);
  const limits = SpanLimits.fromEnv();
  const origin: Origin = {
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': 'easel', 'service.version': VERSION }))
      .merge(detectResources({ detectors: [envDetector] })),
    instrumentationScope: { name: 'easel', version: VERSION },
  };
  const batches = tracing.exporters.map((name) =>
    name === 'console'
      ? consoleBatches()
      : otlpBatches(origin, proxyFor(tracing.endpoint, upstream.proxies), log),
  );
  // From now on it would report every failed batch.
  diag.disable();
  return new Tracing({
    sampler,
    recorder: {
      ...origin,
      ids: new SpanIds(),
      limits,
      record: (span) => {
        for (const batch of batches) {
          batch.add(span);
        }
      },
    },
    continuesTraces: tracing.continuesTraces,
    shutDown: async () => {
      await Promise.all(batches.map((batch) => batch.shutDown()));
    },
  });
}

/** Collects spans until there are enough to send. */
interface Batches {
  add(span: TraceSpan): void;
  shutDown(): Promise<void>;
}

function consoleBatches(): Batches {
  const batches = new BatchSpanProcessor(new ConsoleSpanExporter());
  return {
    add: (span) => {
      batches.onEnd(span);
    },
    shutDown: () => batches.shutdown(),
  };
}

function otlpBatches(origin: Origin, proxy: URL | undefined, log: TracingLog): Batches {
  const encoded = new EncodedSpans(new SpanEncoder(), origin, (group) => {
    batches.onEnd(group as unknown as ReadableSpan);
  });
  const exporter = otlpExporter(
    {
      serializeRequest: (spans) => encoded.request(spans as unknown as SpanGroup[]),
      delivered: (spans) => {
        encoded.delivered(spans as unknown as SpanGroup[]);
      },
      lost: (spans) => {
        encoded.lost(spans as unknown as SpanGroup[]);
      },
      deserializeResponse: (data) => ProtobufTraceSerializer.deserializeResponse(data),
    },
    proxy,
    log,
  );
  const batches = new BatchSpanProcessor(exporter);
  return {
    add: (span) => {
      encoded.add(span);
    },
    shutDown: () => {
      encoded.encode();
      return batches.shutdown();
    },
  };
}
