import { Inject, Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import type { RequestContext } from '../context/request-context';
import type { RequestRecord } from '../ledger/request-records';
import type { FirstOutcome, FirstRequest } from './first-request';
import { copyOf, KeptContents } from './kept-contents';
import { faultContent, isKeptFault } from './kept-fault';
import { Recording, type Recorded } from './recording';
import { SharedRecords } from './shared-records';

/** How long a record at work holds by itself: its process may have died. */
export const LEASE_MS = 30_000;
const RENEW_MS = 10_000;
/** A fault that is not kept is told to those who wait in other processes for so long. */
const FAULT_SHOWN_MS = 10_000;

/** What the content of a record begins with that is a fault itself. */
export const FAULT = 'fault:';

/** Records the first request with a key, keeps what comes of it, and tells those who wait. */
@Injectable()
export class FirstResponses {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly records: SharedRecords,
    private readonly contents: KeptContents,
  ) {}

  /** From now on the request is finished even if its client goes, and what comes of it is kept. */
  record(
    first: FirstRequest,
    record: RequestRecord,
    context: RequestContext,
    response: Response,
    onOver: () => void,
  ): void {
    const { scope, holder } = record;
    const renewing = setInterval(() => {
      void this.records.renew(scope, holder, Date.now() + LEASE_MS);
    }, RENEW_MS).unref();
    const release = context.outlive();
    const recording = new Recording(response, (recorded) => {
      void this.settle(first, record, recorded, context).finally(() => {
        onOver();
        clearInterval(renewing);
        release();
      });
    });
    context.recorder = recording;
    context.onLeft(() => {
      if (context.isSent) {
        recording.giveUp();
      } else {
        context.log.info({}, 'the request goes on, its client has gone');
      }
    });
  }

  private async settle(
    first: FirstRequest,
    record: RequestRecord,
    recorded: Recorded,
    context: RequestContext,
  ): Promise<void> {
    let outcome: FirstOutcome = { kind: 'nothing' };
    try {
      outcome = await this.outcomeOf(first, recorded, context);
      const { ttlSeconds } = this.config.idempotency;
      const keptUntil = Date.now() + ttlSeconds * 1000;
      if (outcome.kind === 'kept') {
        await this.end(record, 'kept', outcome.content, keptUntil);
      } else if (outcome.kind === 'fault') {
        const { error } = outcome;
        const content = `${FAULT}${faultContent(error, record.requestId)}`;
        await (isKeptFault(error.fault)
          ? this.end(record, 'kept', content, keptUntil)
          : this.end(record, 'failed', content, Date.now() + FAULT_SHOWN_MS));
      } else {
        await this.end(record, 'failed', null, 0);
      }
    } finally {
      first.end(outcome);
    }
  }

  private async outcomeOf(
    first: FirstRequest,
    recorded: Recorded,
    context: RequestContext,
  ): Promise<FirstOutcome> {
    switch (recorded.kind) {
      case 'fault':
        return { kind: 'fault', error: recorded.error, requestId: context.id };
      case 'nothing':
        return recorded;
      case 'response': {
        const { response, images } = recorded;
        const content = await this.contents.keep(response, images, context);
        if (content !== undefined) {
          return { kind: 'kept', content };
        }
        return first.isWaitedFor
          ? { kind: 'passing', opened: copyOf(response, images) }
          : { kind: 'nothing' };
      }
    }
  }

  private async end(
    { scope, holder }: RequestRecord,
    state: 'kept' | 'failed',
    content: string | null,
    expiresAt: number,
  ): Promise<void> {
    await this.records.end({ scope, holder, state, content, expiresAt });
  }
}
