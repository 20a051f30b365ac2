import { Module } from '@nestjs/common';
import { AttemptsModule } from '../attempts/attempts.module';
import { LedgerModule } from '../ledger/ledger.module';
import { HostedImages } from '../hosting/hosted-images';
import { ConsumerLimits } from '../consumers/limits/consumer-limits';
import { ConsumerRegistry } from '../context/consumer-registry';
import { ImageMetrics } from './image-metrics';
import { registerLimitMetrics } from './limit-metrics';
import { Metrics } from './metrics';
import { MetricsController } from './metrics.controller';
import { RequestLog } from './request-log';
import { RequestMetrics } from './request-metrics';
import { registerStoreMetrics } from './store-metrics';

/** The line of the log for each request, and `/metrics`. */
@Module({
  imports: [AttemptsModule, LedgerModule],
  controllers: [MetricsController],
  providers: [ImageMetrics, Metrics, RequestLog, RequestMetrics],
})
export class ObservabilityModule {
  constructor(
    { registers, consumers: labels }: Metrics,
    hosted: HostedImages,
    limits: ConsumerLimits,
    consumers: ConsumerRegistry,
  ) {
    registerStoreMetrics(hosted, registers);
    registerLimitMetrics({ limits, consumers, labels, registers });
  }
}
