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
import type { TokenCounts } from '../pricing/token-counts';
import { PRICE_TABLE, type PriceTable } from '../pricing/price-table';
import { withCall, withFailedCall } from './attempts-outcome';
import {
  areAllRateLimited,
  countFailure,
  faultOfFailure,
  nextStep,
  NO_ATTEMPTS,
} from './attempt-step';
import { ImageRecords } from './image-records';
import { ImageTally, type TalliedTask } from './image-tally';
import { ImageTrace } from './image-trace';

/** The parts of a task that the choice of account, the error messages and the price depend on. */
export interface UpstreamTask extends TalliedTask {
  readonly modelFamily: 'dall-e' | 'other';
  /** Identifies one end user, whose requests may prefer one account. */
  readonly user?: string | undefined;
  /** Its index among the request's images, from 0. */
  readonly index: number;
  /** Its part of the reservation under the consumer's limits. */
  readonly reserved: ReservedImage;
  /**
   * The only Google API that accepts the request; absent if both do, or if there is no account for
   * that one.
   */
  readonly api?: GoogleApi | undefined;
  /** Aborted when this task is given up while others of its request continue. */
  readonly cutOff?: AbortSignal | undefined;
  /** Whether the task asks for something free instead of an image. */
  readonly isFree?: true;
}

/** The result of one upstream call, and the facts its price depends on, if there was a response. */
export type CallResult<T> = (
  | {
      readonly ok: true;
      readonly value: T;
      /**
       * The failure to record for the account although the response is passed on: a refusal, a
       * stream that broke off.
       */
      readonly failure?: GeminiFailure;
    }
  | FailedCall
) & {
  readonly billed?: BilledResponse | undefined;
};

/** Additional facts about a call with an account. */
export interface CallAttempt {
  /** Whether the account's access token has already been rejected for this task. */
  readonly isTokenRenewed: boolean;
}

/** How to carry out a task with an account. */
export interface UpstreamWork<T, R> {
  readonly call: (account: Account, attempt: CallAttempt) => Promise<CallResult<T>>;
  /** Processes the result of a successful call, after its account was released. */
  readonly finish: (value: T) => Promise<R>;
}

/** What keeps the facts about the calls for one image. */
interface CallObservers {
  readonly tally: ImageTally;
  /** Undefined if the trace is not recorded. */
  readonly trace: ImageTrace | undefined;
}

/**
 * Carries out upstream calls for a task: leases an account, calls, and retries with another account
 * or gives up.
 */
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
   * @throws the reason of the context's signal if it is aborted
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
        const isTokenRenewed = withRenewedToken.has(accountEmail);
        const stopListening = context.onLeft(() => {
          if (context.recorder === undefined) {
            lease.stepAside();
          }
        });
        const result = await this.callOn(lease, task, { tally, trace }, (account) =>
          work.call(account, { isTokenRenewed }),
        ).finally(stopListening);
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
        // The client has disconnected: the calls that had begun are over, and no more may begin.
        context.newCalls.throwIfAborted();
        history = countFailure(history, failure);
        const step = nextStep(failure, history, {
          maxAttempts,
          timeLeftMs: context.deadlineAt - Date.now(),
        });
        if (step.kind === 'give_up') {
          const areTriedLimited = areAllRateLimited(history);
          const fault = faultOfFailure(failure, task, () =>
            this.pool.refusalNow({ ...request, areTriedLimited }),
          );
          throw new GatewayError(fault, { accountEmail, reason: failure.reason });
        }
        trace?.repeat(failure, step.afterMs);
        context.log.info(
          { account: accountEmail, reason: failure.reason, image: task.index },
          `upstream call failed, retrying (attempt ${history.attempts + 1} of ${maxAttempts})`,
        );
        if (step.afterMs > 0) {
          await sleep(step.afterMs, undefined, { signal: context.newCalls });
        }
      }
    } catch (error) {
      // An image that is being paid for counts towards the limit even if its client has
      // disconnected.
      const isLeft = isPaid && (context.isClosed || task.cutOff?.aborted === true);
      if (isLeft) {
        task.reserved.made();
      } else {
        task.reserved.notMade();
      }
      const cause = withAccount(error, accountEmail, context);
      const record = tally.record(outcomeOf(cause));
      // Google bills the image that it was making, but does not report how much.
      task.reserved.settle(isLeft && isBilled ? undefined : (record?.microUsd ?? 0));
      this.record(record, task, context);
      trace?.end(record, outcomeOf(cause));
      throw cause;
    }
  }

  /** One call with one account; the lease is ended in every case. */
  private async callOn<T>(
    lease: Lease,
    { model, isFree }: UpstreamTask,
    { tally, trace }: CallObservers,
    call: (account: Account) => Promise<CallResult<T>>,
  ): Promise<CallResult<T>> {
    const startedAt = performance.now();
    let outcome: LeaseOutcome = { kind: 'abandoned' };
    let result: CallResult<T> | undefined;
    let counts: TokenCounts | undefined;
    tally.begin(lease.account);
    try {
      trace?.beginCall(lease.account, startedAt);
      result = await call(lease.account);
      counts = tally.add(lease.account, result.billed);
      const { failure } = result;
      outcome =
        failure === undefined
          ? { kind: isFree === true ? 'free_call' : 'image' }
          : { kind: 'failure', failure };
      return result;
    } finally {
      // Only an abort or a bug of ours gets here without a result.
      lease.end(outcome);
      const endedAt = performance.now();
      trace?.endCall(result, counts, endedAt);
      this.records.calls.next({
        model,
        account: lease.account.email,
        outcome: outcome.kind === 'failure' ? outcome.failure.kind : outcome.kind,
        seconds: (endedAt - startedAt) / 1000,
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

/** A response that is passed on may contain no image: a refusal is not a generated image. */
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

/**
 * Adds the account to an error that has none, and prefers a signal's own reason to an AbortError.
 */
function withAccount(
  error: unknown,
  accountEmail: string | undefined,
  { signal, newCalls }: Pick<RequestContext, 'signal' | 'newCalls'>,
): unknown {
  const isAborted = error instanceof Error && error.name === 'AbortError';
  const ending = signal.aborted ? signal : isAborted && newCalls.aborted ? newCalls : undefined;
  const cause: unknown = ending === undefined ? error : ending.reason;
  return cause instanceof GatewayError && cause.accountEmail === undefined
    ? new GatewayError(cause.fault, { ...cause.options, accountEmail })
    : cause;
}
