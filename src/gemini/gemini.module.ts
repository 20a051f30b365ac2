import { HttpModule } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { wireDefaults } from '../wire/wire.adapter';
import { AccessTokenService } from './access-token.service';
import { GeminiClient } from './gemini.client';

/** The way to Google. */
@Module({
  imports: [HttpModule.register(wireDefaults())],
  providers: [AccessTokenService, GeminiClient],
  exports: [GeminiClient],
})
export class GeminiModule {}
