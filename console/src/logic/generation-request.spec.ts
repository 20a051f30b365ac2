import {
  EMPTY_FORM,
  frameBody,
  namesOfMore,
  planBody,
  requestBody,
  variationBody,
  type FormFields,
} from './generation-request';

const FORM: FormFields = { ...EMPTY_FORM, model: 'gemini-3-pro-image', prompt: ' a boat ' };
const PLAIN = { model: 'gemini-3-pro-image', prompt: 'a boat' };

describe('requestBody', () => {
  it.each<[string, Partial<FormFields>, object]>([
    ['sends nothing that was left alone', {}, PLAIN],
    ['sends a number above one', { images: 3 }, { ...PLAIN, n: 3 }],
    ['sends the ratio', { ratio: '16:9' }, { ...PLAIN, aspect_ratio: '16:9' }],
    ['sends the resolution', { resolution: '4K' }, { ...PLAIN, image_size: '4K' }],
    ['sends no compression of a PNG', { format: 'png' }, { ...PLAIN, output_format: 'png' }],
    [
      'sends the compression of what is lossy',
      { format: 'webp', compression: 60 },
      { ...PLAIN, output_format: 'webp', output_compression: 60 },
    ],
    [
      'sends quality and style',
      { quality: 'hd', style: 'vivid' },
      { ...PLAIN, quality: 'hd', style: 'vivid' },
    ],
    ['sends a seed of zero', { seed: '0' }, { ...PLAIN, seed: 0 }],
    ['sends no seed that is none', { seed: 'abc' }, PLAIN],
    [
      'sends thinking and tier',
      { thinking: 'high', tier: 'flex' },
      { ...PLAIN, complexity: 'high', service_tier: 'flex' },
    ],
  ])('%s', (_what, fields, expected) => {
    expect(requestBody({ ...FORM, ...fields })).toEqual(expected);
  });
});

it('asks for a variation without words of its own', () => {
  const form = { ...FORM, style: 'vivid', ratio: '16:9', images: 2 };
  expect(variationBody(form)).toEqual({
    model: 'gemini-3-pro-image',
    aspect_ratio: '16:9',
    n: 2,
  });
});

describe('frameBody', () => {
  it.each([
    [2, { ...PLAIN, stream: true, partial_images: 2 }],
    [0, { ...PLAIN, stream: true }],
  ])('asks for one picture with %i interim images', (interim, expected) => {
    expect(frameBody(requestBody({ ...FORM, images: 4 }), interim)).toEqual(expected);
  });
});

it('plans a form without a prompt', () => {
  expect(planBody({ ...FORM, prompt: '  ' })['prompt']).toBe('…');
});

it.each<[Partial<FormFields>, string]>([
  [{}, 'quality, style, seed'],
  [{ quality: 'hd', seed: '7' }, 'quality hd, seed 7'],
  [{ seed: 'abc' }, 'seed abc'],
  [{ style: 'vivid', interim: 0 }, 'vivid, 0 interim'],
  [{ thinking: 'low', tier: 'flex' }, 'thinking low, tier flex'],
])('closed, «More» names what %j sets', (fields, expected) => {
  expect(namesOfMore({ ...FORM, ...fields })).toBe(expected);
});
