import { HttpModule } from '@nestjs/axios';
import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';
import { LoggerModule, PinoLogger } from 'nestjs-pino';
import type { Logger } from 'pino';
import type { Account } from './accounts/account';
import { AccountsController } from './accounts/accounts.controller';
import { AccountPoolService } from './accounts/account-pool.service';
import { SharedPool } from './accounts/redis/shared-pool';
import { APP_CONFIG, type AppConfig } from './config/app-config';
import { AccessTokenService } from './gemini/access-token.service';
import { GeminiClient } from './gemini/gemini.client';
import { HealthController } from './health/health.controller';
import { ApiKeyGuard } from './http/auth/api-key.guard';
import { AnswerMemory } from './context/answer-memory';
import { Drain } from './http/lifecycle/drain';
import { OpenAiErrorFilter } from './http/errors/openai-error.filter';
import { RequestValidationPipe } from './http/bodies/request-validation.pipe';
import { RouteTable } from './http/routing/route-table';
import { UnmatchedController } from './http/routing/unmatched.controller';
import { ImageAttempt } from './images/image-attempt';
import { ImageEncoder } from './images/pixels/image-encoder';
import { ImageFinisher } from './images/image-finisher';
import { ImagesController } from './images/images.controller';
import { ImagesService } from './images/images.service';
import { ImageDownload } from './images/inputs/image-download';
import { ImageUrlService } from './images/inputs/image-url.service';
import { InputImagesService } from './images/inputs/input-images.service';
import { InputReader } from './images/pixels/input-reader';
import { MaskComposer } from './images/pixels/mask-composer';
import { MaskReader } from './images/pixels/mask-reader';
import { PixelPlaces } from './images/pixels/pixel-semaphore';
import { MemoryBudget } from './memory/memory-budget';
import { SlabPool } from './memory/slab-pool';
import { MappingService } from './mapping/mapping.service';
import { ModelsController } from './models/models.controller';
import { conditionLog } from './accounts/condition-log';
import { Metrics } from './observability/metrics';
import { MetricsController } from './observability/metrics.controller';
import { RequestMetrics } from './observability/request-metrics';
import { RedisConnection } from './redis/redis-connection';
import { wireDefaults } from './wire/wire.adapter';

/** Wires the rooms together, and binds what every request passes: the guard, the filter, the pipe. */
@Module({})
export class AppModule {
  static forRoot(config: AppConfig, accounts: readonly Account[], logger: Logger): DynamicModule {
    return {
      module: AppModule,
      imports: [
        // For what is said outside of any request; what is said of one is handed its own logger. Bound to
        // the requests by itself, it would put an async hook on every promise of the process.
        LoggerModule.forRoot({ useExisting: true, pinoHttp: { logger }, forRoutes: [] }),
        TerminusModule.forRoot({ logger: false }),
        HttpModule.register(wireDefaults()),
      ],
      controllers: [
        HealthController,
        ModelsController,
        ImagesController,
        AccountsController,
        MetricsController,
        // Last: it takes whatever the others leave.
        UnmatchedController,
      ],
      providers: [
        { provide: APP_CONFIG, useValue: config },
        { provide: APP_GUARD, useClass: ApiKeyGuard },
        { provide: APP_FILTER, useClass: OpenAiErrorFilter },
        { provide: APP_PIPE, useClass: RequestValidationPipe },
        {
          provide: AccountPoolService,
          useFactory: async (log: PinoLogger) => {
            const { redisUrl } = config.accounts;
            const shared =
              redisUrl === undefined
                ? undefined
                : new SharedPool(new RedisConnection(redisUrl), log);
            const onCondition = conditionLog(log);
            const pool = new AccountPoolService(accounts, config.accounts, onCondition, shared);
            await pool.join();
            return pool;
          },
          inject: [PinoLogger],
        },
        { provide: MappingService, useFactory: () => new MappingService(config.images) },
        Drain,
        AccessTokenService,
        GeminiClient,
        ImageAttempt,
        { provide: ImageDownload, useFactory: () => new ImageDownload() },
        ImageEncoder,
        ImageFinisher,
        ImageUrlService,
        ImagesService,
        InputImagesService,
        InputReader,
        MaskComposer,
        MaskReader,
        Metrics,
        PixelPlaces,
        RequestMetrics,
        RouteTable,
        { provide: SlabPool, useFactory: () => new SlabPool() },
        {
          provide: MemoryBudget,
          useFactory: () =>
            new MemoryBudget(config.memory.maxInflightBytes, config.accounts.maxWaitingImages),
        },
        AnswerMemory,
      ],
    };
  }
}
