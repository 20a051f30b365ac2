import { items, member, parseJson } from '../json/unknown-json';
import { HEALTHY, type AccountHealth, type Cause, type Condition } from './account-health';

const CAUSES: ReadonlySet<string> = new Set<Cause>([
  'rate_limit',
  'quota',
  'fault',
  'account_unusable',
  'model_missing',
]);

/**
 * An account's health as a line of JSON, for other replicas to read. The epoch is written under its
 * former name, `chances`, because replicas of older versions read the same records.
 */
export function writeHealth({ epoch, models, faults, ...health }: AccountHealth): string {
  return JSON.stringify({
    chances: epoch,
    ...health,
    models: [...models],
    faults: [...faults],
  });
}

/**
 * The health in a record. Another version may share the store, and a record that this version would
 * not write reads as healthy: an account wrongly taken for healthy fails at its first call, while one
 * wrongly taken for broken would never be tried.
 */
export function readHealth(record: string): AccountHealth {
  const value = parseJson(record);
  const condition = readCondition(member(value, 'condition'));
  const epoch = member(value, 'chances');
  const bareRateLimits = member(value, 'bareRateLimits');
  if (condition === undefined || !isCount(epoch) || !isCount(bareRateLimits)) {
    return HEALTHY;
  }
  return {
    epoch,
    condition,
    bareRateLimits,
    models: readMap(member(value, 'models'), readCondition),
    faults: readMap(member(value, 'faults'), readFault),
  };
}

function readCondition(value: unknown): Condition | undefined {
  const state = member(value, 'state');
  if (state === 'ready') {
    return { state };
  }
  const cause = member(value, 'cause');
  const reason = member(value, 'reason');
  const until = member(value, 'until');
  const probeAt = member(value, 'probeAt');
  if (!isCause(cause) || typeof reason !== 'string') {
    return undefined;
  }
  if (state === 'disabled') {
    return { state, cause, reason };
  }
  if (state === 'cooling' && isCount(until)) {
    return { state, cause, reason, until };
  }
  return state === 'exhausted' && isCount(until) && isCount(probeAt)
    ? { state, cause, reason, until, probeAt }
    : undefined;
}

function readFault(value: unknown): { readonly count: number; readonly at: number } | undefined {
  const count = member(value, 'count');
  const at = member(value, 'at');
  return isCount(count) && isCount(at) ? { count, at } : undefined;
}

function readMap<V>(
  value: unknown,
  read: (value: unknown) => V | undefined,
): ReadonlyMap<string, V> {
  const map = new Map<string, V>();
  for (const entry of items(value)) {
    const key = member(entry, 0);
    const content = read(member(entry, 1));
    if (typeof key === 'string' && content !== undefined) {
      map.set(key, content);
    }
  }
  return map;
}

function isCause(value: unknown): value is Cause {
  return typeof value === 'string' && CAUSES.has(value);
}

/** Times have fractions if the hint had. */
function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
