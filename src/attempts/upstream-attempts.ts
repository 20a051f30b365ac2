import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { Account, GoogleApi } from '../accounts/account';
import { AccountPoolService } from '../accounts/account-pool.service';
import type { Lease, LeaseOutcome } from '../accounts/lease';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import type { ReservedImage } from '../consumers/limits/image-reservation';
import type { ImageRecord } from '../context/image-record';
import { ClientGoneError } from '../context/client-gone.error';
import type { RequestContext } from '../context/request-context';
import { GatewayError } from '../errors/gateway-error';
import type { GeminiFailure } from '../gemini/gemini-failure';
import type { FailedCall } from '../gemini/gemini-result';
import type { BilledResponse } from '../pricing/billed-response';
import { PRICE_TABLE, type PriceTable } from '../pricing/price-table';
import { withCall, withFailedCall } from './attempts-outcome';
import { countFailure, faultOfFailure, nextStep, NO_ATTEMPTS } from './attempt-step';
import { ImageRecords } from './image-records';
import { ImageTally, type TalliedTask } from './image-tally';
import { ImageTrace } from './image-trace';

/** What is to be called, as far as the choice of accounts, the words of an error and the price depend on it. */
export interface UpstreamTask extends TalliedTask {
  readonly modelFamily: 'dall-e' | 'other';
  /** Stays the same for one end user, whose requests may prefer one account. */
  readonly user?: string | undefined;
  /** Its place among the request's images, from 0. */
  readonly index: number;
  /** Its part of what its consumer's limits have made room for. */
  readonly reserved: ReservedImage;
  /** The one API of Google's that takes the request; either does, where absent, or where no account is of that one. */
  readonly api?: GoogleApi | undefined;
  /** Aborted where this task is given up, and others of its request are not. */
  readonly cutOff?: AbortSignal | undefined;
  /** Whether no image is asked for, but something that is free. */
  readonly isFree?: true;
}

/** What one upstream call came to, and what Google says that its price depends on, if a response came. */
export type CallResult<T> = (
  | {
      readonly ok: true;
      readonly value: T;
      /** What the account learns of a response that is handed on all the same: a refusal, a stream that broke off. */
      readonly failure?: GeminiFailure;
    }
  | FailedCall
) & {
  readonly billed?: BilledResponse | undefined;
};

/** What there is to know of a call on an account besides. */
export interface CallAttempt {
  /** Whether the account's access token was refused before, for this task. */
  readonly isTokenRenewed: boolean;
}

/** How a task is carried out, whichever account takes it. */
export interface UpstreamWork<T, R> {
  readonly call: (account: Account, attempt: CallAttempt) => Promise<CallResult<T>>;
  /** Works on what a successful call gave, once its account is free for others again. */
  readonly finish: (value: T) => Promise<R>;
}

/** Carries out one upstream call: leases an account, calls, and tries another account or gives up. */
@Injectable()
export class UpstreamAttempts {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly pool: AccountPoolService,
    @Inject(PRICE_TABLE) private readonly prices: PriceTable,
    private readonly records: ImageRecords,
  ) {}

  /**
   * @throws GatewayError with the account of the last failure, if one was tried
   * @throws the reason of the context's signal when that is aborted
   */
  async run<T, R>(
    task: UpstreamTask,
    context: RequestContext,
    work: UpstreamWork<T, R>,
  ): Promise<R> {
    const tried = new Set<string>();
    const withRenewedToken = new Set<string>();
    const { model, user: stickyKey, api } = task;
    const request = { model, stickyKey, tried, api, context };
    const { maxAttemptsPerImage: maxAttempts } = this.config.images;
    let history = NO_ATTEMPTS;
    const tally = new ImageTally(task, this.prices);
    const trace = ImageTrace.begin(task, context, this.config);
    let accountEmail: string | undefined;
    let isPaid = false;
    let isBilled = false;
    task.reserved.begin();
    try {
      for (;;) {
        const lease = await this.pool.lease(request);
        accountEmail = lease.account.email;
        isPaid = true;
        isBilled = lease.account.provider !== 'emulator';
        context.outcome.images = withCall(context.outcome.images);
        tally.begin(lease.account);
        const isTokenRenewed = withRenewedToken.has(accountEmail);
        const stopListening = context.onLeft(() => {
          if (context.recorder === undefined) {
            lease.stepAside();
          }
        });
        const result = await this.callOn(lease, task, trace, (account) =>
          work.call(account, { isTokenRenewed }),
        ).finally(stopListening);
        tally.add(lease.account, result.billed);
        if (result.ok) {
          const finished = await work.finish(result.value);
          const outcome = outcomeOfResult(result.failure, task);
          if (outcome === 'made') {
            task.reserved.made();
          } else {
            task.reserved.notMade();
          }
          const record = tally.record(outcome);
          task.reserved.settle(record?.microUsd ?? 0);
          this.record(record, task, context);
          trace?.end(record, outcome);
          return finished;
        }
        isPaid = false;
        const { failure } = result;
        context.outcome.images = withFailedCall(context.outcome.images, accountEmail);
        if (failure.kind === 'stale_token') {
          withRenewedToken.add(accountEmail);
        } else if (failure.kind !== 'stale_connection') {
          tried.add(accountEmail);
        }
        // Its client has gone: what was begun is over, and nothing more is.
        context.beginnings.throwIfAborted();
        history = countFailure(history, failure);
        const step = nextStep(failure, history, {
          maxAttempts,
          timeLeftMs: context.deadlineAt - Date.now(),
        });
        if (step.kind === 'give_up') {
          const fault = faultOfFailure(failure, task, () => this.pool.refusal(request));
          throw new GatewayError(fault, { accountEmail, reason: failure.reason });
        }
        trace?.repeat(failure, step.afterMs);
        context.log.info(
          { account: accountEmail, reason: failure.reason, image: task.index },
          `upstream call failed, retrying (attempt ${history.attempts + 1} of ${maxAttempts})`,
        );
        if (step.afterMs > 0) {
          await sleep(step.afterMs, undefined, { signal: context.beginnings });
        }
      }
    } catch (error) {
      // A client that leaves while its image is paid for has used its limit all the same.
      const isLeft = isPaid && (context.isClosed || task.cutOff?.aborted === true);
      if (isLeft) {
        task.reserved.made();
      } else {
        task.reserved.notMade();
      }
      const cause = withAccount(error, accountEmail, context);
      const record = tally.record(outcomeOf(cause));
      // Google bills what it was making, and says how much to nobody.
      task.reserved.settle(isLeft && isBilled ? undefined : (record?.microUsd ?? 0));
      this.record(record, task, context);
      trace?.end(record, outcomeOf(cause));
      throw cause;
    }
  }

  /** One call on one account; the lease is ended in every case. */
  private async callOn<T>(
    lease: Lease,
    { model, isFree }: UpstreamTask,
    trace: ImageTrace | undefined,
    call: (account: Account) => Promise<CallResult<T>>,
  ): Promise<CallResult<T>> {
    const startedAt = performance.now();
    let outcome: LeaseOutcome = { kind: 'abandoned' };
    let result: CallResult<T> | undefined;
    try {
      trace?.beginCall(lease.account);
      result = await call(lease.account);
      const { failure } = result;
      outcome =
        failure === undefined
          ? { kind: isFree === true ? 'free_call' : 'image' }
          : { kind: 'failure', failure };
      return result;
    } finally {
      // Only an abort or a fault of ours gets here without a result.
      lease.end(outcome);
      trace?.endCall(result);
      this.records.calls.next({
        model,
        account: lease.account.email,
        outcome: outcome.kind === 'failure' ? outcome.failure.kind : outcome.kind,
        seconds: (performance.now() - startedAt) / 1000,
      });
    }
  }

  private record(
    record: ImageRecord | undefined,
    { user, isFree }: UpstreamTask,
    context: RequestContext,
  ): void {
    if (record !== undefined && isFree !== true) {
      context.outcome.records.push(record);
      this.records.images.next({ record, context, user });
    }
  }
}

/** A response that is handed on all the same may have no image in it: a refusal is none that was made. */
function outcomeOfResult(
  failure: GeminiFailure | undefined,
  task: UpstreamTask,
): ImageRecord['outcome'] {
  return failure === undefined ? 'made' : faultOfFailure(failure, task, () => undefined).kind;
}

function outcomeOf(cause: unknown): ImageRecord['outcome'] {
  if (cause instanceof GatewayError) {
    return cause.fault.kind;
  }
  return cause instanceof ClientGoneError ? 'abandoned' : 'internal';
}

/** Adds the account to an error that has none, and puts a signal's own reason before an AbortError. */
function withAccount(
  error: unknown,
  accountEmail: string | undefined,
  { signal, beginnings }: Pick<RequestContext, 'signal' | 'beginnings'>,
): unknown {
  const isAborted = error instanceof Error && error.name === 'AbortError';
  const ending = signal.aborted ? signal : isAborted && beginnings.aborted ? beginnings : undefined;
  const cause: unknown = ending === undefined ? error : ending.reason;
  return cause instanceof GatewayError && cause.accountEmail === undefined
    ? new GatewayError(cause.fault, { ...cause.options, accountEmail })
    : cause;
}
