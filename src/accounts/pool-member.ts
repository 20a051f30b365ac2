import type { Account } from './account';
import {
  conditionOf,
  HEALTHY,
  inForce,
  READY,
  type AccountHealth,
  type Condition,
} from './account-health';
import { hashOf, type Candidate } from './selection';

const NOT_ENABLED: Condition = {
  state: 'disabled',
  cause: 'account_unusable',
  reason: 'not enabled in the configuration',
};

/** What an account has done since the process started. */
export interface AccountCounters {
  /** Upstream calls. */
  requests: number;
  images: number;
  failures: number;
}

/** An account in the pool, with all that changes about it. */
export class PoolMember implements Candidate {
  health: AccountHealth = HEALTHY;
  inFlight = 0;
  lastUsed = 0;
  /** Raised whenever the account gets a new chance: what began before it tells nothing any more. */
  generation = 0;
  readonly counters: AccountCounters = { requests: 0, images: 0, failures: 0 };
  readonly hash: number;

  constructor(public account: Account) {
    this.hash = hashOf(account.email);
  }

  conditionFor(model: string, now: number): Condition {
    return this.account.enabled ? conditionOf(this.health, model, now) : NOT_ENABLED;
  }

  /** The condition of the account as a whole, whatever holds for single models. */
  conditionOfAccount(now: number): Condition {
    return this.account.enabled ? inForce(this.health.condition, now) : NOT_ENABLED;
  }

  /** The models that are out of use on this account, each with its condition. */
  modelConditions(now: number): readonly (readonly [string, Condition])[] {
    return [...this.health.models.keys()]
      .map((model) => [model, inForce(this.health.models.get(model) ?? READY, now)] as const)
      .filter(([, condition]) => condition.state !== 'ready');
  }

  /** Forgets all that the account is out of use for. */
  forgive(): void {
    this.health = HEALTHY;
    this.generation += 1;
  }

  /**
   * Takes over what the configuration now says. A new credential is a new chance, whatever the old
   * one did; new limits are not.
   */
  reconfigure(account: Account): void {
    if (credentialOf(account) !== credentialOf(this.account)) {
      this.forgive();
    }
    this.account = account;
  }
}

/** All of an account but its limits, as a text to compare. */
function credentialOf(account: Account): string {
  const limits = new Set(['maxConcurrency', 'priority', 'models', 'enabled']);
  return JSON.stringify(
    Object.entries(account)
      .filter(([name]) => !limits.has(name))
      .sort(),
  );
}
