import type { GeminiFailure } from '../gemini/gemini-failure';
import { nextMidnightPacific } from './pacific-midnight';

/** Why an account, or one model on it, is out of use; decides what a client is told. */
export type Cause = 'rate_limit' | 'quota' | 'fault' | 'account_unusable' | 'model_missing';

/** Times are epoch milliseconds. */
export type Condition =
  | { readonly state: 'ready' }
  | {
      readonly state: 'cooling';
      readonly until: number;
      readonly cause: Cause;
      readonly reason: string;
    }
  | {
      readonly state: 'exhausted';
      readonly until: number;
      /** From when on it may be asked, once, whether it still is: quotas get raised. */
      readonly probeAt: number;
      readonly cause: Cause;
      readonly reason: string;
    }
  | { readonly state: 'disabled'; readonly cause: Cause; readonly reason: string };

/** All that the pool remembers of an account's doings. */
export interface AccountHealth {
  /** How often the health was reset: what was known in an earlier epoch says nothing any more. */
  readonly epoch: number;
  readonly condition: Condition;
  /** Conditions of single models on this account; a model that is not listed is ready. */
  readonly models: ReadonlyMap<string, Condition>;
  /** Rate limits without a hint, in a row: each doubles the wait. */
  readonly bareRateLimits: number;
  /** Transient faults in a row, per model, and when the last was: one is chance, several a pattern. */
  readonly faults: ReadonlyMap<string, { readonly count: number; readonly at: number }>;
}

export const READY: Condition = { state: 'ready' };

export const HEALTHY: AccountHealth = {
  epoch: 0,
  condition: READY,
  models: new Map(),
  bareRateLimits: 0,
  faults: new Map(),
};

const SHORTEST_COOLING_MS = 1000;
const LONGEST_COOLING_MS = 300_000;
const FIRST_BARE_COOLING_MS = 5000;
const MODEL_MISSING_MS = 10 * 60_000;
const PROBE_INTERVAL_MS = 10 * 60_000;
/** From the third fault in a row on, the model rests on that account. */
const FAULTS_BEFORE_COOLING = 3;
const FIRST_FAULT_COOLING_MS = 5000;

/** The call that failed. Times are epoch milliseconds. */
export interface FailedCall {
  readonly model: string;
  readonly startedAt: number;
  readonly now: number;
  /** From 0 to 1: spreads the ends of waits that have no hint. */
  readonly random: number;
}

/** What a failure makes of an account. */
export function afterFailure(
  health: AccountHealth,
  failure: GeminiFailure,
  call: FailedCall,
): AccountHealth {
  const { model, now } = call;
  const { kind, reason } = failure;
  switch (kind) {
    case 'rate_limit':
      return coolDown(health, failure, call);
    case 'quota':
      return limited(health, failure, call, {
        state: 'exhausted',
        until:
          failure.retryAfterMs === undefined
            ? nextMidnightPacific(now)
            : now + failure.retryAfterMs,
        probeAt: now + PROBE_INTERVAL_MS,
        cause: 'quota',
        reason,
      });
    case 'account_unusable':
      return worsen(health, { state: 'disabled', cause: 'account_unusable', reason });
    case 'model_forbidden':
      return withModel(health, model, { state: 'disabled', cause: 'model_missing', reason });
    case 'model_missing':
      return withModel(health, model, {
        state: 'cooling',
        until: now + MODEL_MISSING_MS,
        cause: 'model_missing',
        reason,
      });
    case 'transient':
    case 'unreachable':
    case 'upstream_deadline':
      return countFault(health, failure, call);
    case 'invalid_request':
    case 'request_too_large':
    case 'refused':
    case 'overloaded':
    case 'timeout':
    case 'no_image':
    case 'cut_short':
    case 'answer_too_large':
      return health;
  }
}

/**
 * An image was made: the account works, and so does the model on it. A limit stays, for the call may
 * have begun before it.
 */
export function afterSuccess(health: AccountHealth, model: string): AccountHealth {
  const ofModel = health.models.get(model);
  const isMended = ofModel !== undefined && !isLimit(ofModel);
  if (health.bareRateLimits === 0 && !health.faults.has(model) && !isMended) {
    return health;
  }
  return {
    ...health,
    bareRateLimits: 0,
    faults: without(health.faults, model),
    models: isMended ? without(health.models, model) : health.models,
  };
}

function isLimit(condition: Condition): boolean {
  return (
    condition.state !== 'ready' && (condition.cause === 'rate_limit' || condition.cause === 'quota')
  );
}

/** Forgets everything that the account was out of use for. */
export function resetHealth(health: AccountHealth): AccountHealth {
  return { ...HEALTHY, epoch: health.epoch + 1 };
}

/** Replicas of older versions read the same records, so it is told from other causes by its reason alone. */
const BY_OPERATOR = 'disabled by an operator';

/** An operator takes the account out, until one takes it back in. */
export function disabledByOperator(health: AccountHealth): AccountHealth {
  return isDisabledByOperator(health)
    ? health
    : {
        ...health,
        condition: { state: 'disabled', cause: 'account_unusable', reason: BY_OPERATOR },
      };
}

export function isDisabledByOperator({ condition }: AccountHealth): boolean {
  return condition.state === 'disabled' && condition.reason === BY_OPERATOR;
}

/** A probe is on its way: the next one may follow after the usual time. */
export function probing(health: AccountHealth, model: string, now: number): AccountHealth {
  return withExhausted(health, model, (condition) => ({
    ...condition,
    probeAt: now + PROBE_INTERVAL_MS,
  }));
}

/** A probe has made an image: there is quota again. */
export function afterProbe(health: AccountHealth, model: string): AccountHealth {
  return withExhausted(health, model, () => READY);
}

/** Puts another condition where the account, the model on it, or both are out of quota. */
function withExhausted(
  health: AccountHealth,
  model: string,
  insteadOf: (condition: Extract<Condition, { state: 'exhausted' }>) => Condition,
): AccountHealth {
  const { condition, models } = health;
  const ofModel = models.get(model);
  if (condition.state !== 'exhausted' && ofModel?.state !== 'exhausted') {
    return health;
  }
  return {
    ...health,
    condition: condition.state === 'exhausted' ? insteadOf(condition) : condition,
    models:
      ofModel?.state === 'exhausted' ? new Map(models).set(model, insteadOf(ofModel)) : models,
  };
}

/** The condition in force for a model at a time: the account's own first, ended ones no longer. */
export function conditionOf(health: AccountHealth, model: string, now: number): Condition {
  const account = inForce(health.condition, now);
  return account.state === 'ready' ? inForce(health.models.get(model) ?? READY, now) : account;
}

/** The condition itself, or ready where its time is over. */
export function inForce(condition: Condition, now: number): Condition {
  return 'until' in condition && condition.until <= now ? READY : condition;
}

function coolDown(health: AccountHealth, failure: GeminiFailure, call: FailedCall): AccountHealth {
  const { model, now, random } = call;
  const hintMs = failure.retryAfterMs;
  const present =
    failure.isOfModel === true ? conditionOf(health, model, now) : inForce(health.condition, now);
  if (hintMs === undefined && present.state !== 'ready') {
    // Told to several calls at once, one limit must not double the wait several times.
    return health;
  }
  const waitMs =
    hintMs === undefined
      ? // A little longer than the round figure, so that accounts do not all come back at once.
        FIRST_BARE_COOLING_MS * 2 ** Math.min(health.bareRateLimits, 10) * (1 + random / 5)
      : hintMs;
  const cooled = limited(health, failure, call, {
    state: 'cooling',
    until: now + Math.min(Math.max(waitMs, SHORTEST_COOLING_MS), LONGEST_COOLING_MS),
    cause: 'rate_limit',
    reason: failure.reason,
  });
  return hintMs === undefined ? { ...cooled, bareRateLimits: health.bareRateLimits + 1 } : cooled;
}

/** A limit of the model's leaves the account's other models in use. */
function limited(
  health: AccountHealth,
  failure: GeminiFailure,
  { model }: FailedCall,
  condition: Condition,
): AccountHealth {
  return failure.isOfModel === true
    ? withModel(health, model, condition)
    : worsen(health, condition);
}

/**
 * Calls run side by side, so a mild answer may come in after a grave one: the graver one stays, and what an operator
 * has said stays whatever comes in.
 */
function worsen(health: AccountHealth, condition: Condition): AccountHealth {
  return gravity(condition) >= gravity(health.condition) && !isDisabledByOperator(health)
    ? { ...health, condition }
    : health;
}

/** The longer out of use, the graver. */
export function gravity(condition: Condition): number {
  switch (condition.state) {
    case 'ready':
      return 0;
    case 'cooling':
    case 'exhausted':
      return condition.until;
    case 'disabled':
      return Number.POSITIVE_INFINITY;
  }
}

function countFault(
  health: AccountHealth,
  failure: GeminiFailure,
  { model, startedAt, now }: FailedCall,
): AccountHealth {
  const last = health.faults.get(model);
  if (last !== undefined && startedAt <= last.at) {
    // Calls that ran side by side fail side by side: that is one fault, however many they are.
    return health;
  }
  const count = (last?.count ?? 0) + 1;
  const counted = { ...health, faults: new Map(health.faults).set(model, { count, at: now }) };
  if (count < FAULTS_BEFORE_COOLING) {
    return counted;
  }
  const waitMs = FIRST_FAULT_COOLING_MS * 2 ** Math.min(count - FAULTS_BEFORE_COOLING, 10);
  return withModel(counted, model, {
    state: 'cooling',
    until: now + Math.min(waitMs, LONGEST_COOLING_MS),
    cause: 'fault',
    reason: failure.reason,
  });
}

function withModel(health: AccountHealth, model: string, condition: Condition): AccountHealth {
  if (gravity(condition) < gravity(health.models.get(model) ?? READY)) {
    return health;
  }
  return { ...health, models: new Map(health.models).set(model, condition) };
}

function without<V>(map: ReadonlyMap<string, V>, key: string): ReadonlyMap<string, V> {
  const copy = new Map(map);
  copy.delete(key);
  return copy;
}
