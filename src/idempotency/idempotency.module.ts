import { Global, Module } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { Ledger } from '../ledger/ledger';
import { LedgerModule } from '../ledger/ledger.module';
import { AbandonedImages } from './abandoned-images';
import { FirstResponses } from './first-responses';
import { IdempotentRequests } from './idempotent-requests';
import { KeptContents } from './kept-contents';
import { KeptResponseSender } from './kept-response.renderer';
import { RequestsController } from './requests.controller';
import { SharedRecords } from './shared-records';

/**
 * Responses and images that clients have lost, for their retries. Global, since all APIs that make
 * images keep theirs.
 */
@Global()
@Module({
  imports: [LedgerModule],
  controllers: [RequestsController],
  providers: [
    AbandonedImages,
    FirstResponses,
    IdempotentRequests,
    KeptContents,
    KeptResponseSender,
    {
      provide: SharedRecords,
      useFactory: (ledger: Ledger | undefined, log: PinoLogger) => {
        log.setContext(SharedRecords.name);
        const records = new SharedRecords(ledger?.records, log);
        ledger?.beforeClose(() => records.close());
        return records;
      },
      inject: [{ token: Ledger, optional: true }, PinoLogger],
    },
  ],
  exports: [AbandonedImages, IdempotentRequests, KeptContents, KeptResponseSender],
})
export class IdempotencyModule {}
