import type { OnApplicationShutdown } from '@nestjs/common';
import { GatewayError, type GatewayFault } from '../errors/gateway-error';
import type { GeminiFailure } from '../gemini/gemini-failure';
import type { Account } from './account';
import { isDisabledByOperator, probing } from './account-health';
import { HealthKeeper, type Call, type ConditionListener } from './health-keeper';
import type { Lease, LeaseResult, LeaseOffer, LeaseOutcome, LeaseRequest } from './lease';
import type { PoolMember } from './pool-member';
import type { PendingLease, SharedPool } from './redis/shared-pool';
import type { SharingStatus } from './redis/redis-session';
import { requestedMembers } from './requested-members';
import { Roster } from './roster';
import type { Selection } from './selection';
import { selectionQuery, type SelectionOptions } from './selection-query';
import { WaitingLine } from './waiting-line';

export interface AccountPoolOptions extends SelectionOptions {
  /** Images being made at the same time, across all accounts. */
  readonly maxInflightImages: number;
  /** Images waiting for a slot, across all accounts. */
  readonly maxWaitingImages: number;
}

/**
 * The pool: leases accounts, never beyond an account's `maxConcurrency`, and records the outcome of
 * each lease. `selection.ts` decides which account is next, `account-health.ts` what a failure means,
 * and `redis/` shares both with other replicas. Only the bookkeeping is here.
 */
export class AccountPoolService implements OnApplicationShutdown {
  private readonly roster: Roster;
  private readonly line: WaitingLine;
  private readonly health: HealthKeeper;
  private inFlight = 0;
  private leases = 0;
  private readonly outcomes = new Map<string, number>();

  constructor(
    accounts: readonly Account[],
    private readonly options: AccountPoolOptions,
    onCondition: ConditionListener = () => undefined,
    /** The state that all replicas share; undefined without Redis. */
    private readonly shared?: SharedPool,
  ) {
    this.roster = new Roster(accounts);
    this.health = new HealthKeeper(() => this.list(), onCondition, this.shared);
    this.line = new WaitingLine(
      (request) => this.offer(request),
      options.maxWaitingImages,
      this.shared,
    );
  }

  /** Joins the other replicas. Resolves once joined, or once joining is known to take longer. */
  async join(): Promise<void> {
    await this.shared?.join({
      find: (email) => this.roster.find(email),
      members: () => this.list(),
      onRemoteLease: (member, change) => {
        if (change > 0) {
          this.leases += 1;
          member.lastUsed = this.leases;
        } else {
          this.line.slotFreed();
        }
      },
      onChange: () => {
        this.line.serve();
      },
    });
  }

  /**
   * Leases the best account, at once or as soon as one is free.
   *
   * @throws GatewayError when no account can serve, or when too many requests are waiting
   * @throws the signal's reason when it is aborted first
   */
  async lease(request: LeaseRequest): Promise<Lease> {
    const { newCalls: signal } = request.context;
    for (;;) {
      // A request that was aborted while its lease was being confirmed must not start to wait.
      signal.throwIfAborted();
      const offer = this.offer(request);
      if (offer.lease === undefined) {
        return this.line.wait(request, offer.until);
      }
      const response = await offer.lease;
      if (signal.aborted) {
        response.lease?.end({ kind: 'unused' });
      } else if (response.lease !== undefined) {
        return response.lease;
      } else if (response.notBefore !== undefined) {
        return this.line.wait(request, response.notBefore, response.notBefore);
      }
    }
  }

  /** The state of the connection to the other replicas; undefined if nothing is shared. */
  get sharing(): SharingStatus | undefined {
    return this.shared?.status;
  }

  /** This process's images: in flight upstream, and waiting for a lease. */
  get load(): { readonly inFlight: number; readonly waiting: number } {
    return { inFlight: this.inFlight, waiting: this.line.length };
  }

  /** How many calls have ended since the start, by outcome: image, abandoned, or the kind of failure. */
  get endings(): ReadonlyMap<string, number> {
    return this.outcomes;
  }

  /** Called at shutdown, when every lease has ended. */
  async onApplicationShutdown(): Promise<void> {
    await this.shared?.close();
  }

  /** Every account, in the order of the configuration. */
  list(): readonly PoolMember[] {
    return this.roster.list();
  }

  /**
   * Makes an account usable again, whatever took it out of use, except `enabled: false` in the
   * configuration.
   *
   * @returns the account; undefined if there is none of that name
   */
  enable(email: string): PoolMember | undefined {
    const member = this.roster.get(email);
    if (member?.account.enabled === true) {
      this.health.reset(member);
      this.line.serve();
    }
    return member;
  }

  /**
   * Takes an account out of use until it is enabled again, even if its credential changes. Its
   * running calls finish.
   *
   * @returns the account; undefined if there is none of that name
   */
  disable(email: string): PoolMember | undefined {
    const member = this.roster.get(email);
    if (member !== undefined) {
      this.health.disable(member);
      this.line.serve();
    }
    return member;
  }

  /**
   * Whether this process must check the account's credential: only one of several replicas does.
   */
  async mayCheck(member: PoolMember): Promise<boolean> {
    return (await this.shared?.claimCheck(member)) ?? true;
  }

  /**
   * Applies a failed check: the account's health changes as after a call, but no call is counted.
   */
  applyFailedCheck(member: PoolMember, failure: GeminiFailure): void {
    this.health.apply(member, failure);
    this.line.serve();
  }

  /**
   * Replaces the accounts. A remaining account keeps its health, unless its credential is new; a
   * removed account finishes its calls.
   */
  reload(accounts: readonly Account[]): void {
    const takenOut = this.list().filter(({ health }) => isDisabledByOperator(health));
    this.roster.reload(accounts);
    // A new credential resets the health, but does not undo an operator's decision.
    for (const member of takenOut) {
      if (this.roster.get(member.account.email) === member) {
        this.health.disable(member);
      }
    }
    this.shared?.reloaded();
    this.line.serve();
  }

  /**
   * Why no account can serve this image, now or after a wait; undefined if one can. Whether too many
   * requests are waiting is not considered.
   *
   * @throws GatewayError if none of the accounts that the request may use exists
   */
  refusal(request: LeaseRequest): GatewayFault | undefined {
    const choice = this.choose(request);
    return choice.kind === 'refuse' ? choice.fault : undefined;
  }

  /** Like `refusal`, but for an image that has no attempt left: it waits only for a free slot. */
  refusalNow(request: LeaseRequest): GatewayFault | undefined {
    const query = selectionQuery(request, this.options, Date.now());
    const only = requestedMembers(this.roster, request.context, query.reader);
    return this.roster.refusalNow(query, only);
  }

  /**
   * Offers an account that, as far as this process knows, has a free slot, and reserves the slot
   * for the caller.
   */
  private offer(request: LeaseRequest): LeaseOffer {
    if (this.inFlight >= this.options.maxInflightImages) {
      return { lease: undefined, until: undefined };
    }
    const choice = this.choose(request);
    switch (choice.kind) {
      case 'lease':
        return { lease: this.take(choice.candidate, request, choice.isProbe) };
      case 'wait':
        return { lease: undefined, until: choice.until };
      case 'refuse':
        throw new GatewayError(choice.fault);
    }
  }

  private choose(request: LeaseRequest): Selection<PoolMember> {
    const query = selectionQuery(request, this.options, Date.now());
    return this.roster.choose(query, requestedMembers(this.roster, request.context, query.reader));
  }

  private async take(
    member: PoolMember,
    { model, context }: LeaseRequest,
    isProbe: boolean,
  ): Promise<LeaseResult> {
    this.leases += 1;
    this.inFlight += 1;
    member.localInFlight += 1;
    member.lastUsed = this.leases;
    const pending: PendingLease = { member, model, request: context, isProbe };
    if (isProbe) {
      member.health = probing(member.health, model, Date.now());
    }
    const result = (await this.shared?.acquire(pending)) ?? { granted: true };
    if (!result.granted) {
      this.inFlight -= 1;
      member.localInFlight -= 1;
      // The slot that this lease frees may suit another request, but requests that were notified
      // earlier come first.
      setImmediate(() => {
        this.line.serve();
      });
      return { lease: undefined, notBefore: result.notBefore };
    }
    member.counters.requests += 1;
    return { lease: this.leaseOf(pending, { model, isProbe, startedAt: Date.now() }) };
  }

  private countEnding({ counters }: PoolMember, outcome: LeaseOutcome): void {
    if (outcome.kind === 'unused') {
      counters.requests -= 1;
      return;
    }
    const ending = outcome.kind === 'failure' ? outcome.failure.kind : outcome.kind;
    this.outcomes.set(ending, (this.outcomes.get(ending) ?? 0) + 1);
  }

  private leaseOf(pending: PendingLease, call: Call): Lease {
    const { member } = pending;
    const { healthEpoch } = member;
    let ended = false;
    let holdsSlot = true;
    const leaveSlot = (): void => {
      this.inFlight -= holdsSlot ? 1 : 0;
      holdsSlot = false;
    };
    return {
      account: member.account,
      stepAside: () => {
        leaveSlot();
        this.line.slotFreed();
      },
      end: (outcome) => {
        if (ended) {
          return;
        }
        ended = true;
        leaveSlot();
        member.localInFlight -= 1;
        this.countEnding(member, outcome);
        try {
          if (member.healthEpoch === healthEpoch) {
            this.health.record(member, call, outcome);
          }
        } finally {
          this.shared?.release(pending);
          this.line.slotFreed();
        }
      },
    };
  }
}
