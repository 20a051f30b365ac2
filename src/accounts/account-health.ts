import type { GeminiFailure } from '../gemini/gemini-failure';
import { nextMidnightPacific } from './pacific-midnight';

/** Why an account, or one model on it, is out of use; it decides which error the client gets. */
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
      /** From when on one call may probe it before `until`: quotas may be raised. */
      readonly probeAt: number;
      readonly cause: Cause;
      readonly reason: string;
    }
  | { readonly state: 'disabled'; readonly cause: Cause; readonly reason: string };

/** Everything the pool remembers about an account's calls. */
export interface AccountHealth {
  /** How often the health was reset; outcomes from an earlier epoch no longer count. */
  readonly epoch: number;
  readonly condition: Condition;
  /** Conditions of single models on this account; a model that is not listed is ready. */
  readonly models: ReadonlyMap<string, Condition>;
  /** Rate limits without a hint, in a row: each doubles the wait. */
  readonly bareRateLimits: number;
  /** Consecutive transient faults per model, and when the last occurred: several are a pattern. */
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

const MIN_COOLING_MS = 1000;
const MAX_COOLING_MS = 300_000;
const FIRST_BARE_COOLING_MS = 5000;
const MODEL_MISSING_MS = 10 * 60_000;
const PROBE_INTERVAL_MS = 10 * 60_000;
/** After this many consecutive faults the model cools down on that account. */
const FAULTS_BEFORE_COOLING = 3;
const FIRST_FAULT_COOLING_MS = 5000;

/** The failed call. Times are epoch milliseconds. */
export interface FailureContext {
  readonly model: string;
  readonly startedAt: number;
  readonly now: number;
  /** 0 to 1: jitter for waits that come without a hint. */
  readonly random: number;
}

/** The account's health after a failure. */
export function afterFailure(
  health: AccountHealth,
  failure: GeminiFailure,
  call: FailureContext,
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
    case 'stale_connection':
    case 'stale_token':
    case 'invalid_request':
    case 'request_too_large':
    case 'refused':
    case 'overloaded':
    case 'timeout':
    case 'no_image':
    case 'cut_short':
    case 'response_too_large':
      return health;
  }
}

/** The account's health after an image. A limit stays: the call may have begun before it. */
export function afterSuccess(health: AccountHealth, model: string): AccountHealth {
  const ofModel = health.models.get(model);
  const isCleared = ofModel !== undefined && !isLimit(ofModel);
  if (health.bareRateLimits === 0 && !health.faults.has(model) && !isCleared) {
    return health;
  }
  return {
    ...health,
    bareRateLimits: 0,
    faults: without(health.faults, model),
    models: isCleared ? without(health.models, model) : health.models,
  };
}

function isLimit(condition: Condition): boolean {
  return (
    condition.state !== 'ready' && (condition.cause === 'rate_limit' || condition.cause === 'quota')
  );
}

/** Clears every reason for which the account is out of use. */
export function resetHealth(health: AccountHealth): AccountHealth {
  return { ...HEALTHY, epoch: health.epoch + 1 };
}

/** Distinguished by its reason alone: replicas of older versions read the same records. */
export const BY_OPERATOR = 'disabled by an operator';

/** Takes the account out of use until an operator enables it again. */
export function disabledByOperator(health: AccountHealth): AccountHealth {
  const condition = { state: 'disabled', cause: 'account_unusable', reason: BY_OPERATOR } as const;
  return isDisabledByOperator(health) ? health : { ...health, condition };
}

export function isDisabledByOperator({ condition }: AccountHealth): boolean {
  return condition.state === 'disabled' && condition.reason === BY_OPERATOR;
}

/** A probe was sent: the next one may follow after the usual interval. */
export function probing(health: AccountHealth, model: string, now: number): AccountHealth {
  return withExhausted(health, model, (condition) => ({
    ...condition,
    probeAt: now + PROBE_INTERVAL_MS,
  }));
}

/** A probe made an image: the quota is back. */
export function afterProbe(health: AccountHealth, model: string): AccountHealth {
  return withExhausted(health, model, () => READY);
}

/** Replaces the condition of whatever is out of quota: the account, the model on it, or both. */
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

/** The condition of a model at a given time: the account's own first, without expired ones. */
export function conditionOf(health: AccountHealth, model: string, now: number): Condition {
  const account = inForce(health.condition, now);
  return account.state === 'ready' ? inForce(health.models.get(model) ?? READY, now) : account;
}

/** The condition itself, or ready once it has expired. */
export function inForce(condition: Condition, now: number): Condition {
  return 'until' in condition && condition.until <= now ? READY : condition;
}

function coolDown(
  health: AccountHealth,
  failure: GeminiFailure,
  call: FailureContext,
): AccountHealth {
  const { model, now, random } = call;
  const hintMs = failure.retryAfterMs;
  const present =
    failure.isOfModel === true ? conditionOf(health, model, now) : inForce(health.condition, now);
  if (hintMs === undefined && present.state !== 'ready') {
    // One limit that several concurrent calls hit must not double the wait several times.
    return health;
  }
  const waitMs =
    hintMs === undefined
      ? // With jitter, so that accounts do not all return at the same moment.
        FIRST_BARE_COOLING_MS * 2 ** Math.min(health.bareRateLimits, 10) * (1 + random / 5)
      : hintMs;
  const cooled = limited(health, failure, call, {
    state: 'cooling',
    until: now + Math.min(Math.max(waitMs, MIN_COOLING_MS), MAX_COOLING_MS),
    cause: 'rate_limit',
    reason: failure.reason,
  });
  return hintMs === undefined ? { ...cooled, bareRateLimits: health.bareRateLimits + 1 } : cooled;
}

/** A limit of one model leaves the account's other models in use. */
function limited(
  health: AccountHealth,
  failure: GeminiFailure,
  { model }: FailureContext,
  condition: Condition,
): AccountHealth {
  return failure.isOfModel === true
    ? withModel(health, model, condition)
    : worsen(health, condition);
}

/** Calls run concurrently, so a milder failure may come later. An operator's decision stays. */
function worsen(health: AccountHealth, condition: Condition): AccountHealth {
  return gravity(condition) >= gravity(health.condition) && !isDisabledByOperator(health)
    ? { ...health, condition }
    : health;
}

/** The longer out of use, the more severe. */
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
  { model, startedAt, now }: FailureContext,
): AccountHealth {
  const last = health.faults.get(model);
  if (last !== undefined && startedAt <= last.at) {
    // Concurrent calls fail together: they count as one fault, however many there are.
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
    until: now + Math.min(waitMs, MAX_COOLING_MS),
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
