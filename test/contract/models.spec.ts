import { findModel, thinks } from '../../src/emulator/emulator-models';
import { pixelsOf } from '../../src/emulator/pixel-table';
import { GEMINI_MODELS } from '../../src/mapping/model-catalogue';

/**
 * Gateway and emulator each have a table of the models, so that neither is checked by itself. What one
 * of them has and the other lacks is forgotten, or wrong in one of them.
 */
describe.each(GEMINI_MODELS.map((model) => [model.id, model] as const))('%s', (id, model) => {
  const emulated = findModel(id);

  it('is one of the emulator’s models', () => {
    expect(emulated?.id).toBe(id);
  });

  it('has the same ratios, sizes and thinking there', () => {
    expect({
      aspectRatios: [...(emulated?.ratios ?? [])].sort(),
      imageSizes: emulated?.sizes,
      takesThinkingConfig: emulated !== undefined && thinks(emulated),
    }).toEqual({
      aspectRatios: [...model.aspectRatios].sort(),
      imageSizes: model.imageSizes,
      takesThinkingConfig: model.takesThinkingConfig,
    });
  });

  it('has no thinking level that the emulator’s has not', () => {
    const levels = Object.keys(emulated?.partialImages ?? {});
    expect(levels).toEqual(expect.arrayContaining(Object.values(model.thinkingLevels)));
  });

  it('has pixels for each of its ratios and sizes', () => {
    const sizes = model.imageSizes.length > 0 ? model.imageSizes : [undefined];
    const missing = model.aspectRatios.flatMap((ratio) =>
      sizes.filter((size) => pixelsOf(id, ratio, size) === undefined).map((size) => [ratio, size]),
    );
    expect(missing).toEqual([]);
  });
});
