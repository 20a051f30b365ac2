import leven from 'leven';
import type { ModelAllowance } from './model-allowance';
import { GEMINI_MODELS, listedModelIds } from './model-catalogue';

const MOST = 3;

/**
 * Image models that Google has shut down, under names that resemble no current one, and their
 * successors.
 */
const SUCCEEDED = /^(imagen|imagegeneration)(?![a-z])/;

/** A shorter name is part of too many. */
const MIN_PART_LENGTH = 8;

/** The names that people know Google's models by, written as ids: `nano-banana-pro`. */
const NICKNAMES: ReadonlyMap<string, string> = new Map(
  GEMINI_MODELS.map(({ id, displayName }) => [id, asId(displayName)]),
);

/**
 * The ids in the catalogue that a client may have meant, nearest first; empty if none is near.
 *
 * @param id as the client wrote it, with or without a provider's prefix
 * @param models the only Google models that the client may use, by id
 */
export function nearestModels(id: string, { models }: ModelAllowance = {}): readonly string[] {
  const wanted = asId(id.replace(/^.*\//, '').slice(0, 100));
  if (SUCCEEDED.test(wanted)) {
    return (models ?? GEMINI_MODELS.map((model) => model.id)).slice(0, MOST);
  }
  return listedModelIds(models)
    .map(({ id: known }) => ({
      id: known,
      distance: Math.min(
        distanceOf(wanted, known),
        distanceOf(wanted, NICKNAMES.get(known) ?? known),
      ),
    }))
    .filter(({ distance }) => distance <= Math.max(3, wanted.length / 3))
    .sort((one, other) => one.distance - other.distance)
    .slice(0, MOST)
    .map((listed) => listed.id);
}

/** A truncated name, or one with something added, is near, however long the rest is. */
function distanceOf(wanted: string, known: string): number {
  if (wanted === known) {
    return 0;
  }
  const [shorter, longer] = wanted.length < known.length ? [wanted, known] : [known, wanted];
  return shorter.length >= MIN_PART_LENGTH && longer.includes(shorter) ? 1 : leven(wanted, known);
}

function asId(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_]+/g, '-');
}
