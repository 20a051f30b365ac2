import type { GeminiFailure } from '../gemini/gemini-failure';
import {
  afterFailure,
  afterProbe,
  afterSuccess,
  givenNewChance,
  reachOf,
  type Condition,
} from './account-health';
import type { LeaseOutcome } from './lease';
import type { PoolMember } from './pool-member';
import type { HealthTransition } from './redis/shared-health';
import type { SharedPool } from './redis/shared-pool';

/** Told, for the log, when an account, or one model on it, is out of use from now on. */
export type ConditionListener = (
  email: string,
  model: string | undefined,
  condition: Condition,
) => void;

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
          afterSuccess(call.isProbe ? afterProbe(health) : health, call.model),
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

  /** Forgets whatever the account is out of use for. */
  giveNewChance(member: PoolMember): void {
    this.change(member, givenNewChance);
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

  /** Holds a failure against an account, and tells of it where the account is out of use for it. */
  private hold(member: PoolMember, failure: GeminiFailure, call: Call): void {
    const now = Date.now();
    const accountBefore = member.conditionOfAccount(now);
    const modelBefore = member.conditionFor(call.model, now);
    const failed = { ...call, now, random: Math.random() };
    this.change(member, (health) => afterFailure(health, failure, failed));
    const account = member.conditionOfAccount(now);
    const model = member.conditionFor(call.model, now);
    if (account.state !== accountBefore.state) {
      this.onCondition(member.account.email, undefined, account);
    } else if (model.state !== modelBefore.state) {
      this.onCondition(member.account.email, call.model, model);
    }
  }

  private change(member: PoolMember, transition: HealthTransition): void {
    const before = member.health;
    member.health = transition(before);
    if (member.health !== before) {
      this.shared?.changed(member, transition);
    }
  }
}
