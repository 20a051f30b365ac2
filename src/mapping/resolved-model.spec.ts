import fc from 'fast-check';
import { GatewayError } from '../errors/gateway-error';
import { GEMINI_MODELS, listedModelIds, RENAMED_MODELS } from './model-catalogue';
import { isGeminiModel, isKnownModel, resolveModel } from './resolved-model';

const PRO = 'gemini-3-pro-image';
const FLASH = 'gemini-3.1-flash-image';

/** Model, family, and suffix in one line: `gemini-3-pro-image other 16:9 4K`. */
function summary(requested: string | undefined, defaultModel = PRO): string {
  const { model, family, suffixAspectRatio, suffixImageSize } = resolveModel(
    requested,
    defaultModel,
  );
  return [model.id, family, suffixAspectRatio, suffixImageSize]
    .filter((part) => part !== undefined)
    .join(' ');
}

function faultOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error instanceof GatewayError ? error.fault : error;
  }
  return undefined;
}

describe('resolveModel', () => {
  it.each([
    ['no model at all', undefined, `${PRO} other`],
    ['a Gemini id', FLASH, `${FLASH} other`],
    ['models/ in front', `models/${FLASH}`, `${FLASH} other`],
    ['google/ in front', `google/${FLASH}`, `${FLASH} other`],
    ['capitals', 'Models/GEMINI-3.1-Flash-Image', `${FLASH} other`],
    ['dall-e-2', 'dall-e-2', `${PRO} dall-e`],
    ['DALL-E-3', 'DALL-E-3', `${PRO} dall-e`],
    ['gpt-image-1', 'gpt-image-1', `${PRO} other`],
    ['the mini one', 'gpt-image-1-mini', `${PRO} other`],
    ['a version, no suffix', 'gpt-image-1.5', `${PRO} other`],
    ['a date, no suffix', 'gpt-image-2-2026-04-21', `${PRO} other`],
    ['one of the future', 'gpt-image-7-turbo', `${PRO} other`],
    ['chatgpt-image', 'chatgpt-image-latest', `${PRO} other`],
    ['one more of those', 'chatgpt-image-2027', `${PRO} other`],
    ['a preview of Pro', 'gemini-3-pro-image-preview', `${PRO} other`],
    ['its other name', 'nano-banana-pro-preview', `${PRO} other`],
    ['a preview of Flash', 'gemini-3.1-flash-image-preview', `${FLASH} other`],
    ['an older preview', 'gemini-2.5-flash-image-preview', 'gemini-2.5-flash-image other'],

    ['ratio and size', `${FLASH}-16x9-4k`, `${FLASH} other 16:9 4K`],
    ['size and ratio', `${FLASH}-4k-16x9`, `${FLASH} other 16:9 4K`],
    ['a ratio alone', `${FLASH}-1x8`, `${FLASH} other 1:8`],
    ['a size alone', `${FLASH}-512`, `${FLASH} other 512`],
    ['a suffix in capitals', `${FLASH}-21X9-2K`, `${FLASH} other 21:9 2K`],
    ['a ratio this model lacks', `${PRO}-1x8`, `${PRO} other 1:8`],
    ['a suffix on an alias', 'gpt-image-1-4k', `${PRO} other 4K`],
    ['a suffix on a dated alias', 'gpt-image-2-2026-04-21-9x16', `${PRO} other 9:16`],
    ['a suffix on dall-e-3', 'dall-e-3-16x9-2k', `${PRO} dall-e 16:9 2K`],
    ['a suffix on a preview', 'models/gemini-3-pro-image-preview-4k', `${PRO} other 4K`],
    ['Imagen, which is shut down', 'imagen-4.0-generate-001', `${PRO} other`],
    ['Imagen with a suffix', 'imagen-3.0-generate-002-16x9', `${PRO} other 16:9`],
    ['the prefix of OpenRouter for OpenAI', 'openai/gpt-image-1', `${PRO} other`],
    ['LiteLLM’s prefixes', 'gemini/gemini-3-pro-image', `${PRO} other`],
    ['LiteLLM’s prefix for Vertex AI', 'vertex_ai/imagen-3.0-generate-002', `${PRO} other`],
    ['a prefix and a suffix', 'openai/dall-e-3-16x9', `${PRO} dall-e 16:9`],
    ['a suffix after an open prefix, not a known id', 'gpt-image-4k', `${PRO} other`],
    ['a tier that does not exist, on an open prefix', 'gpt-image-1-8k', `${PRO} other`],
  ])('takes %s', (_name, requested, expected) => {
    expect(summary(requested)).toBe(expected);
  });

  it.each([
    'gpt-5',
    'gemini-3-pro',
    'imagen',
    'imagen-',
    'imagen-4.0-17x3',
    'midjourney',
    'dall-e-4',
    'dall-e-',
    'gpt-image',
    'gpt-image-',
    'chatgpt-image-',
    'openai/gpt-5',
    'azure/gpt-image-1',
    'openai/google/gemini-3-pro-image',
    'models/models/gemini-3-pro-image',
    '',
    ' ',
    '__proto__',
    'constructor',
    '16x9-4k',
    '-4k',
    `${PRO}-`,
    `${PRO}-17x3`,
    `${PRO}-1920x1080`,
    `${PRO}-16:9`,
    `${PRO}-8k`,
    `${PRO}-16x9-9x16`,
    `${PRO}-4k-2k`,
    `${PRO}-16x9-4k-2k`,
    `${PRO}-4k-preview`,
    'dall-e-3-17x3',
    'gpt-image-1-1024x1024',
    'gpt-image-1-4k-4k',
  ])('rejects %j as model_not_found, in the client’s own text', (requested) => {
    expect(faultOf(() => resolveModel(requested, PRO))).toMatchObject({
      kind: 'model_not_found',
      model: requested,
    });
    expect(isKnownModel(requested)).toBe(false);
  });

  it.each<[string | undefined, boolean]>([
    ['imagen-3', true],
    ['vertex_ai/Imagen-4.0-ultra-generate-001', true],
    ['gpt-image-1', false],
    ['dall-e-3', false],
    [PRO, false],
    [undefined, false],
  ])('says of %s whether it is shut down: %s', (requested, isShutDown) => {
    expect(resolveModel(requested, PRO).isShutDown === true).toBe(isShutDown);
  });

  it('keeps the id as the client wrote it', () => {
    expect(resolveModel('models/Gemini-3-Pro-Image-4K', PRO).requested).toBe(
      'models/Gemini-3-Pro-Image-4K',
    );
    expect(resolveModel(undefined, PRO).requested).toBe(PRO);
  });

  it.each([
    [undefined, `${FLASH}-16x9-2k`, `${FLASH} other 16:9 2K`],
    ['gpt-image-1', `${FLASH}-16x9-2k`, `${FLASH} other 16:9 2K`],
    ['gpt-image-1-4k', `${FLASH}-16x9-2k`, `${FLASH} other 16:9 4K`],
    [PRO, `${FLASH}-16x9-2k`, `${PRO} other`],
  ])('%s with the default %s is %s', (requested, defaultModel, expected) => {
    expect(summary(requested, defaultModel)).toBe(expected);
  });

  it.each([
    [undefined, 'dall-e-3'],
    ['dall-e-3', 'gpt-image-1'],
    ['gpt-image-1', 'nonsense'],
  ])('does not follow %s to the default %s, which is no Gemini model', (requested, fallback) => {
    expect(faultOf(() => resolveModel(requested, fallback))).toMatchObject({
      kind: 'model_not_found',
      model: fallback,
    });
  });

  it('throws nothing but GatewayError, and agrees with isKnownModel', () => {
    const piece = fc.constantFrom(
      ...['gemini', '3', 'pro', 'image', 'preview', 'gpt', 'dall', 'e', '4k', '512', '16x9', '7x7'],
    );
    const id = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece, { maxLength: 7 }).map((pieces) => pieces.join('-')),
      fc
        .tuple(fc.constantFrom(PRO, 'gpt-image-1', 'dall-e-3'), fc.array(piece, { maxLength: 3 }))
        .map(([base, pieces]) => [base, ...pieces].join('-')),
    );
    fc.assert(
      fc.property(id, (requested) => {
        const fault = faultOf(() => resolveModel(requested, PRO));
        if (isKnownModel(requested)) {
          expect(fault).toBeUndefined();
        } else {
          expect(fault).toMatchObject({ kind: 'model_not_found', model: requested });
        }
      }),
    );
  });
});

describe('isKnownModel', () => {
  it.each([...listedModelIds().map(({ id }) => id), ...RENAMED_MODELS.keys()])(
    'knows %s, and %s-3x4-2K',
    (id) => {
      expect(isKnownModel(id)).toBe(true);
      expect(isKnownModel(`${id}-3x4-2K`)).toBe(true);
    },
  );
});

describe('isGeminiModel', () => {
  it.each([
    ...GEMINI_MODELS.map(({ id }) => [id, true] as const),
    [`models/${PRO}-4k`, true] as const,
    ['nano-banana-pro-preview', true] as const,
    ['dall-e-3', false] as const,
    ['gpt-image-1', false] as const,
    ['nonsense', false] as const,
  ])('%s: %s', (id, expected) => {
    expect(isGeminiModel(id)).toBe(expected);
  });
});
