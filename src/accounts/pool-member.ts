import { hash } from 'node:crypto';
import { accountRules, type Account, type AccountRules } from './account';
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

/** An account's counters since the process started. */
export interface AccountCounters {
  /** Upstream calls. */
  requests: number;
  images: number;
  failures: number;
}

/** An account in the pool, with its changing state. */
export class PoolMember implements Candidate {
  readonly counters: AccountCounters = { requests: 0, images: 0, failures: 0 };
  readonly hash: number;
  rules: AccountRules;

  private formerCredentials = 0;
  private fingerprint: string | undefined;
  private currentHealth = HEALTHY;
  private localCalls = 0;
  private remoteCalls = 0;
  private latestUse = 0;

  /** @param onChange called for every change that may affect the selection, except a new configuration */
  constructor(
    public account: Account,
    private readonly onChange: (member: PoolMember) => void = () => undefined,
  ) {
    this.rules = accountRules(account);
    this.hash = hashOf(account.email);
  }

  /** Identifies the account's credential without revealing it. */
  get credential(): string {
    // Computed on first use: hashing thousands of accounts at once takes long.
    this.fingerprint ??= fingerprintOf(this.account);
    return this.fingerprint;
  }

  /** The number of credentials that the account has had before this one. */
  get credentialNumber(): number {
    return this.formerCredentials;
  }

  get health(): AccountHealth {
    return this.currentHealth;
  }

  set health(health: AccountHealth) {
    if (health !== this.currentHealth) {
      this.currentHealth = health;
      this.onChange(this);
    }
  }

  /** Calls of this process in flight. */
  get localInFlight(): number {
    return this.localCalls;
  }

  set localInFlight(count: number) {
    this.localCalls = count;
    this.onChange(this);
  }

  /** Calls of other replicas in flight, if the pool is shared. */
  get remoteInFlight(): number {
    return this.remoteCalls;
  }

  set remoteInFlight(count: number) {
    if (count !== this.remoteCalls) {
      this.remoteCalls = count;
      this.onChange(this);
    }
  }

  get lastUsed(): number {
    return this.latestUse;
  }

  set lastUsed(lease: number) {
    this.latestUse = lease;
    this.onChange(this);
  }

  get inFlight(): number {
    return this.localCalls + this.remoteCalls;
  }

  /** Changes when the health is reset; outcomes of calls from an earlier epoch do not count. */
  get healthEpoch(): string {
    return `${this.formerCredentials} ${this.health.epoch}`;
  }

  conditionFor(model: string, now: number): Condition {
    return this.rules.enabled ? conditionOf(this.health, model, now) : NOT_ENABLED;
  }

  /** The condition of the account as a whole, regardless of single models. */
  conditionOfAccount(now: number): Condition {
    return this.rules.enabled ? inForce(this.health.condition, now) : NOT_ENABLED;
  }

  /** The models that are out of use on this account, each with its condition. */
  modelConditions(now: number): readonly (readonly [string, Condition])[] {
    return [...this.health.models.keys()]
      .map((model) => [model, inForce(this.health.models.get(model) ?? READY, now)] as const)
      .filter(([, condition]) => condition.state !== 'ready');
  }

  /** Applies a new configuration. A new credential resets the health; new limits do not. */
  reconfigure(account: Account): void {
    if (!areTheSameButForLimits(this.account, account)) {
      this.health = HEALTHY;
      this.formerCredentials += 1;
      this.fingerprint = undefined;
    }
    this.account = account;
    this.rules = accountRules(account);
  }
}

const LIMITS: ReadonlySet<string> = new Set(['maxConcurrency', 'priority', 'models', 'enabled']);

function areTheSameButForLimits(one: Account, other: Account): boolean {
  const before: Readonly<Record<string, unknown>> = { ...one };
  const after: Readonly<Record<string, unknown>> = { ...other };
  return Object.keys({ ...before, ...after }).every(
    (name) =>
      LIMITS.has(name) ||
      before[name] === after[name] ||
      JSON.stringify(before[name]) === JSON.stringify(after[name]),
  );
}

/**
 * A hash of everything in an account except its limits. 96 bits are enough to tell credentials
 * apart, and cannot be reversed.
 */
function fingerprintOf(account: Account): string {
  const identity = Object.entries(account)
    .filter(([name]) => !LIMITS.has(name))
    .sort();
  return hash('sha256', JSON.stringify(identity), 'base64url').slice(0, 16);
}
