import type { GeminiFailure } from '../gemini/gemini-failure';
import {
  afterFailure,
  afterProbe,
  afterSuccess,
  disabledByOperator,
  resetHealth,
  type Condition,
  type FailedCall,
} from './account-health';
import { reachOf } from './failure-reach';
import type { LeaseOutcome } from './lease';
import type { PoolMember } from './pool-member';
import type { HealthTransition } from './redis/shared-health';
import type { SharedPool } from './redis/shared-pool';

/** Something is out of use from now on, by one and the same failure. */
export interface ConditionChange {
  /** The account that failed; where it was out of use already, another of its project. */
  readonly email: string;
  /** What the accounts have in common where the failure holds for all of them. */
  readonly project: string | undefined;
  /** How many accounts it takes out of use. */
  readonly accounts: number;
  /** The only model that is out of use; undefined where all are. */
  readonly model: string | undefined;
  /** That of the account that is named. Others of its project may be back up to a fifth later. */
  readonly condition: Condition;
  /** Whether it leaves no account that is not disabled. */
  readonly isLast: boolean;
}

/** Told, for the log, of each change for the worse. */
export type ConditionListener = (change: ConditionChange) => void;

/** How many accounts fared as the first of them did. */
interface Tally {
  readonly first: Omit<ConditionChange, 'accounts' | 'isLast'>;
  accounts: number;
}

/** What a lease was taken for. */
export interface Call {
  readonly model: string;
  readonly isProbe: boolean;
  /** Epoch milliseconds. */
  readonly startedAt: number;
}

/** Holds against each account, or to its credit, what became of its calls, and tells of what that changes. */
export class HealthKeeper {
  /** @param members all accounts in force */
  constructor(
    private readonly members: () => readonly PoolMember[],
    private readonly onCondition: ConditionListener,
    private readonly shared: SharedPool | undefined,
  ) {}

  learn(member: PoolMember, call: Call, outcome: LeaseOutcome): void {
    switch (outcome.kind) {
      case 'image':
        member.counters.images += 1;
        this.change(member, (health) =>
          afterSuccess(call.isProbe ? afterProbe(health, call.model) : health, call.model),
        );
        return;
      case 'failure':
        member.counters.failures += 1;
        this.holdAgainstAll(this.affectedBy(outcome.failure, member), outcome.failure, call);
        return;
      case 'abandoned':
    }
  }

  /** Holds against the account what was found out about it without a call for an image. */
  hold(member: PoolMember, failure: GeminiFailure): void {
    this.holdAgainstAll(this.affectedBy(failure, member), failure, {
      model: '',
      startedAt: Date.now(),
    });
  }

  /** Takes the account out of use until its health is reset. */
  disable(member: PoolMember): void {
    this.change(member, disabledByOperator);
  }

  /** Forgets whatever the account is out of use for. */
  reset(member: PoolMember): void {
    this.change(member, resetHealth);
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
      case 'nobody':
        return [];
    }
  }

  /** One project may have thousands of accounts, and one line of the log says it of them all. */
  private holdAgainstAll(
    members: readonly PoolMember[],
    failure: GeminiFailure,
    { model, startedAt }: Pick<Call, 'model' | 'startedAt'>,
  ): void {
    const now = Date.now();
    const told = new Map<Condition['state'], Tally>();
    for (const member of members) {
      const call = { model, startedAt, now, random: Math.random() };
      const worse = this.holdAgainst(member, failure, call);
      const tally = worse && told.get(worse.condition.state);
      if (tally !== undefined) {
        tally.accounts += 1;
      } else if (worse !== undefined) {
        const { email, project } = member.account;
        told.set(worse.condition.state, { first: { ...worse, email, project }, accounts: 1 });
      }
    }
    for (const { first, accounts } of told.values()) {
      const isLast =
        first.condition.state === 'disabled' &&
        this.members().every((one) => one.conditionOfAccount(now).state === 'disabled');
      this.onCondition({ ...first, accounts, isLast });
    }
  }

  /** Holds a failure against an account; says what is out of use for it that was not before. */
  private holdAgainst(
    member: PoolMember,
    failure: GeminiFailure,
    call: FailedCall,
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
