import { GEMINI_MODELS } from './model-catalogue';
import { chooseThinkingLevel } from './thinking-level';

const PRO = 'gemini-3-pro-image';
const BANANA = 'gemini-nano-banana-2.1';
const FLASH = 'gemini-3.1-flash-image';
const LITE = 'gemini-3.1-flash-lite-image';
const OLD = 'gemini-2.5-flash-image';

describe('chooseThinkingLevel', () => {
  it.each([
    [BANANA, 'low', 'MINIMAL', undefined],
    [BANANA, 'medium', 'MEDIUM', undefined],
    [BANANA, 'high', 'HIGH', undefined],
    [FLASH, 'low', 'MINIMAL', undefined],
    [FLASH, 'medium', undefined, `${FLASH} supports only "low" and "high"`],
    [FLASH, 'high', 'HIGH', undefined],
    [LITE, 'low', 'MINIMAL', undefined],
    [LITE, 'medium', undefined, `${LITE} supports only "low" and "high"`],
    [LITE, 'high', 'HIGH', undefined],
    [PRO, 'high', undefined, `${PRO} has no selectable thinking levels`],
    [OLD, 'low', undefined, `${OLD} has no selectable thinking levels`],
  ] as const)('of %s for %s: %s, %s', (id, complexity, value, why) => {
    const model = GEMINI_MODELS.find((each) => each.id === id);
    expect(model && chooseThinkingLevel(complexity, model)).toEqual({
      ...(value === undefined ? {} : { value }),
      warnings: why === undefined ? [] : [`complexity "${complexity}" was not sent; ${why}`],
    });
  });

  it.each(GEMINI_MODELS)('is none if none is requested: $id', (model) => {
    expect(chooseThinkingLevel(undefined, model)).toEqual({ warnings: [] });
  });
});
