import { Module } from '@nestjs/common';
import { HostedImages } from '../hosting/hosted-images';
import { Metrics } from './metrics';
import { MetricsController } from './metrics.controller';
import { RequestLog } from './request-log';
import { RequestMetrics } from './request-metrics';
import { registerStoreMetrics } from './store-metrics';

/** The line of the log for each request, and `/metrics`. */
@Module({
  controllers: [MetricsController],
  providers: [Metrics, RequestLog, RequestMetrics],
})
export class ObservabilityModule {
  constructor({ registers }: Metrics, hosted: HostedImages) {
    registerStoreMetrics(hosted, registers);
  }
}
