import type { Choice } from './choice';
import type { ImageComplexity } from './image-request';
import type { CatalogueModel } from './model-catalogue';

/** OpenAI's `complexity`, how much is planned before it is drawn, as the model's `thinkingLevel`. */
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
      ? `${id} has no thinking levels to choose from`
      : `${id} has ${known.join(' and ')} only`;
  return { warnings: [`complexity "${complexity}" was not sent; ${why}`] };
}
