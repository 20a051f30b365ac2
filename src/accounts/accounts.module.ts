import { Global, Module, type DynamicModule } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { RedisConnection } from '../redis/redis-connection';
import type { Account } from './account';
import { AccountPoolService } from './account-pool.service';
import { AccountsController } from './accounts.controller';
import { conditionLog } from './condition-log';
import { SharedPool } from './redis/shared-pool';

/** The account pool and `/v1/accounts`. Global, since all APIs use the same pool. */
@Global()
@Module({})
export class AccountsModule {
  /** @param accounts the accounts at the start */
  static forRoot(accounts: readonly Account[]): DynamicModule {
    return {
      module: AccountsModule,
      controllers: [AccountsController],
      providers: [
        {
          provide: AccountPoolService,
          useFactory: async (
            { accounts: settings, server }: AppConfig,
            log: PinoLogger,
            redis: RedisConnection | undefined,
          ) => {
            const shared = redis && new SharedPool(redis, log, settings.redisLeaseMs);
            const options = { ...settings, accountHeader: server.accountHeader };
            const pool = new AccountPoolService(accounts, options, conditionLog(log), shared);
            await pool.join();
            return pool;
          },
          inject: [APP_CONFIG, PinoLogger, RedisConnection],
        },
      ],
      exports: [AccountPoolService],
    };
  }
}
