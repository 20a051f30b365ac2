import type { Model } from '../api/types';

export interface ResolutionTile {
  readonly size: string;
  /** Why it cannot be chosen; empty where it can. */
  readonly reason: string;
}

/** Each model shows these, so that nothing jumps when another one is chosen. */
const ALWAYS = ['1K', '2K', '4K'];
const ALL = ['512', ...ALWAYS];

/** Every resolution there is, with the reason where the model or the key does not have it. */
export function resolutionTiles(model: Model | undefined): readonly ResolutionTile[] {
  const { image_sizes: offered = [], withheld_image_sizes: withheld = [] } = model ?? {};
  return ALL.filter(
    (size) => ALWAYS.includes(size) || offered.includes(size) || withheld.includes(size),
  ).map((size) => ({
    size,
    reason: offered.includes(size) ? '' : reason(size, offered, withheld),
  }));
}

function reason(size: string, offered: readonly string[], withheld: readonly string[]): string {
  if (withheld.includes(size)) {
    const largest = offered.at(-1);
    return largest === undefined
      ? `Your key does not go up to ${size}`
      : `Your key goes up to ${largest}`;
  }
  return offered.length + withheld.length === 0
    ? 'This model has one size of its own'
    : `This model does not make ${size}`;
}
