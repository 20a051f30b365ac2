import { Module } from '@nestjs/common';
import { PricingModule } from '../pricing/pricing.module';
import { ImageRecords } from './image-records';
import { UpstreamAttempts } from './upstream-attempts';

/** The one loop of retries, for every API that calls Gemini. */
@Module({
  imports: [PricingModule],
  providers: [ImageRecords, UpstreamAttempts],
  exports: [ImageRecords, UpstreamAttempts],
})
export class AttemptsModule {}
