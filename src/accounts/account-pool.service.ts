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
import type { Lease, LeaseAttempt, LeaseOutcome, LeaseRequest } from './lease';
import { PoolMember } from './pool-member';
import { choose, refusalNow, type Question, type Scheduling } from './selection';
import { WaitingLine } from './waiting-line';

export interface PoolOptions {
  readonly scheduling: Scheduling;
  /** Images being made at the same time, over all accounts. */
  readonly maxInflightImages: number;
  /** Images waiting for a place, over all accounts. */
  readonly maxWaitingImages: number;
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

/**
 * The pool: hands out places on accounts, never more than an account has, and remembers how each
 * fared. Who is next is decided in `selection.ts`, what a failure means in `account-health.ts`;
 * here is only the bookkeeping.
 */
export class AccountPoolService {
  private members: ReadonlyMap<string, PoolMember>;
  /** Those no longer configured that still have calls at work; they count should they come back. */
  private leaving: ReadonlyMap<string, PoolMember> = new Map();
  private readonly line: WaitingLine;
  private inFlight = 0;
  private leases = 0;

  constructor(
    accounts: readonly Account[],
    private readonly options: PoolOptions,
    private readonly onCondition: ConditionListener = () => undefined,
  ) {
    this.members = new Map(accounts.map((account) => [account.email, new PoolMember(account)]));
    this.line = new WaitingLine((request) => this.tryLease(request), options.maxWaitingImages);
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
    return attempt.lease ?? this.line.wait(request, attempt.until);
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
   * Takes an account back in, whatever it was out for, but the configuration itself.
   *
   * @returns the account; undefined when there is none of that name
   */
  enable(email: string): PoolMember | undefined {
    const member = this.members.get(email);
    if (member?.account.enabled === true) {
      member.forgive();
      this.line.serve();
    }
    return member;
  }

  /**
   * Puts other accounts in force. Those that stay keep what is known of them, unless their
   * credential is new; those that are gone finish what they hold.
   */
  reload(accounts: readonly Account[]): void {
    const known = new Map([...this.leaving, ...this.members]);
    this.members = new Map(
      accounts.map((account) => {
        const member = known.get(account.email) ?? new PoolMember(account);
        member.reconfigure(account);
        return [account.email, member];
      }),
    );
    this.leaving = new Map(
      [...known].filter(([email, { inFlight }]) => inFlight > 0 && !this.members.has(email)),
    );
    this.line.serve();
  }

  /**
   * Why no account could take this image now; undefined when one could, at once or once it has a place.
   *
   * @throws GatewayError when the pinned account does not exist
   */
  refusal(request: LeaseRequest): GatewayFault | undefined {
    return refusalNow(this.candidatesFor(request), this.questionOf(request));
  }

  private tryLease(request: LeaseRequest): LeaseAttempt {
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
          this.line.serve();
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
}
