import { Inject, Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import type { RequestContext } from '../context/request-context';
import type { RequestRecord } from '../ledger/request-records';
import type { FirstOutcome, FirstRequest } from './first-request';
import { KeptContents, openedOf } from './kept-contents';
import { endingOf, NOT_KEPT } from './record-ending';
import { Recording, type Recorded } from './recording';
import { SharedRecords } from './shared-records';

/** How long a record in progress is valid without renewal: its process may have died. */
export const LEASE_MS = 30_000;
const RENEW_MS = 10_000;
/** Records the first request with a key, stores its response, and passes it to waiting requests. */
@Injectable()
export class FirstResponses {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly records: SharedRecords,
    private readonly contents: KeptContents,
  ) {}

  /**
   * From now on the request is finished even if its client disconnects, and its response is kept.
   */
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
      void this.settle(first, record, recorded, context).then((outcome) => {
        clearInterval(renewing);
        onOver();
        first.end(outcome);
        release();
      });
    });
    context.recorder = recording;
    context.onLeft(() => {
      if (context.isSent) {
        recording.giveUp();
      } else {
        context.log.info({}, 'the request continues without its client');
      }
    });
  }

  /** Never fails: waiting requests are always notified. */
  private async settle(
    first: FirstRequest,
    record: RequestRecord,
    recorded: Recorded,
    context: RequestContext,
  ): Promise<FirstOutcome> {
    try {
      const outcome = await this.outcomeOf(first, recorded, context);
      const { scope, holder, requestId } = record;
      const ending = endingOf(outcome, requestId, this.config.idempotency.ttlSeconds, Date.now());
      await this.records.end({ scope, holder, ...ending });
      return outcome;
    } catch (error) {
      context.log.error({ reason: (error as Error).message }, 'internal error: response not kept');
      const { scope, holder } = record;
      await this.records.end({ scope, holder, ...NOT_KEPT }).catch(() => undefined);
      return { kind: 'nothing' };
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
          ? {
              kind: 'shared',
              opened: openedOf(response, images),
              hold: () => context.outlive(),
            }
          : { kind: 'nothing' };
      }
    }
  }
}
