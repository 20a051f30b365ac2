import { Global, Module } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { RedisConnection } from '../redis/redis-connection';
import { KeyController } from './key.controller';
import { ConsumerLimits } from './limits/consumer-limits';
import { SharedLimits } from './limits/shared-limits';

/** How long after its deadline nothing of a request can be at work any more. */
const GRACE_MS = 60_000;

/** The limits of consumers, and `/v1/key`. Global, since every API takes images off the same limits. */
@Global()
@Module({
  controllers: [KeyController],
  providers: [
    {
      provide: ConsumerLimits,
      useFactory: async (
        { images }: AppConfig,
        log: PinoLogger,
        redis: RedisConnection | undefined,
      ): Promise<ConsumerLimits> => {
        const shared = redis && new SharedLimits(redis, log);
        const limits = new ConsumerLimits(images.requestDeadlineMs + GRACE_MS, shared);
        await limits.join();
        return limits;
      },
      inject: [APP_CONFIG, PinoLogger, RedisConnection],
    },
  ],
  exports: [ConsumerLimits],
})
export class ConsumersModule {}
