import { Global, Module, type DynamicModule } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import type { Logger } from 'pino';
import { APP_CONFIG, type AppConfig } from './config/app-config';
import { ConsumerRegistry, type ConfiguredConsumer } from './context/consumer-registry';
import { RequestContexts } from './context/request-contexts';
import { KeyCheck } from './http/auth/key-check';
import { Drain } from './http/lifecycle/drain';
import { MemoryBudget } from './memory/memory-budget';
import { collectGarbage } from './memory/garbage';
import { SlabPool } from './memory/slab-pool';
import { RedisConnection } from './redis/redis-connection';

/**
 * What every feature depends on: configuration, log, authentication, memory, request contexts, and
 * the graceful shutdown.
 */
@Global()
@Module({})
export class CoreModule {
  static forRoot(
    config: AppConfig,
    consumers: readonly ConfiguredConsumer[],
    logger: Logger,
  ): DynamicModule {
    return {
      module: CoreModule,
      imports: [
        // For lines outside any request; the logger of a request's context writes the others. Bound
        // to requests, this logger would put an async hook on every promise.
        LoggerModule.forRoot({ useExisting: true, pinoHttp: { logger }, forRoutes: [] }),
      ],
      providers: [
        { provide: APP_CONFIG, useValue: config },
        {
          provide: ConsumerRegistry,
          useFactory: () => new ConsumerRegistry(config.auth.keys, consumers),
        },
        KeyCheck,
        {
          provide: SlabPool,
          useFactory: () =>
            new SlabPool({ isPoisoning: config.memory.poisonsSlabs, collectGarbage }),
        },
        {
          provide: MemoryBudget,
          useFactory: () =>
            new MemoryBudget(config.memory.maxInflightBytes, config.accounts.maxWaitingImages),
        },
        {
          provide: RequestContexts,
          useFactory: (slabs: SlabPool, budget: MemoryBudget) =>
            new RequestContexts(logger, slabs, budget),
          inject: [SlabPool, MemoryBudget],
        },
        {
          // The connection for all features that share state with other replicas; undefined without
          // Redis.
          provide: RedisConnection,
          useFactory: () => {
            const { redisUrl } = config.accounts;
            return redisUrl === undefined ? undefined : new RedisConnection(redisUrl);
          },
        },
        Drain,
      ],
      exports: [
        APP_CONFIG,
        ConsumerRegistry,
        KeyCheck,
        SlabPool,
        MemoryBudget,
        RequestContexts,
        RedisConnection,
        Drain,
      ],
    };
  }
}
