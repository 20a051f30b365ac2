import type { PriceTable } from '../pricing/price-table';
import { makesAny, modelEntry } from './model-entry';

const PRO = 'gemini-3-pro-image';
const OLD = 'gemini-2.5-flash-image';

/** Of one model, so that the others have none. */
const PRICES: PriceTable['models'] = new Map([
  [
    PRO,
    {
      inputPerMillion: 2,
      textOutputPerMillion: 12,
      imageOutputPerMillion: 120,
      perImage: new Map(),
    },
  ],
]);

describe('modelEntry', () => {
  it('describes a model as OpenRouter does', () => {
    expect(modelEntry(PRO, { ownedBy: 'google', defaultModel: OLD }, PRICES)).toEqual({
      id: PRO,
      object: 'model',
      created: 1_767_225_600,
      owned_by: 'google',
      name: 'Nano Banana Pro (Gemini 3 Pro Image)',
      description: expect.stringContaining('4K') as string,
      pricing: { prompt: '0.000002', completion: '0.000012', image_output: '0.00012' },
      architecture: {
        input_modalities: ['text', 'image'],
        output_modalities: ['image', 'text'],
      },
      supported_parameters: expect.arrayContaining(['seed', 'aspect_ratio', 'quality']) as string[],
    });
  });

  it('describes an alias by its model', () => {
    const entry = modelEntry(
      'dall-e-3',
      { ownedBy: 'easel-alias', defaultModel: `${PRO}-4k` },
      PRICES,
    );
    expect(entry).toMatchObject({ id: 'dall-e-3', owned_by: 'easel-alias' });
    expect(entry.name).toBe('dall-e-3 (Nano Banana Pro (Gemini 3 Pro Image))');
    expect(entry.description).toMatch(/^Stands for gemini-3-pro-image\. /);
  });

  it('describes an alias by the model that this client gets', () => {
    const allowance = { models: [OLD] };
    const facts = { ownedBy: 'easel-alias', defaultModel: PRO, allowance } as const;
    expect(modelEntry('dall-e-3', facts, PRICES).description).toMatch(/^Stands for gemini-2\.5/);
  });

  it.each([
    [PRO, { quality: true, complexity: false }],
    ['gemini-nano-banana-2.1', { quality: true, complexity: true }],
    ['gemini-3.1-flash-lite-image', { quality: false, complexity: true }],
    [OLD, { quality: false, complexity: false }],
  ])('lists what %s listens to: %j', (id, expected) => {
    const parameters = modelEntry(
      id,
      { ownedBy: 'google', defaultModel: PRO },
      PRICES,
    ).supported_parameters;
    expect({
      quality: parameters.includes('quality') && parameters.includes('image_size'),
      complexity: parameters.includes('complexity'),
    }).toEqual(expected);
  });
});

describe('makesAny', () => {
  it.each([
    [undefined, true],
    ['', true],
    ['all', true],
    ['image', true],
    ['Image', true],
    ['audio,image', true],
    [' image , audio', true],
    ['audio', false],
    ['images', false],
  ])('%s: %s', (asked, expected) => {
    expect(makesAny(modelEntry(PRO, { ownedBy: 'google', defaultModel: PRO }, PRICES), asked)).toBe(
      expected,
    );
  });
});
