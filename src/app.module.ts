import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import type { Logger } from 'pino';
import { AccountCheckModule } from './account-check.module';
import type { Account } from './accounts/account';
import { AccountsModule } from './accounts/accounts.module';
import type { AppConfig } from './config/app-config';
import { CoreModule } from './core.module';
import { GeminiApiModule } from './gemini-api/gemini-api.module';
import { HealthModule } from './health/health.module';
import { HostingModule } from './hosting/hosting.module';
import { ApiKeyGuard } from './http/auth/api-key.guard';
import { RequestValidationPipe } from './http/bodies/request-validation.pipe';
import { OpenAiErrorFilter } from './http/errors/openai-error.filter';
import { ImagesModule } from './images/images.module';
import { LedgerModule } from './ledger/ledger.module';
import { ModelsModule } from './models/models.module';
import { ObservabilityModule } from './observability/observability.module';
import { OpenRouterModule } from './openrouter/openrouter.module';
import { UnmatchedModule } from './unmatched.module';

/** Lists the features, and binds the guard, the filter and the pipe that all requests pass. */
@Module({})
export class AppModule {
  static forRoot(config: AppConfig, accounts: readonly Account[], logger: Logger): DynamicModule {
    return {
      module: AppModule,
      imports: [
        CoreModule.forRoot(config, logger),
        AccountsModule.forRoot(accounts),
        AccountCheckModule,
        HealthModule,
        ModelsModule,
        HostingModule,
        ImagesModule,
        GeminiApiModule,
        OpenRouterModule,
        LedgerModule,
        ObservabilityModule,
        // Last, because it takes every request that no other route took.
        UnmatchedModule,
      ],
      providers: [
        { provide: APP_GUARD, useClass: ApiKeyGuard },
        { provide: APP_FILTER, useClass: OpenAiErrorFilter },
        { provide: APP_PIPE, useClass: RequestValidationPipe },
      ],
    };
  }
}
