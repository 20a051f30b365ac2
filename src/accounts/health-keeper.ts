import type { GeminiFailure } from '../gemini/gemini-failure';
import {
  afterFailure,
  afterProbe,
  afterSuccess,
  disabledByOperator,
  resetHealth,
  type Condition,
  type FailureContext,
} from './account-health';
import { reachOf } from './failure-reach';
import type { LeaseOutcome } from './lease';
import type { PoolMember } from './pool-member';
import type { HealthTransition } from './redis/shared-health';
import type { SharedPool } from './redis/shared-pool';

/**
 * Accounts, or one model on them, went out of use because of one failure or an operator, or an
 * operator enabled one.
 */
export interface ConditionChange {
  /** The account concerned; if it was already out of use, another one of its project. */
  readonly email: string;
  /** The project of the accounts, where the failure applies to all of them. */
  readonly project: string | undefined;
  /** How many accounts went out of use. */
  readonly accounts: number;
  /** The only model that is out of use; undefined if all are. */
  readonly model: string | undefined;
  /**
   * The condition of the account in `email`. Others of its project may return up to a fifth later.
   */
  readonly condition: Condition;
  /** Whether every account is now disabled. */
  readonly isLast: boolean;
  /**
   * Whether every account is now disabled or out of quota, for the model if it is about one; those
   * that are cooling down will be usable soon.
   */
  readonly isLastUsable: boolean;
}

/** Called, for the log, whenever something goes out of use or is enabled again. */
export type ConditionListener = (change: ConditionChange) => void;

/** How many accounts changed in the same way as the first one. */
interface Tally {
  readonly first: Omit<ConditionChange, 'accounts' | 'isLast' | 'isLastUsable'>;
  accounts: number;
}

/** The call that a lease was taken for. */
export interface Call {
  readonly model: string;
  readonly isProbe: boolean;
  /** Epoch milliseconds. */
  readonly startedAt: number;
}

/** Updates the health of accounts by the outcome of their calls, and reports what goes out of use. */
export class HealthKeeper {
  /** @param members gives all current accounts */
  constructor(
    private readonly members: () => readonly PoolMember[],
    private readonly onCondition: ConditionListener,
    private readonly shared: SharedPool | undefined,
  ) {}

  record(member: PoolMember, call: Call, outcome: LeaseOutcome): void {
    switch (outcome.kind) {
      case 'image':
        member.counters.images += 1;
        this.change(member, (health) =>
          afterSuccess(call.isProbe ? afterProbe(health, call.model) : health, call.model),
        );
        return;
      case 'free_call':
        this.change(member, (health) => afterSuccess(health, call.model));
        return;
      case 'failure':
        member.counters.failures += 1;
        this.applyFailureToAll(this.affectedBy(outcome.failure, member), outcome.failure, call);
        return;
      case 'abandoned':
      case 'unused':
    }
  }

  /** Applies a failure that was not found by a call for an image. */
  apply(member: PoolMember, failure: GeminiFailure): void {
    this.applyFailureToAll(this.affectedBy(failure, member), failure, {
      model: '',
      startedAt: Date.now(),
    });
  }

  /** Takes the account out of use until its health is reset. */
  disable(member: PoolMember): void {
    const { health } = member;
    this.change(member, disabledByOperator);
    if (member.health !== health) {
      this.reportOperatorChange(member);
    }
  }

  /** Clears every reason for which the account is out of use. */
  reset(member: PoolMember): void {
    this.change(member, resetHealth);
    this.reportOperatorChange(member);
  }

  private reportOperatorChange(member: PoolMember): void {
    const now = Date.now();
    const { email, project } = member.account;
    const condition = member.conditionOfAccount(now);
    const change = { email, project, accounts: 1, model: undefined, condition };
    this.onCondition({ ...change, ...this.remaining(change, now) });
  }

  /**
   * What is left of the pool. Computed only if an account goes out of use for longer, since there
   * may be thousands.
   */
  private remaining(
    { condition, model }: Pick<ConditionChange, 'condition' | 'model'>,
    now: number,
  ): Pick<ConditionChange, 'isLast' | 'isLastUsable'> {
    const { state } = condition;
    const stateOf = (one: PoolMember): Condition['state'] =>
      (model === undefined ? one.conditionOfAccount(now) : one.conditionFor(model, now)).state;
    // An account that may not serve the model is no help.
    const areAll = (...states: readonly Condition['state'][]): boolean =>
      this.members().every(
        (one) =>
          states.includes(stateOf(one)) ||
          (model !== undefined && one.rules.models?.includes(model) === false),
      );
    return {
      isLast: model === undefined && state === 'disabled' && areAll('disabled'),
      isLastUsable:
        (state === 'disabled' || state === 'exhausted') && areAll('disabled', 'exhausted'),
    };
  }

  private affectedBy(failure: GeminiFailure, member: PoolMember): readonly PoolMember[] {
    const { project, provider } = member.account;
    switch (reachOf(failure)) {
      case 'project':
        return project === undefined
          ? [member]
          : [
              member,
              ...this.members().filter(
                // The Developer API and Vertex AI keep separate quotas for one project.
                (other) =>
                  other !== member &&
                  other.account.project === project &&
                  other.account.provider === provider,
              ),
            ];
      case 'account':
        return [member];
      case 'none':
        return [];
    }
  }

  /** A project may have thousands of accounts; one log line covers them all. */
  private applyFailureToAll(
    members: readonly PoolMember[],
    failure: GeminiFailure,
    { model, startedAt }: Pick<Call, 'model' | 'startedAt'>,
  ): void {
    const now = Date.now();
    const tallies = new Map<Condition['state'], Tally>();
    for (const member of members) {
      const call = { model, startedAt, now, random: Math.random() };
      const worse = this.applyFailure(member, failure, call);
      const tally = worse && tallies.get(worse.condition.state);
      if (tally !== undefined) {
        tally.accounts += 1;
      } else if (worse !== undefined) {
        const { email, project } = member.account;
        tallies.set(worse.condition.state, { first: { ...worse, email, project }, accounts: 1 });
      }
    }
    for (const { first, accounts } of tallies.values()) {
      this.onCondition({ ...first, accounts, ...this.remaining(first, now) });
    }
  }

  /** Applies a failure to one account; returns what it newly puts out of use. */
  private applyFailure(
    member: PoolMember,
    failure: GeminiFailure,
    call: FailureContext,
  ): Pick<ConditionChange, 'model' | 'condition'> | undefined {
    const { model, now } = call;
    const accountBefore = member.conditionOfAccount(now).state;
    const modelBefore = member.conditionFor(model, now).state;
    this.change(member, (health) => afterFailure(health, failure, call));
    const ofAccount = member.conditionOfAccount(now);
    if (ofAccount.state !== accountBefore) {
      return { model: undefined, condition: ofAccount };
    }
    const ofModel = member.conditionFor(model, now);
    return ofModel.state === modelBefore ? undefined : { model, condition: ofModel };
  }

  private change(member: PoolMember, transition: HealthTransition): void {
    const before = member.health;
    member.health = transition(before);
    if (member.health !== before) {
      this.shared?.changed(member, transition);
    }
  }
}
