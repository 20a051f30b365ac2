import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import type { Logger } from 'pino';
import { AccountCheckModule } from './account-check.module';
import type { Account } from './accounts/account';
import { AccountsModule } from './accounts/accounts.module';
import { ChatModule } from './chat/chat.module';
import type { AppConfig } from './config/app-config';
import { RateLimitHeadersGuard } from './consumers/rate-limit-headers.guard';
import { ConsoleModule } from './console-server/console.module';
import { ConsumersModule } from './consumers/consumers.module';
import type { ConfiguredConsumer } from './context/consumer-registry';
import { CoreModule } from './core.module';
import { GeminiApiModule } from './gemini-api/gemini-api.module';
import { HealthModule } from './health/health.module';
import { HostingModule } from './hosting/hosting.module';
import { ApiKeyGuard } from './http/auth/api-key.guard';
import { RoleGuard } from './http/auth/role.guard';
import { RequestValidationPipe } from './http/bodies/request-validation.pipe';
import { OpenAiErrorFilter } from './http/errors/openai-error.filter';
import { IdempotencyModule } from './idempotency/idempotency.module';
import { ImagesModule } from './images/images.module';
import { LedgerModule } from './ledger/ledger.module';
import { ModelsModule } from './models/models.module';
import { ObservabilityModule } from './observability/observability.module';
import { OpenRouterModule } from './openrouter/openrouter.module';
import { UnmatchedModule } from './unmatched.module';

/** What the operator has configured in files, as loaded at start. */
export interface ConfiguredEntries {
  readonly accounts: readonly Account[];
  readonly consumers: readonly ConfiguredConsumer[];
}

/** Lists the features, and registers what applies to every request: guards, filter, pipe. */
@Module({})
export class AppModule {
  static forRoot(
    config: AppConfig,
    { accounts, consumers }: ConfiguredEntries,
    logger: Logger,
  ): DynamicModule {
    return {
      module: AppModule,
      imports: [
        CoreModule.forRoot(config, consumers, logger),
        AccountsModule.forRoot(accounts),
        AccountCheckModule,
        ConsumersModule,
        HealthModule,
        ModelsModule,
        HostingModule,
        IdempotencyModule,
        ImagesModule,
        ChatModule,
        GeminiApiModule,
        OpenRouterModule,
        ConsoleModule.forRoot(config.console),
        LedgerModule,
        ObservabilityModule,
        // Last, because it takes every request that no other route matches.
        UnmatchedModule,
      ],
      providers: [
        // In this order: authentication, rate limit headers, authorisation.
        { provide: APP_GUARD, useClass: ApiKeyGuard },
        { provide: APP_GUARD, useClass: RateLimitHeadersGuard },
        { provide: APP_GUARD, useClass: RoleGuard },
        { provide: APP_FILTER, useClass: OpenAiErrorFilter },
        { provide: APP_PIPE, useClass: RequestValidationPipe },
      ],
    };
  }
}
