import { Module } from '@nestjs/common';
import { Metrics } from './metrics';
import { MetricsController } from './metrics.controller';
import { RequestLog } from './request-log';
import { RequestMetrics } from './request-metrics';

/** The line of the log for each request, and `/metrics`. */
@Module({
  controllers: [MetricsController],
  providers: [Metrics, RequestLog, RequestMetrics],
})
export class ObservabilityModule {}
