import type { Choice } from './choice';
import type { ImageComplexity } from './image-request';
import type { CatalogueModel } from './model-catalogue';

/**
 * Maps OpenAI's `complexity`, which sets how much the model plans before it draws, to the model's
 * `thinkingLevel`.
 */
export function chooseThinkingLevel(
  complexity: ImageComplexity | undefined,
  { id, thinkingLevels }: Pick<CatalogueModel, 'id' | 'thinkingLevels'>,
): Choice {
  const value = complexity && thinkingLevels[complexity];
  if (complexity === undefined || value !== undefined) {
    return { value, warnings: [] };
  }
  const known = Object.keys(thinkingLevels).map((each) => `"${each}"`);
  const why =
    known.length === 0
      ? `${id} has no selectable thinking levels`
      : `${id} supports only ${known.join(' and ')}`;
  return { warnings: [`complexity "${complexity}" was not sent; ${why}`] };
}
