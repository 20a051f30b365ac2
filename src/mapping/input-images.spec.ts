import { JsonBlob } from '../json/json-blob';
import { buildGeminiRequest } from './gemini-request';
import { checkInputCount, withInputs } from './input-images';
import { MappingService } from './mapping.service';
import { maskInstruction } from './mask-instruction';

const blob = (text: string) => JsonBlob.from(Buffer.from(text));
const image = (text: string) => ({ mimeType: 'image/jpeg', data: blob(text) });
const ALONE = { param: 'image', images: 1, hasMask: false };

const mapping = new MappingService({
  defaultModel: 'gemini-3-pro-image',
  qualityAliases: new Map(),
  defaultOutputFormat: 'webp',
  defaultResponseFormat: 'b64_json',
});

describe('checkInputCount', () => {
  it.each([
    ['gemini-3-pro-image', 14, false, true],
    ['gemini-3-pro-image', 15, false, false],
    ['gemini-3-pro-image', 13, true, true],
    ['gemini-3-pro-image', 14, true, false],
    ['gemini-2.5-flash-image', 14, false, true],
  ])('%s and %i images, with a mask: %p → %p', (model, images, hasMask, isFine) => {
    const check = () => {
      checkInputCount({ param: 'image', images, hasMask }, model);
    };
    if (isFine) {
      expect(check).not.toThrow();
    } else {
      expect(check).toThrow(/^Invalid 'image': array too long\./);
    }
  });
});

describe('the plan of an edit', () => {
  it.each([
    [undefined, undefined, []],
    ['auto', undefined, []],
    ['1920x1080', '16:9', []],
    ['abc', undefined, ['size "abc" is not WIDTHxHEIGHT; no aspect ratio was sent']],
  ])('with size %s has the ratio %s', (size, aspectRatio, warnings) => {
    const plan = mapping.planEdit({ prompt: 'x', size }, ALONE);
    expect({ ratio: plan.aspectRatio, warnings: plan.warnings }).toEqual({
      ratio: aspectRatio,
      warnings,
    });
  });

  it.each([
    [undefined, false, 'webp'],
    [undefined, true, 'png'],
    ['jpeg' as const, true, 'jpeg'],
  ])('in %s with a mask: %p is %s', (outputFormat, hasMask, format) => {
    const plan = mapping.planEdit({ prompt: 'x', outputFormat }, { ...ALONE, hasMask });
    expect(plan.outputFormat).toBe(format);
  });
});

describe('withInputs', () => {
  const plan = mapping.planEdit({ prompt: 'a boat', style: 'vivid' }, ALONE);

  it('sends the images after the prompt, as the same slices', () => {
    const images = [image('a'), image('b')];
    const [content] = buildGeminiRequest(withInputs(plan, { images })).contents;
    expect(content?.parts).toEqual([
      { text: plan.prompt },
      { inlineData: images[0] },
      { inlineData: images[1] },
    ]);
    expect(content?.parts[1]).toHaveProperty('inlineData.data', images[0]?.data);
  });

  it.each([false, true])(
    'adds the mask last, with its explanation; opaque: %p',
    (keepsEverything) => {
      const mask = {
        original: blob('original'),
        mask: blob('mask'),
        forModel: blob('seen'),
        keepsEverything,
      };
      const images = [image('a'), image('b')];
      const masked = withInputs(plan, { images, mask });
      expect(masked.inputs).toEqual([...images, { mimeType: 'image/png', data: mask.forModel }]);
      expect(masked.maskOverlay).toEqual({ original: mask.original, mask: mask.mask });
      expect(masked.prompt).toBe(`${plan.prompt}\n\n${maskInstruction(2)}`);
      // What is revised is the client's prompt, and the mask is none of it.
      expect(masked.revisedPrompt).toBe(plan.prompt);
      expect(masked.warnings).toHaveLength(keepsEverything ? 1 : 0);
      expect(masked.warnings.join().length).toBeLessThanOrEqual(200);
    },
  );
});
