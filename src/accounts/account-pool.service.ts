import { GatewayError, type GatewayFault } from '../errors/gateway-error';
import type { GeminiFailure } from '../gemini/gemini-failure';
import type { Account } from './account';
import {
  afterFailure,
  afterProbe,
  afterSuccess,
  probing,
  reachOf,
  type Condition,
} from './account-health';
import { FairQueue } from './fair-queue';
import { PoolMember } from './pool-member';
import { choose, retryAfterSeconds, type Question, type Scheduling } from './selection';

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
  /** When the image must be there, in epoch milliseconds: no wait goes beyond it. */
  readonly deadlineAt: number;
  /**
   * Ends the waiting; its reason is thrown. All images of one client's request share one signal, so
   * it also stands for the request where places are shared out fairly.
   */
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

/** Told, for the log, when an account, or one model on it, is out of use from now on. */
export type ConditionListener = (
  email: string,
  model: string | undefined,
  condition: Condition,
) => void;

/** What a lease was taken for. */
interface Call {
  readonly model: string;
  readonly isProbe: boolean;
  /** Epoch milliseconds. */
  readonly startedAt: number;
}

interface Waiter {
  readonly request: LeaseRequest;
  readonly resolve: (lease: Lease) => void;
  readonly reject: (error: Error) => void;
  timer: NodeJS.Timeout | undefined;
}

/** Either a lease, or until when (epoch milliseconds, if known) there is none to be had. */
type Attempt =
  { readonly lease: Lease } | { readonly lease: undefined; readonly until: number | undefined };

/** setTimeout fires at once when given more than 31 bits. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What a client is told to wait when the gateway is full. */
const FULL_RETRY_MS = 5000;

/**
 * The pool: hands out places on accounts, never more than an account has, and remembers how each
 * fared. Who is next is decided in `selection.ts`, what a failure means in `account-health.ts`;
 * here is only the bookkeeping.
 */
export class AccountPoolService {
  private members: ReadonlyMap<string, PoolMember>;
  private readonly waiters = new FairQueue<Waiter>();
  private inFlight = 0;
  private leases = 0;

  constructor(
    accounts: readonly Account[],
    private readonly options: PoolOptions,
    private readonly onCondition: ConditionListener = () => undefined,
  ) {
    this.members = new Map(accounts.map((account) => [account.email, new PoolMember(account)]));
  }

  /**
   * A place on the account that suits best, now or as soon as there is one.
   *
   * @throws GatewayError when no account can serve, or too many wait already
   * @throws the signal's reason when it is aborted first
   */
  async lease(request: LeaseRequest): Promise<Lease> {
    request.signal.throwIfAborted();
    const attempt = this.tryLease(request);
    return attempt.lease ?? this.wait(request, attempt.until);
  }

  /** Every account, in the order of the configuration. */
  list(): readonly PoolMember[] {
    return [...this.members.values()];
  }

  /**
   * How many accounts can make images, now or within minutes: a rate limit is no reason to send
   * requests elsewhere, the answer to them says when to come back.
   */
  usableAccounts(): number {
    const now = Date.now();
    return this.list().filter((member) =>
      ['ready', 'cooling'].includes(member.conditionOfAccount(now).state),
    ).length;
  }

  /**
   * Takes an account back in, whatever it was out for.
   *
   * @returns the account; undefined when there is none of that name
   */
  enable(email: string): PoolMember | undefined {
    const member = this.members.get(email);
    if (member !== undefined) {
      member.forgive();
      this.serveWaiters();
    }
    return member;
  }

  /**
   * Puts other accounts in force. Those that stay keep what is known of them, unless their
   * credential is new; those that are gone finish what they hold.
   */
  reload(accounts: readonly Account[]): void {
    this.members = new Map(
      accounts.map((account) => {
        const member = this.members.get(account.email) ?? new PoolMember(account);
        member.reconfigure(account);
        return [account.email, member];
      }),
    );
    this.serveWaiters();
  }

  /**
   * Why no account could take this image now; undefined when one could, at once or after a wait.
   *
   * @throws GatewayError when the pinned account does not exist
   */
  refusal(request: LeaseRequest): GatewayFault | undefined {
    const choice = choose(this.candidatesFor(request), this.questionOf(request));
    return choice.kind === 'refuse' ? choice.fault : undefined;
  }

  private tryLease(request: LeaseRequest): Attempt {
    if (this.inFlight >= this.options.maxInflightImages) {
      return { lease: undefined, until: undefined };
    }
    const question = this.questionOf(request);
    const choice = choose(this.candidatesFor(request), question);
    switch (choice.kind) {
      case 'lease':
        if (choice.isProbe) {
          choice.candidate.health = probing(choice.candidate.health, question.now);
        }
        return { lease: this.take(choice.candidate, request.model, choice.isProbe) };
      case 'wait':
        return { lease: undefined, until: choice.until };
      case 'refuse':
        throw new GatewayError(choice.fault);
    }
  }

  private candidatesFor({ pinnedEmail }: LeaseRequest): Iterable<PoolMember> {
    if (pinnedEmail === undefined) {
      return this.members.values();
    }
    const pinned = this.members.get(pinnedEmail);
    if (pinned === undefined) {
      throw new GatewayError({
        kind: 'invalid_request',
        message: `The account '${pinnedEmail}' named in X-Account-Email does not exist.`,
        param: 'X-Account-Email',
        code: 'invalid_value',
      });
    }
    return [pinned];
  }

  private questionOf({ model, stickyKey, tried, deadlineAt }: LeaseRequest): Question {
    const { scheduling } = this.options;
    return { model, scheduling, stickyKey, tried, deadlineAt, now: Date.now() };
  }

  private take(member: PoolMember, model: string, isProbe: boolean): Lease {
    this.leases += 1;
    this.inFlight += 1;
    member.inFlight += 1;
    member.lastUsed = this.leases;
    member.counters.requests += 1;
    const { generation } = member;
    const call: Call = { model, isProbe, startedAt: Date.now() };
    let ended = false;
    return {
      account: member.account,
      end: (outcome) => {
        if (ended) {
          return;
        }
        ended = true;
        this.inFlight -= 1;
        member.inFlight -= 1;
        try {
          if (member.generation === generation) {
            this.learn(member, call, outcome);
          }
        } finally {
          this.serveWaiters();
        }
      },
    };
  }

  private learn(member: PoolMember, call: Call, outcome: LeaseOutcome): void {
    switch (outcome.kind) {
      case 'image':
        member.counters.images += 1;
        member.health = afterSuccess(
          call.isProbe ? afterProbe(member.health) : member.health,
          call.model,
        );
        return;
      case 'failure':
        member.counters.failures += 1;
        for (const affected of this.affectedBy(outcome.failure, member)) {
          this.hold(affected, outcome.failure, call);
        }
        return;
      case 'abandoned':
    }
  }

  private affectedBy(failure: GeminiFailure, member: PoolMember): readonly PoolMember[] {
    const { project, provider } = member.account;
    switch (reachOf(failure)) {
      case 'project':
        return project === undefined
          ? [member]
          : [
              member,
              ...this.list().filter(
                // The Developer API and Vertex AI keep separate quotas for one project.
                (other) =>
                  other !== member &&
                  other.account.project === project &&
                  other.account.provider === provider,
              ),
            ];
      case 'account':
        return [member];
      case 'nobody':
        return [];
    }
  }

  /** Holds a failure against an account, and tells of it where the account is out of use for it. */
  private hold(member: PoolMember, failure: GeminiFailure, call: Call): void {
    const now = Date.now();
    const accountBefore = member.conditionOfAccount(now);
    const modelBefore = member.conditionFor(call.model, now);
    member.health = afterFailure(member.health, failure, { ...call, now, random: Math.random() });
    const account = member.conditionOfAccount(now);
    const model = member.conditionFor(call.model, now);
    if (account.state !== accountBefore.state) {
      this.onCondition(member.account.email, undefined, account);
    } else if (model.state !== modelBefore.state) {
      this.onCondition(member.account.email, call.model, model);
    }
  }

  private wait(request: LeaseRequest, until: number | undefined): Promise<Lease> {
    if (this.waiters.size >= this.options.maxWaitingImages) {
      throw new GatewayError({
        kind: 'overloaded',
        retryAfterSeconds: retryAfterSeconds(FULL_RETRY_MS),
      });
    }
    return new Promise((resolve, reject) => {
      const { signal } = request;
      const finish = (): void => {
        clearTimeout(waiter.timer);
        this.waiters.remove(signal, waiter);
        signal.removeEventListener('abort', onAbort);
      };
      const onAbort = (): void => {
        finish();
        reject(signal.reason as Error);
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
      signal.addEventListener('abort', onAbort, { once: true });
      this.waiters.add(signal, waiter);
      this.wakeAt(waiter, until);
    });
  }

  /** Offers what has come free to those who wait, each party in its turn. */
  private serveWaiters(): void {
    for (const waiter of this.waiters.inTurn()) {
      if (this.inFlight >= this.options.maxInflightImages) {
        return;
      }
      this.serve(waiter);
    }
  }

  private serve(waiter: Waiter): void {
    try {
      const attempt = this.tryLease(waiter.request);
      if (attempt.lease === undefined) {
        this.wakeAt(waiter, attempt.until);
      } else {
        this.waiters.served(waiter.request.signal);
        waiter.resolve(attempt.lease);
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
