import { gravity, type AccountHealth, type Condition } from './account-health';

/**
 * Merges two views of one account that have diverged: the later epoch wins, otherwise the more
 * severe condition.
 */
export function reconciled(mine: AccountHealth, theirs: AccountHealth): AccountHealth {
  if (mine === theirs) {
    return theirs;
  }
  if (mine.epoch !== theirs.epoch) {
    return mine.epoch > theirs.epoch ? mine : theirs;
  }
  return {
    epoch: mine.epoch,
    condition: graver(mine.condition, theirs.condition),
    models: mergedMaps(mine.models, theirs.models, graver),
    bareRateLimits: Math.max(mine.bareRateLimits, theirs.bareRateLimits),
    faults: mergedMaps(mine.faults, theirs.faults, (one, other) =>
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
