import { Module } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { AttemptsModule } from '../attempts/attempts.module';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { LedgerModule } from '../ledger/ledger.module';
import { AbandonedImages } from '../idempotency/abandoned-images';
import { KeptResponseSender } from '../idempotency/kept-response.renderer';
import { HostedImages } from '../hosting/hosted-images';
import { TRACING } from '../tracing/tracing-token';
import { ConsumerLimits } from '../consumers/limits/consumer-limits';
import { ConsumerRegistry } from '../context/consumer-registry';
import { registerIdempotencyMetrics } from './idempotency-metrics';
import { ImageMetrics } from './image-metrics';
import { registerLimitMetrics } from './limit-metrics';
import { Metrics } from './metrics';
import { MetricsController } from './metrics.controller';
import { RequestLog } from './request-log';
import { RequestMetrics } from './request-metrics';
import { RequestTracing } from './request-tracing';
import { registerStoreMetrics } from './store-metrics';

/** The log line and the trace of each request, and `/metrics`. */
@Module({
  imports: [AttemptsModule, LedgerModule],
  controllers: [MetricsController],
  providers: [
    ImageMetrics,
    Metrics,
    RequestLog,
    RequestMetrics,
    RequestTracing,
    {
      provide: TRACING,
      useFactory: async (config: AppConfig, log: PinoLogger) => {
        if (config.tracing.exporters.length === 0) {
          return undefined;
        }
        log.setContext('Tracing');
        // Loaded only if tracing is on: the SDK takes 70 ms and some megabytes.
        const { startTracing } = await import('../tracing/start-tracing');
        return startTracing(config, log);
      },
      inject: [APP_CONFIG, PinoLogger],
    },
  ],
})
export class ObservabilityModule {
  constructor(
    { registers, consumers: labels }: Metrics,
    hosted: HostedImages,
    limits: ConsumerLimits,
    consumers: ConsumerRegistry,
    sender: KeptResponseSender,
    abandoned: AbandonedImages,
  ) {
    registerStoreMetrics(hosted, registers);
    registerLimitMetrics({ limits, consumers, labels, registers });
    registerIdempotencyMetrics(sender, abandoned, registers);
  }
}
