import { HttpModule } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { proxyFor } from '../wire/proxy-rules';
import { wireDefaults } from '../wire/wire.adapter';
import { AccessTokenService } from './access-token.service';
import { GeminiClient } from './gemini.client';

/** The way to Google. */
@Module({
  imports: [
    HttpModule.registerAsync({
      useFactory: ({ upstream: { connectTimeoutMs, proxies } }: AppConfig) =>
        wireDefaults({ connectTimeoutMs, proxyFor: (url) => proxyFor(url, proxies) }),
      inject: [APP_CONFIG],
    }),
  ],
  providers: [AccessTokenService, GeminiClient],
  exports: [GeminiClient],
})
export class GeminiModule {}
