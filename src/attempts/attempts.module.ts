import { Module } from '@nestjs/common';
import { PricingModule } from '../pricing/pricing.module';
import { ImageRecords } from './image-records';
import { UpstreamAttempts } from './upstream-attempts';

/** The retry loop that all APIs use to call Gemini. */
@Module({
  imports: [PricingModule],
  providers: [ImageRecords, UpstreamAttempts],
  exports: [ImageRecords, UpstreamAttempts],
})
export class AttemptsModule {}
