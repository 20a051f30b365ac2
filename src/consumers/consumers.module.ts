import { Global, Module } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { ConsumerRegistry } from '../context/consumer-registry';
import { PRICE_TABLE, type PriceTable } from '../pricing/price-table';
import { PricingModule } from '../pricing/pricing.module';
import { RedisConnection } from '../redis/redis-connection';
import { KeyController } from './key.controller';
import { ConsumerLimits } from './limits/consumer-limits';
import { QuotaBook } from './limits/quota-book';
import { quotaRules } from './limits/quota-rules';
import { QUOTA_STORE, type QuotaStore } from './limits/quota-store';
import { SharedLimits } from './limits/shared-limits';
import { ShortLimits } from './limits/short-limits';

/** How long after its deadline a request can still have work in progress. */
const GRACE_MS = 60_000;

/**
 * The limits of consumers, and `/v1/key`. Global, since all APIs count images towards the same
 * limits.
 */
@Global()
@Module({
  imports: [PricingModule],
  controllers: [KeyController],
  providers: [
    {
      provide: ConsumerLimits,
      useFactory: async (
        { images }: AppConfig,
        log: PinoLogger,
        redis: RedisConnection | undefined,
        store: QuotaStore | undefined,
        prices: PriceTable,
        registry: ConsumerRegistry,
      ): Promise<ConsumerLimits> => {
        const lapseMs = images.requestDeadlineMs + GRACE_MS;
        const short = new ShortLimits(lapseMs, redis && new SharedLimits(redis, log));
        const quotas = store && new QuotaBook(store, lapseMs, log);
        const counted = registry.list().filter((consumer) => quotaRules(consumer) !== undefined);
        await Promise.all([short.join(), quotas?.start(counted.map(({ name }) => name))]);
        return new ConsumerLimits(short, prices, quotas);
      },
      inject: [APP_CONFIG, PinoLogger, RedisConnection, QUOTA_STORE, PRICE_TABLE, ConsumerRegistry],
    },
  ],
  exports: [ConsumerLimits],
})
export class ConsumersModule {}
