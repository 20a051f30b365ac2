import leven from 'leven';
import type { ModelAllowance } from './model-allowance';
import { GEMINI_MODELS, listedModelIds } from './model-catalogue';

const MOST = 3;

/**
 * Image models that Google has shut down, under names that resemble no current one, and their
 * successors.
 */
const SUCCEEDED = /^(imagen|imagegeneration)\b/;

/** A shorter name is the prefix of too many. */
const MIN_START_LENGTH = 8;

/**
 * The ids in the catalogue that a client may have meant, nearest first; empty if none is near.
 *
 * @param id as the client wrote it, with or without a provider's prefix
 * @param models the only Google models that the client may use, by id
 */
export function nearestModels(id: string, { models }: ModelAllowance = {}): readonly string[] {
  const wanted = id.toLowerCase().replace(/^.*\//, '').slice(0, 100);
  if (SUCCEEDED.test(wanted)) {
    return (models ?? GEMINI_MODELS.map((model) => model.id)).slice(0, MOST);
  }
  return listedModelIds(models)
    .map(({ id: known }) => ({ id: known, distance: distanceOf(wanted, known) }))
    .filter(({ distance }) => distance <= Math.max(3, wanted.length / 3))
    .sort((one, other) => one.distance - other.distance)
    .slice(0, MOST)
    .map((listed) => listed.id);
}

/** A truncated name, or one with something appended, is near, however long the rest is. */
function distanceOf(wanted: string, known: string): number {
  const [shorter, longer] = wanted.length < known.length ? [wanted, known] : [known, wanted];
  return shorter.length >= MIN_START_LENGTH && longer.startsWith(shorter)
    ? 1
    : leven(wanted, known);
}
