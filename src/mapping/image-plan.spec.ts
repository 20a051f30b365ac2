import fc from 'fast-check';
import { GatewayError } from '../errors/gateway-error';
import type { ImagePlan } from './image-plan';
import { planImages } from './image-plan';
import type { ImageRequestFields } from './image-request';
import type { MappingOptions } from './mapping-options';
import { GEMINI_MODELS } from './model-catalogue';

const PRO = 'gemini-3-pro-image';
const FLASH = 'gemini-3.1-flash-image';
const LITE = 'gemini-3.1-flash-lite-image';
const OLD = 'gemini-2.5-flash-image';

const OPTIONS: MappingOptions = {
  defaultModel: PRO,
  qualityAliases: new Map(),
  defaultOutputFormat: 'upstream',
  defaultResponseFormat: 'b64_json',
};

type Asked = Omit<ImageRequestFields, 'prompt'>;

function plan(asked: Asked, options: Partial<MappingOptions> = {}): ImagePlan {
  return planImages({ prompt: 'a cat', ...asked }, { ...OPTIONS, ...options }, '1:1');
}

function planEdit(asked: Asked): ImagePlan {
  return planImages({ prompt: 'a cat', ...asked }, OPTIONS, undefined);
}

function faultOf(asked: Asked): unknown {
  try {
    plan(asked);
  } catch (error) {
    return error instanceof GatewayError ? error.fault : error;
  }
  return undefined;
}

describe('the plan of a plain request', () => {
  it('is the default model, one square image, and the unchanged prompt', () => {
    expect(plan({})).toEqual({
      model: PRO,
      requestedModel: PRO,
      modelFamily: 'other',
      n: 1,
      prompt: 'a cat',
      aspectRatio: '1:1',
      responseFormat: 'b64_json',
      warnings: [],
    });
  });

  it('carries on what it is given', () => {
    expect(
      plan({
        model: 'google/gemini-3.1-flash-image',
        n: 3,
        style: 'vivid',
        responseFormat: 'url',
        outputFormat: 'webp',
        outputCompression: 80,
        seed: 0,
        user: 'u-1',
      }),
    ).toEqual({
      model: FLASH,
      requestedModel: 'google/gemini-3.1-flash-image',
      modelFamily: 'other',
      user: 'u-1',
      n: 3,
      prompt: 'a cat\n\nStyle: vivid, with rich colours and dramatic contrast.',
      revisedPrompt: 'a cat\n\nStyle: vivid, with rich colours and dramatic contrast.',
      aspectRatio: '1:1',
      seed: 0,
      responseFormat: 'url',
      outputFormat: 'webp',
      outputCompression: 80,
      warnings: [],
    });
  });

  it('has the client’s text in its model_not_found', () => {
    expect(faultOf({ model: 'GPT-5' })).toMatchObject({ kind: 'model_not_found', model: 'GPT-5' });
  });
});

describe('the aspect ratio', () => {
  it.each<[string, Asked, string]>([
    ['nothing asked', {}, '1:1'],
    ['size', { size: '1920x1080' }, '16:9'],
    ['aspect_ratio', { aspectRatio: '9:16' }, '9:16'],
    ['aspect_ratio with spaces', { aspectRatio: ' 9:16 ' }, '9:16'],
    ['aspect_ratio over size', { aspectRatio: '9:16', size: '1920x1080' }, '9:16'],
    ['aspect_ratio over suffix', { aspectRatio: '9:16', model: `${PRO}-16x9` }, '9:16'],
    ['size over suffix', { size: '800x600', model: `${PRO}-16x9` }, '4:3'],
    ['suffix over fallback', { model: `${PRO}-16x9` }, '16:9'],
    ['suffix beside auto', { size: 'auto', model: `${PRO}-16x9` }, '16:9'],
    ['suffix beside empty', { size: '', model: `${PRO}-16x9` }, '16:9'],
    ['suffix on an alias', { model: 'gpt-image-1-21x9' }, '21:9'],
    ['auto', { size: 'auto' }, '1:1'],
    ['AUTO', { size: ' AUTO ' }, '1:1'],
    ['empty', { size: '' }, '1:1'],
    ['blank', { size: '  ' }, '1:1'],
    ['image_size as size', { imageSize: '1024x576' }, '16:9'],
    ['size over image_size as size', { imageSize: '1024x576', size: '600x800' }, '3:4'],
    ['auto over image_size as size', { imageSize: '1024x576', size: 'auto' }, '1:1'],
    ['image_size as size over suffix', { imageSize: '1024x576', model: `${PRO}-1x1` }, '16:9'],
    ['a model with fourteen', { size: '256x1024', model: FLASH }, '1:4'],
    ['a model with ten', { size: '256x1024', model: PRO }, '9:16'],
    ['aspect_ratio only fourteen have', { aspectRatio: '8:1', model: FLASH }, '8:1'],
  ])('%s', (_name, asked, aspectRatio) => {
    expect(plan(asked)).toMatchObject({ aspectRatio, warnings: [] });
  });

  it.each<[string, Asked, string, string]>([
    ['16:9', { size: '16:9' }, '1:1', 'size "16:9" is not WIDTHxHEIGHT; used 1:1'],
    ['abc', { size: 'abc' }, '1:1', 'size "abc" is not WIDTHxHEIGHT; used 1:1'],
    ['1024', { size: '1024' }, '1:1', 'size "1024" is not WIDTHxHEIGHT; used 1:1'],
    ['1920x0', { size: '1920x0' }, '1:1', 'size "1920x0" is not WIDTHxHEIGHT; used 1:1'],
    ['0x1080', { size: '0x1080' }, '1:1', 'size "0x1080" is not WIDTHxHEIGHT; used 1:1'],
    [
      'beside a suffix',
      { size: '16:9', model: `${PRO}-3x4` },
      '3:4',
      'size "16:9" is not WIDTHxHEIGHT; used 3:4',
    ],
    [
      'beside aspect_ratio',
      { size: '16:9', aspectRatio: '16:9' },
      '16:9',
      'size "16:9" is not WIDTHxHEIGHT; used 16:9',
    ],
    [
      'not ASCII',
      { size: '１６：９\r\nX: 1' },
      '1:1',
      'size "??????X: 1" is not WIDTHxHEIGHT; used 1:1',
    ],
    [
      'long',
      { size: 'x'.repeat(10_000) },
      '1:1',
      `size "${'x'.repeat(57)}..." is not WIDTHxHEIGHT; used 1:1`,
    ],
    [
      'image_size with a zero',
      { imageSize: '0x576' },
      '1:1',
      'image_size "0x576" is not WIDTHxHEIGHT; used 1:1',
    ],
    [
      'a ratio in the suffix that the model lacks',
      { model: `${PRO}-1x8` },
      '1:1',
      `model name asks for 1:8, which ${PRO} does not make; used 1:1`,
    ],
  ])('warns: %s', (_name, asked, aspectRatio, warning) => {
    expect(plan(asked)).toMatchObject({ aspectRatio, warnings: [warning] });
  });

  it('does not warn of a suffix that was not needed', () => {
    expect(plan({ model: `${PRO}-1x8`, size: '800x600' })).toMatchObject({
      aspectRatio: '4:3',
      warnings: [],
    });
  });

  it.each<[Asked, string | undefined, readonly string[]]>([
    [{}, undefined, []],
    [{ size: 'auto' }, undefined, []],
    [{ size: '' }, undefined, []],
    [{ size: '1920x1080' }, '16:9', []],
    [{ model: `${PRO}-16x9` }, '16:9', []],
    [{ aspectRatio: '2:3' }, '2:3', []],
    [{ size: '16:9' }, undefined, ['size "16:9" is not WIDTHxHEIGHT; no aspect ratio was sent']],
    [
      { model: `${PRO}-1x8` },
      undefined,
      [`model name asks for 1:8, which ${PRO} does not make; no aspect ratio was sent`],
    ],
  ])('without a fallback, %j gives %s', (asked, aspectRatio, warnings) => {
    expect(planEdit(asked).aspectRatio).toBe(aspectRatio);
    expect(planEdit(asked).warnings).toEqual(warnings);
  });

  it.each([
    ['1:8', PRO],
    ['16x9', PRO],
    ['16 : 9', PRO],
    ['1.78', PRO],
    ['auto', PRO],
    ['', PRO],
    ['constructor', PRO],
  ])('refuses aspect_ratio %j', (aspectRatio, model) => {
    expect(faultOf({ aspectRatio, model, size: '1024x1024' })).toEqual({
      kind: 'invalid_request',
      param: 'aspect_ratio',
      code: 'invalid_value',
      message:
        `Invalid value: '${aspectRatio}'. Supported values are: '1:1', '2:3', '3:2', '3:4', ` +
        "'4:3', '4:5', '5:4', '9:16', '16:9', and '21:9'.",
    });
  });
});

describe('the image size', () => {
  it.each<[string, Asked, string | undefined]>([
    ['nothing asked', {}, undefined],
    ['hd', { quality: 'hd' }, '4K'],
    ['HD', { quality: 'HD' }, '4K'],
    ['medium', { quality: 'Medium' }, '2K'],
    ['standard', { quality: 'standard' }, undefined],
    ['anything', { quality: 'custom-quality' }, undefined],
    ['empty', { quality: '' }, undefined],
    ['image_size', { imageSize: '2K' }, '2K'],
    ['image_size in lower case', { imageSize: ' 4k ' }, '4K'],
    ['512 where it exists', { imageSize: '512', model: FLASH }, '512'],
    ['image_size over quality', { imageSize: '1k', quality: 'hd' }, '1K'],
    ['image_size over suffix', { imageSize: '1k', model: `${PRO}-4k` }, '1K'],
    ['quality over suffix', { quality: 'medium', model: `${PRO}-4k` }, '2K'],
    ['suffix where quality asks for nothing', { quality: 'standard', model: `${PRO}-4k` }, '4K'],
    ['suffix', { model: `dall-e-3-2k` }, '2K'],
    ['image_size that is a size', { imageSize: '1024x576' }, undefined],
    ['image_size that is a size, beside a size', { imageSize: '1x1', size: '1x1' }, undefined],
    ['quality beside such an image_size', { imageSize: '1024x576', quality: 'hd' }, '4K'],
  ])('%s', (_name, asked, imageSize) => {
    expect(plan(asked).imageSize).toBe(imageSize);
    expect(plan(asked).warnings).toEqual([]);
  });

  it.each<[string, Asked, string]>([
    [
      'hd',
      { quality: 'HD', model: LITE },
      `quality "HD" asks for 4K, which ${LITE} does not make; no image size was sent`,
    ],
    [
      'medium',
      { quality: 'medium', model: OLD },
      `quality "medium" asks for 2K, which ${OLD} does not make; no image size was sent`,
    ],
    [
      'the suffix',
      { model: `${LITE}-2k` },
      `model name asks for 2K, which ${LITE} does not make; no image size was sent`,
    ],
    [
      'the suffix of an alias',
      { model: 'gpt-image-1-512' },
      `model name asks for 512, which ${PRO} does not make; no image size was sent`,
    ],
    [
      'quality, and the suffix is not asked any more',
      { quality: 'hd', model: `${LITE}-1k` },
      `quality "hd" asks for 4K, which ${LITE} does not make; no image size was sent`,
    ],
  ])('sends none and warns: %s', (_name, asked, warning) => {
    expect(plan(asked).imageSize).toBeUndefined();
    expect(plan(asked).warnings).toEqual([warning]);
  });

  it('accepts the operator’s quality aliases', () => {
    const qualityAliases = new Map([
      ['high', '4K'],
      ['tiny', '512'],
    ]);
    expect(plan({ quality: 'High' }, { qualityAliases }).imageSize).toBe('4K');
    expect(plan({ quality: 'High', model: `${PRO}-1k` }, { qualityAliases }).imageSize).toBe('4K');
    expect(plan({ quality: 'tiny' }, { qualityAliases })).toMatchObject({
      imageSize: undefined,
      warnings: [`quality "tiny" asks for 512, which ${PRO} does not make; no image size was sent`],
    });
  });

  it.each([
    ['512', PRO, "'1K', '2K', and '4K'"],
    ['8K', PRO, "'1K', '2K', and '4K'"],
    ['16:9', PRO, "'1K', '2K', and '4K'"],
    ['', PRO, "'1K', '2K', and '4K'"],
    ['512px', FLASH, "'512', '1K', '2K', and '4K'"],
    ['2K', LITE, "'1K'"],
  ])('refuses image_size %j for %s', (imageSize, model, supported) => {
    expect(faultOf({ imageSize, model, quality: 'hd' })).toEqual({
      kind: 'invalid_request',
      param: 'image_size',
      code: 'invalid_value',
      message: `Invalid value: '${imageSize}'. Supported values are: ${supported}.`,
    });
  });

  it('refuses any image_size for the model that has one size only', () => {
    expect(faultOf({ imageSize: '1K', model: OLD })).toEqual({
      kind: 'invalid_request',
      param: 'image_size',
      code: 'invalid_value',
      message: `Invalid value: '1K'. The model '${OLD}' has one fixed image size: leave image_size out.`,
    });
  });
});

describe('both at once', () => {
  it('warns of each thing that could not be done', () => {
    expect(plan({ size: '16:9', quality: 'hd', model: `${LITE}-1x8` }).warnings).toEqual([
      'size "16:9" is not WIDTHxHEIGHT; used 1:1',
      `model name asks for 1:8, which ${LITE} does not make; used 1:1`,
      `quality "hd" asks for 4K, which ${LITE} does not make; no image size was sent`,
    ]);
  });
});

describe('the count', () => {
  it.each<[Asked, number]>([
    [{}, 1],
    [{ n: 4 }, 4],
    [{ batchSize: 3 }, 3],
    [{ n: 2, batchSize: 3 }, 2],
  ])('%j is %d', (asked, n) => {
    expect(plan(asked).n).toBe(n);
  });
});

describe('the form of the response', () => {
  it.each<[Asked, ImagePlan['responseFormat'], ImagePlan['modelFamily']]>([
    [{}, 'b64_json', 'other'],
    [{ model: PRO }, 'b64_json', 'other'],
    [{ model: 'gpt-image-1' }, 'b64_json', 'other'],
    [{ model: 'gpt-image-1', responseFormat: 'url' }, 'url', 'other'],
    [{ model: 'dall-e-2' }, 'url', 'dall-e'],
    [{ model: 'dall-e-3' }, 'url', 'dall-e'],
    [{ model: 'dall-e-3-16x9' }, 'url', 'dall-e'],
    [{ model: 'dall-e-3', responseFormat: 'b64_json' }, 'b64_json', 'dall-e'],
  ])('%j is %s (%s)', (asked, responseFormat, modelFamily) => {
    expect(plan(asked)).toMatchObject({ responseFormat, modelFamily });
  });

  it.each<[Asked, MappingOptions['defaultOutputFormat'], ImagePlan['outputFormat']]>([
    [{}, 'upstream', undefined],
    [{}, 'png', 'png'],
    [{}, 'webp', 'webp'],
    [{ outputFormat: 'jpeg' }, 'upstream', 'jpeg'],
    [{ outputFormat: 'jpeg' }, 'png', 'jpeg'],
  ])('%j with the default %s is %s', (asked, defaultOutputFormat, outputFormat) => {
    expect(plan(asked, { defaultOutputFormat }).outputFormat).toBe(outputFormat);
  });
});

/** They ask for more than usual, and get what everybody gets. */
describe('a quality that sets no image size', () => {
  const ADVICE = '"hd" is 4K, "medium" is 2K (QUALITY_ALIASES can map more)';

  it.each<[Asked, string]>([
    [{ quality: 'high' }, `quality "high" does not set the image size, none was sent; ${ADVICE}`],
    [{ quality: 'XHigh' }, `quality "XHigh" does not set the image size, none was sent; ${ADVICE}`],
    [{ quality: 'max' }, `quality "max" does not set the image size, none was sent; ${ADVICE}`],
    [{ quality: 'Ultra' }, `quality "Ultra" does not set the image size, none was sent; ${ADVICE}`],
    [{ quality: '4k' }, `quality "4k" does not set the image size, none was sent; ${ADVICE}`],
    [{ quality: '2K' }, `quality "2K" does not set the image size, none was sent; ${ADVICE}`],
    [
      { quality: 'high', model: `${PRO}-2k` },
      `quality "high" does not set the image size, used 2K; ${ADVICE}`,
    ],
    [
      { quality: 'high', model: LITE },
      `quality "high" does not set the image size, none was sent; ${LITE} makes no larger ones`,
    ],
    [
      { quality: 'high', model: OLD },
      `quality "high" does not set the image size, none was sent; ${OLD} makes no larger ones`,
    ],
  ])('%j', (asked, warning) => {
    expect(plan(asked).warnings).toEqual([warning]);
  });

  it('is reported beside a suffix that the model does not make', () => {
    const warnings = [
      `model name asks for 512, which ${PRO} does not make; no image size was sent`,
      `quality "high" does not set the image size, none was sent; ${ADVICE}`,
    ];
    expect(plan({ quality: 'high', model: `${PRO}-512` }).warnings).toEqual(warnings);
  });

  it.each<[Asked, MappingOptions['qualityAliases'] | undefined]>([
    [{}, undefined],
    [{ quality: '' }, undefined],
    [{ quality: 'hd' }, undefined],
    [{ quality: 'medium' }, undefined],
    [{ quality: 'standard' }, undefined],
    [{ quality: 'auto' }, undefined],
    [{ quality: 'low' }, undefined],
    [{ quality: ' high ' }, undefined],
    [{ quality: 'high', imageSize: '4K' }, undefined],
    [{ quality: 'HIGH' }, new Map([['high', '4K']])],
    [{ quality: '4k' }, new Map([['4k', '4K']])],
  ])('%j with the aliases %j asks for no more than it gets', (asked, qualityAliases) => {
    expect(plan(asked, qualityAliases && { qualityAliases }).warnings).toEqual([]);
  });
});

describe('any request', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.constantFrom('hd', 'medium', 'high', 'auto', '2k', '1024x576', '16:9', '0x9', '512'),
    fc.tuple(fc.nat(), fc.nat()).map(([width, height]) => `${width}x${height}`),
  );
  const models = fc.constantFrom(
    ...GEMINI_MODELS.flatMap(({ id }) => [id, `${id}-1x8-4k`, `${id}-512`]),
    'dall-e-3',
  );
  const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
  const requests: fc.Arbitrary<ImageRequestFields> = fc.record({
    prompt: text,
    model: optional(fc.oneof({ weight: 3, arbitrary: models }, text)),
    size: optional(text),
    quality: optional(text),
    aspectRatio: optional(fc.constantFrom('1:1', '16:9', '8:1', 'auto')),
    imageSize: optional(text),
  });
  const fallbacks = fc.constantFrom('1:1', undefined);
  const aliases = fc.dictionary(text, fc.constantFrom('512', '4K', '9K'), { maxKeys: 2 });

  it('fails with GatewayError or becomes a plan its model can make, with header-safe warnings', () => {
    fc.assert(
      fc.property(requests, fallbacks, aliases, (fields, fallback, words) => {
        const options = { ...OPTIONS, qualityAliases: new Map(Object.entries(words)) };
        let made: ImagePlan;
        try {
          made = planImages(fields, options, fallback);
        } catch (error) {
          expect(error).toBeInstanceOf(GatewayError);
          return;
        }
        const model = GEMINI_MODELS.find(({ id }) => id === made.model);
        expect([fallback, ...(model?.aspectRatios ?? [])]).toContain(made.aspectRatio);
        expect([undefined, ...(model?.imageSizes ?? [])]).toContain(made.imageSize);
        expect(made.prompt).toBe(fields.prompt);
        for (const warning of made.warnings) {
          expect(warning).toMatch(/^[\x20-\x7e]{1,200}$/);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('partial images', () => {
  it.each<[Asked, object]>([
    [{}, {}],
    [{ partialImages: 0 }, {}],
    [{ partialImages: 1 }, { partialImages: 1, includeThoughts: true }],
    [
      { partialImages: 3, model: LITE },
      { partialImages: 3, includeThoughts: true },
    ],
    // It rejects any thinkingConfig.
    [{ partialImages: 2, model: OLD }, { partialImages: 2 }],
  ])('%j plans %j', (asked, expected) => {
    const { partialImages, includeThoughts } = plan(asked);
    expect({ partialImages, includeThoughts }).toEqual(expected);
  });
});
