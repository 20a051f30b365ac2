import { HttpModule } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { wireDefaults } from '../wire/wire.adapter';
import { AccessTokenService } from './access-token.service';
import { GeminiClient } from './gemini.client';

/** The way to Google. */
@Module({
  imports: [
    HttpModule.registerAsync({
      useFactory: ({ upstream }: AppConfig) => wireDefaults(upstream),
      inject: [APP_CONFIG],
    }),
  ],
  providers: [AccessTokenService, GeminiClient],
  exports: [GeminiClient],
})
export class GeminiModule {}
