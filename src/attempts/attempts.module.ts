import { Module } from '@nestjs/common';
import { UpstreamAttempts } from './upstream-attempts';

/** The one loop of retries, for every API that calls Gemini. */
@Module({ providers: [UpstreamAttempts], exports: [UpstreamAttempts] })
export class AttemptsModule {}
