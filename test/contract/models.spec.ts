import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EMULATOR_MODELS, findModel, thinks } from '../../src/emulator/emulator-models';
import { pixelsOf } from '../../src/emulator/pixel-table';
import { GEMINI_MODELS } from '../../src/mapping/model-catalogue';
import { parsePriceTable } from '../../src/pricing/price-table';

const PRICES = parsePriceTable(
  readFileSync(join(__dirname, '../../src/pricing/prices.yaml'), 'utf8'),
);

const [, AFTER_HEADING = ''] = readFileSync(
  join(__dirname, '../../docs/emulator.md'),
  'utf8',
).split('\n## Partial images\n');
const [PARTIAL_IMAGES = ''] = AFTER_HEADING.split('\n## ');

/**
 * Gateway and emulator each have a table of the models, so that neither is checked by itself. What one
 * of them has and the other lacks is forgotten, or wrong in one of them.
 */
describe.each(GEMINI_MODELS.map((model) => [model.id, model] as const))('%s', (id, model) => {
  const emulated = findModel(id);

  it('has an entry in src/emulator/emulator-models.ts', () => {
    expect(EMULATOR_MODELS.map((entry) => entry.id)).toContain(id);
  });

  it('has a row in «Partial images» of docs/emulator.md', () => {
    const documented = [...PARTIAL_IMAGES.matchAll(/`(gemini-[a-z0-9.-]+)`/g)].map(
      ([, name]) => name,
    );
    expect(documented).toContain(id);
  });

  if (emulated === undefined) {
    // Everything else would fail for the same reason.
    return;
  }

  it('has the same name, limits, ratios, sizes and thinking there', () => {
    expect({
      displayName: emulated.displayName,
      inputTokenLimit: emulated.inputTokenLimit,
      outputTokenLimit: emulated.outputTokenLimit,
      aspectRatios: [...emulated.ratios].sort(),
      imageSizes: emulated.sizes,
      takesThinkingConfig: thinks(emulated),
    }).toEqual({
      displayName: model.displayName,
      inputTokenLimit: model.inputTokenLimit,
      outputTokenLimit: model.outputTokenLimit,
      aspectRatios: [...model.aspectRatios].sort(),
      imageSizes: model.imageSizes,
      takesThinkingConfig: model.takesThinkingConfig,
    });
  });

  it('has no thinking level that the emulator’s has not', () => {
    const levels = Object.keys(emulated.partialImages);
    expect(levels).toEqual(expect.arrayContaining(Object.values(model.thinkingLevels)));
  });

  it('has pixels in src/emulator/pixel-table.ts for each of its ratios and sizes', () => {
    const sizes = model.imageSizes.length > 0 ? model.imageSizes : [undefined];
    const missing = model.aspectRatios.flatMap((ratio) =>
      sizes.filter((size) => pixelsOf(id, ratio, size) === undefined).map((size) => [ratio, size]),
    );
    expect(missing).toEqual([]);
  });

  // Google rounds what it gives for an image: 1290 tokens at $30 a million are $0.0387, and it says $0.039.
  it('has the same price per image in src/pricing/prices.yaml as the emulator’s tokens cost', () => {
    const price = PRICES.models.get(id);
    const tokens = Object.entries(emulated.outputImageTokens);
    const listed = tokens.map(([size, count]) => ({
      size,
      perImage: price?.perImage.get(size),
      byTokens: (count * (price?.imageOutputPerMillion ?? 0)) / 1e6,
    }));
    const wrong = listed.filter(
      ({ perImage = 0, byTokens }) => !(Math.abs(perImage / byTokens - 1) < 0.01),
    );
    expect(wrong).toEqual([]);
  });
});
