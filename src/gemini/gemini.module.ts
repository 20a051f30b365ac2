import { HttpModule } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import type { ConnectionPoolOptions } from '../wire/connection-pool';
import { proxiedFetch } from '../wire/proxied-fetch';
import { proxyFor } from '../wire/proxy-rules';
import { wireDefaults } from '../wire/wire.adapter';
import { AccessTokenService } from './access-token.service';
import { GeminiClient } from './gemini.client';

/**
 * Token requests use the same proxy settings as calls: if there is a proxy, it is the only way out.
 */
function connectionOptions({
  upstream: { connectTimeoutMs, proxies },
}: AppConfig): ConnectionPoolOptions {
  return { connectTimeoutMs, proxyFor: (url) => proxyFor(url, proxies) };
}

/** The connection to Google. */
@Module({
  imports: [
    HttpModule.registerAsync({
      useFactory: (config: AppConfig) => wireDefaults(connectionOptions(config)),
      inject: [APP_CONFIG],
    }),
  ],
  providers: [
    {
      provide: AccessTokenService,
      useFactory: (config: AppConfig) =>
        new AccessTokenService(proxiedFetch(connectionOptions(config))),
      inject: [APP_CONFIG],
    },
    GeminiClient,
  ],
  exports: [GeminiClient],
})
export class GeminiModule {}
