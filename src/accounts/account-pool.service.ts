import { GatewayError } from '../errors/gateway-error';
import type { GeminiFailure } from '../gemini/gemini-failure';
import {
  afterFailure,
  afterSuccess,
  conditionOf,
  HEALTHY,
  reachOf,
  type Account,
  type AccountHealth,
  type Condition,
} from './account';
import { choose, retryAfterSeconds, type Candidate, type Scheduling } from './selection';

export interface PoolOptions {
  readonly scheduling: Scheduling;
  /** Images being made at the same time, over all accounts. */
  readonly maxInflightImages: number;
  /** Images waiting for a place, over all accounts. */
  readonly maxWaitingImages: number;
}

export interface LeaseRequest {
  readonly model: string;
  /** Accounts on which this image has failed. */
  readonly tried: ReadonlySet<string>;
  /** The only account that will do, where the client asked for one. */
  readonly pinnedEmail?: string | undefined;
  readonly stickyKey?: string | undefined;
  /** Ends the waiting; its reason is thrown. */
  readonly signal: AbortSignal;
}

export type LeaseOutcome =
  | { readonly kind: 'image' }
  | { readonly kind: 'failure'; readonly failure: GeminiFailure }
  /** Nobody waited for the answer any more: it tells nothing about the account. */
  | { readonly kind: 'abandoned' };

/** One of an account's places, held until it is ended. */
export interface Lease {
  readonly account: Account;
  /** Gives the place back; once only, later calls do nothing. */
  end(outcome: LeaseOutcome): void;
}

/** Told of every change of an account's condition, for the log. */
export type ConditionListener = (email: string, model: string, condition: Condition) => void;

interface Member {
  readonly account: Account;
  health: AccountHealth;
  inFlight: number;
  lastUsed: number;
}

interface Waiter {
  readonly request: LeaseRequest;
  readonly resolve: (lease: Lease) => void;
  readonly reject: (error: Error) => void;
  timer: NodeJS.Timeout | undefined;
}

/** setTimeout fires at once when given more than 31 bits. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const DISABLED_IN_CONFIGURATION: Condition = {
  state: 'disabled',
  cause: 'account_unusable',
  reason: 'not enabled in the configuration',
};

/**
 * The pool: hands out places on accounts, never more than an account has, and remembers how each
 * fared. Who is next is decided in `selection.ts`, what a failure means in `account.ts`; here is
 * only the bookkeeping.
 */
export class AccountPoolService {
  private readonly members: readonly Member[];
  private readonly waiters = new Set<Waiter>();
  private inFlight = 0;
  private leases = 0;

  constructor(
    accounts: readonly Account[],
    private readonly options: PoolOptions,
    private readonly onCondition: ConditionListener = () => undefined,
  ) {
    this.members = accounts.map((account) => ({
      account,
      health: HEALTHY,
      inFlight: 0,
      lastUsed: 0,
    }));
  }

  /**
   * A place on the account that suits best, now or as soon as there is one.
   *
   * @throws GatewayError when no account can serve, or too many wait already
   * @throws the signal's reason when it is aborted first
   */
  async lease(request: LeaseRequest): Promise<Lease> {
    request.signal.throwIfAborted();
    if (request.pinnedEmail !== undefined && !this.has(request.pinnedEmail)) {
      throw new GatewayError({
        kind: 'invalid_request',
        message: `The account '${request.pinnedEmail}' named in X-Account-Email does not exist.`,
        param: 'X-Account-Email',
        code: 'invalid_value',
      });
    }
    const lease = this.tryLease(request);
    return 'account' in lease ? lease : this.wait(request, lease.until);
  }

  /** Accounts that could take an image of some model at once or after the images at work. */
  usableAccounts(): number {
    const now = Date.now();
    return this.members.filter(
      ({ account, health }) =>
        account.enabled && conditionOf({ ...health, models: new Map() }, '', now).state === 'ready',
    ).length;
  }

  get size(): number {
    return this.members.length;
  }

  has(email: string): boolean {
    return this.members.some(({ account }) => account.email === email);
  }

  private tryLease(request: LeaseRequest): Lease | { readonly until: number | undefined } {
    if (this.inFlight >= this.options.maxInflightImages) {
      return { until: undefined };
    }
    const now = Date.now();
    const choice = choose(this.candidates(request, now), {
      model: request.model,
      scheduling: this.options.scheduling,
      stickyKey: request.stickyKey,
      now,
    });
    switch (choice.kind) {
      case 'lease':
        return this.take(choice.account.email, request.model);
      case 'wait':
        return { until: choice.until };
      case 'refuse':
        throw new GatewayError(choice.fault);
    }
  }

  private candidates(request: LeaseRequest, now: number): readonly Candidate[] {
    return this.members
      .filter(
        ({ account }) =>
          (request.pinnedEmail === undefined || account.email === request.pinnedEmail) &&
          (account.models === undefined || account.models.includes(request.model)),
      )
      .map(({ account, health, inFlight, lastUsed }) => ({
        account,
        condition: account.enabled
          ? conditionOf(health, request.model, now)
          : DISABLED_IN_CONFIGURATION,
        inFlight,
        lastUsed,
        tried: request.tried.has(account.email),
      }));
  }

  private take(email: string, model: string): Lease {
    const member = this.members.find(({ account }) => account.email === email);
    if (member === undefined) {
      throw new Error('the choice named an account that is not in the pool');
    }
    this.leases += 1;
    this.inFlight += 1;
    member.inFlight += 1;
    member.lastUsed = this.leases;
    let ended = false;
    return {
      account: member.account,
      end: (outcome) => {
        if (!ended) {
          ended = true;
          this.inFlight -= 1;
          member.inFlight -= 1;
          this.learn(member, model, outcome);
          this.serveWaiters();
        }
      },
    };
  }

  private learn(member: Member, model: string, outcome: LeaseOutcome): void {
    if (outcome.kind === 'image') {
      member.health = afterSuccess(member.health, model);
    }
    if (outcome.kind === 'failure') {
      for (const affected of this.affectedBy(outcome.failure, member)) {
        this.worsen(affected, outcome.failure, model);
      }
    }
  }

  private affectedBy(failure: GeminiFailure, member: Member): readonly Member[] {
    const { project } = member.account;
    switch (reachOf(failure)) {
      case 'project':
        return project === undefined
          ? [member]
          : this.members.filter(({ account }) => account.project === project);
      case 'account':
        return [member];
      case 'nobody':
        return [];
    }
  }

  private worsen(member: Member, failure: GeminiFailure, model: string): void {
    const now = Date.now();
    const before = conditionOf(member.health, model, now);
    member.health = afterFailure(member.health, failure, model, now, Math.random());
    const after = conditionOf(member.health, model, now);
    if (after.state !== before.state) {
      this.onCondition(member.account.email, model, after);
    }
  }

  private wait(request: LeaseRequest, until: number | undefined): Promise<Lease> {
    if (this.waiters.size >= this.options.maxWaitingImages) {
      throw new GatewayError({ kind: 'overloaded', retryAfterSeconds: retryAfterSeconds(5000) });
    }
    return new Promise((resolve, reject) => {
      const finish = (): void => {
        clearTimeout(waiter.timer);
        this.waiters.delete(waiter);
        request.signal.removeEventListener('abort', onAbort);
      };
      const onAbort = (): void => {
        finish();
        reject(request.signal.reason as Error);
      };
      const waiter: Waiter = {
        request,
        timer: undefined,
        resolve: (lease) => {
          finish();
          resolve(lease);
        },
        reject: (error) => {
          finish();
          reject(error);
        },
      };
      request.signal.addEventListener('abort', onAbort, { once: true });
      this.waiters.add(waiter);
      this.wakeAt(waiter, until);
    });
  }

  /** First come, first served: a place that comes free goes to whoever has waited longest for it. */
  private serveWaiters(): void {
    for (const waiter of [...this.waiters]) {
      this.serve(waiter);
    }
  }

  private serve(waiter: Waiter): void {
    try {
      const lease = this.tryLease(waiter.request);
      if ('account' in lease) {
        waiter.resolve(lease);
      } else {
        this.wakeAt(waiter, lease.until);
      }
    } catch (error) {
      waiter.reject(error instanceof Error ? error : new Error('no lease', { cause: error }));
    }
  }

  private wakeAt(waiter: Waiter, until: number | undefined): void {
    clearTimeout(waiter.timer);
    waiter.timer =
      until === undefined
        ? undefined
        : setTimeout(
            () => {
              this.serve(waiter);
            },
            Math.min(Math.max(until - Date.now(), 0) + 1, LONGEST_TIMER_MS),
          );
  }
}
