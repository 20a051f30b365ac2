import leven from 'leven';
import type { ModelAllowance } from './model-allowance';
import { GEMINI_MODELS, listedModelIds } from './model-catalogue';

const MOST = 3;

/** Image models of Google's that are shut down under names that resemble no other, and what took their place. */
const SUCCEEDED = /^(imagen|imagegeneration)\b/;

/** Shorter than this, a name is the start of too many. */
const SHORTEST_START = 8;

/**
 * The ids of the catalogue that a client may have meant, nearest first; none where nothing is near.
 *
 * @param id as the client wrote it, with or without a provider's prefix
 * @param models the only ones of Google's that the client may use, by their ids
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

/** A name that was cut off, or has something behind it, is near however long the rest is. */
function distanceOf(wanted: string, known: string): number {
  const [shorter, longer] = wanted.length < known.length ? [wanted, known] : [known, wanted];
  return shorter.length >= SHORTEST_START && longer.startsWith(shorter) ? 1 : leven(wanted, known);
}
