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

/** What the operator has listed in files, as it is at the start. */
export interface ConfiguredEntries {
  readonly accounts: readonly Account[];
  readonly consumers: readonly ConfiguredConsumer[];
}

/** Lists the features, and binds what every request passes: the guards, the filter, the pipe. */
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
        // Last, because it takes every request that no other route took.
        UnmatchedModule,
      ],
      providers: [
        // In this order: who asks, what is left of their limits, and whether they may.
        { provide: APP_GUARD, useClass: ApiKeyGuard },
        { provide: APP_GUARD, useClass: RateLimitHeadersGuard },
        { provide: APP_GUARD, useClass: RoleGuard },
        { provide: APP_FILTER, useClass: OpenAiErrorFilter },
        { provide: APP_PIPE, useClass: RequestValidationPipe },
      ],
    };
  }
}
