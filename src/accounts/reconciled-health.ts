import { gravity, type AccountHealth, type Condition } from './account-health';

/**
 * Merges two views of one account that have diverged: the later epoch wins, otherwise the more
 * severe condition.
 */
export function reconciled(local: AccountHealth, remote: AccountHealth): AccountHealth {
  if (local === remote) {
    return remote;
  }
  if (local.epoch !== remote.epoch) {
    return local.epoch > remote.epoch ? local : remote;
  }
  return {
    epoch: local.epoch,
    condition: graver(local.condition, remote.condition),
    models: mergedMaps(local.models, remote.models, graver),
    bareRateLimits: Math.max(local.bareRateLimits, remote.bareRateLimits),
    faults: mergedMaps(local.faults, remote.faults, (one, other) =>
      one.count >= other.count ? one : other,
    ),
  };
}

function graver(one: Condition, other: Condition): Condition {
  return gravity(one) >= gravity(other) ? one : other;
}

function mergedMaps<V>(
  one: ReadonlyMap<string, V>,
  other: ReadonlyMap<string, V>,
  choose: (one: V, other: V) => V,
): ReadonlyMap<string, V> {
  const merged = new Map(one);
  for (const [key, value] of other) {
    const present = merged.get(key);
    merged.set(key, present === undefined ? value : choose(present, value));
  }
  return merged;
}
