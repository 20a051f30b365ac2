import { Module } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import type { Account } from './accounts/account';
import { AccountCheck } from './accounts/account-check';
import { AccountPoolService } from './accounts/account-pool.service';
import { APP_CONFIG, type AppConfig } from './config/app-config';
import { GeminiClient } from './gemini/gemini.client';
import { GeminiModule } from './gemini/gemini.module';
import { SlabPool } from './memory/slab-pool';
import { Slabs } from './memory/slabs';

/** The response is a few hundred bytes, or one token. */
const TRIAL_TIMEOUT_MS = 15_000;

/** Connects the account check with the Gemini client, because the pool itself makes no calls. */
@Module({
  imports: [GeminiModule],
  providers: [
    {
      provide: AccountCheck,
      useFactory: (
        { accounts: { areChecked } }: AppConfig,
        pool: AccountPoolService,
        gemini: GeminiClient,
        slabPool: SlabPool,
        log: PinoLogger,
      ) => {
        const trial = async (access: Account, signal: AbortSignal) => {
          const slabs = new Slabs(slabPool);
          try {
            const timeoutMs = TRIAL_TIMEOUT_MS;
            return await gemini.tryCredential({ access, slabs, timeoutMs, signal });
          } finally {
            slabs.release();
          }
        };
        return new AccountCheck(pool, trial, log, { isOn: areChecked });
      },
      inject: [APP_CONFIG, AccountPoolService, GeminiClient, SlabPool, PinoLogger],
    },
  ],
})
export class AccountCheckModule {}
