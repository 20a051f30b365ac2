import { join } from 'node:path';
import { Global, Module } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { AttemptsModule } from '../attempts/attempts.module';
import { ImageRecords } from '../attempts/image-records';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { QUOTA_STORE } from '../consumers/limits/quota-store';
import { Ledger, type LedgerStatus } from './ledger';
import { isWritableFolder } from './lasting-ledger';
import type { LedgerDatabase } from './ledger-database';
import { OrganizationController } from './organization.controller';
import { SqliteDatabase } from './sqlite-database';
import { UsageController } from './usage.controller';

interface OpenedDatabase {
  readonly kind: LedgerStatus['kind'];
  readonly database: LedgerDatabase;
}

/**
 * The ledger and its routes. `Ledger` is undefined if `DATABASE_URL` is `off`. Global, since a
 * module that it depends on counts days and budgets in its database.
 */
@Global()
@Module({
  imports: [AttemptsModule],
  controllers: [UsageController, OrganizationController],
  providers: [
    {
      provide: Ledger,
      useFactory: async ({ ledger }: AppConfig, records: ImageRecords, log: PinoLogger) => {
        const { database: place, retentionDays } = ledger;
        if (place.kind === 'off') {
          return undefined;
        }
        log.setContext(Ledger.name);
        const { kind, database } = await open(place, log);
        return new Ledger(database, { kind, retentionDays }, records, log);
      },
      inject: [APP_CONFIG, ImageRecords, PinoLogger],
    },
    {
      provide: QUOTA_STORE,
      useFactory: (ledger: Ledger | undefined) => ledger?.quotas,
      inject: [Ledger],
    },
  ],
  exports: [Ledger, QUOTA_STORE],
})
export class LedgerModule {}

async function open(
  place: Exclude<AppConfig['ledger']['database'], { readonly kind: 'off' }>,
  log: PinoLogger,
): Promise<OpenedDatabase> {
  if (place.kind === 'postgres') {
    // Loaded on demand, because it takes longer than the rest of the ledger.
    const { PostgresDatabase } = await import('./postgres-database');
    return { kind: 'postgres', database: new PostgresDatabase(place.url) };
  }
  if (!isWritableFolder(place.folder)) {
    log.warn(
      { folder: place.folder },
      'DATA_DIR cannot be written: the ledger is kept in memory and lost when the process ends. Make the folder ' +
        'writable, set DATA_DIR, or set DATABASE_URL=off to run without a ledger',
    );
    return { kind: 'memory', database: new SqliteDatabase(':memory:') };
  }
  return { kind: 'sqlite', database: new SqliteDatabase(join(place.folder, 'easel.db')) };
}
