import { chatFieldNames, chatFields, chatModel, findImageConfigs } from './chat-fields';

const fieldsOf = (body: Record<string, unknown>) => chatFields(body, findImageConfigs(body));

describe('the fields of a chat', () => {
  it.each<[string, Record<string, unknown>, object]>([
    [
      'image_config',
      { image_config: { aspect_ratio: '16:9', image_size: '2K' } },
      { aspect_ratio: '16:9', image_size: '2K' },
    ],
    [
      'camelCase',
      { imageConfig: { aspectRatio: '16:9', imageSize: '2K' } },
      { aspect_ratio: '16:9', image_size: '2K' },
    ],
    [
      'Google’s layer',
      { google: { image_config: { aspect_ratio: '1:1' } } },
      { aspect_ratio: '1:1' },
    ],
    [
      'Google’s layer in extra_body',
      { extra_body: { google: { imageConfig: { aspectRatio: '1:1' } } } },
      { aspect_ratio: '1:1' },
    ],
    ['fields of google itself', { google: { aspect_ratio: '1:1' } }, { aspect_ratio: '1:1' }],
    [
      'the top',
      { size: '10x10', quality: 'hd', aspectRatio: '1:1', output_format: 'png', n: 2, seed: 1 },
      { size: '10x10', quality: 'hd', aspect_ratio: '1:1', output_format: 'png', n: 2, seed: 1 },
    ],
    ['no tier that only OpenAI has', { service_tier: 'scale' }, {}],
    [
      'the tier and the complexity',
      { image_config: { serviceTier: 'flex' }, complexity: 'high' },
      { service_tier: 'flex', complexity: 'high' },
    ],
    [
      'image_config before the top',
      { image_config: { quality: 'hd' }, quality: 'low', size: '1x2' },
      { quality: 'hd', size: '1x2' },
    ],
    [
      'image_config before google',
      { google: { image_config: { image_size: '1K' } }, image_config: { image_size: '4K' } },
      { image_size: '4K' },
    ],
    [
      'null as absent',
      {
        image_config: { image_size: null },
        image_size: '1K',
        n: null,
        google: null,
        extra_body: null,
      },
      { image_size: '1K' },
    ],
    [
      'what is of no use',
      {
        max_tokens: 5,
        response_format: { type: 'json_object' },
        tools: [],
        prompt: 'x',
        partial_images: 3,
        stream_options: {},
      },
      {},
    ],
    [
      'who and how',
      { user: 'u', safety_identifier: 's', stream: true, temperature: 1, top_p: 0.5 },
      { user: 'u', safety_identifier: 's', stream: true, temperature: 1, top_p: 0.5 },
    ],
    ['other holders that are no objects', { google: 7, extra_body: 'x' }, {}],
  ])('are found: %s', (_name, body, fields) => {
    expect(fieldsOf(body)).toEqual(fields);
  });

  it.each<[Record<string, unknown>, string, string]>([
    [{}, 'aspect_ratio', 'image_size'],
    [{ image_config: { aspectRatio: '7:3' } }, 'aspectRatio', 'image_size'],
    [{ aspect_ratio: '7:3', imageSize: '8K' }, 'aspect_ratio', 'imageSize'],
    [
      { image_config: { image_size: '8K' }, imageSize: '1K', aspectRatio: null },
      'aspect_ratio',
      'image_size',
    ],
  ])('have the names that the client uses: %j', (body, aspectRatio, imageSize) => {
    expect(chatFieldNames(body, findImageConfigs(body))).toEqual({ aspectRatio, imageSize });
  });

  it.each([['image_config'], ['imageConfig']])('refuses %s that is no object', (name) => {
    for (const value of ['16:9', 7, ['16:9'], true]) {
      expect(() => findImageConfigs({ [name]: value })).toThrow(`Invalid type for '${name}'`);
    }
  });

  it.each<[unknown, unknown]>([
    ['gemini-3-pro-image', 'gemini-3-pro-image'],
    ['openrouter/auto', undefined],
    ['OpenRouter/Auto', undefined],
    ['openrouter/auto:image', undefined],
    ['gemini-3-pro-image:image', 'gemini-3-pro-image'],
    ['google/gemini-3-pro-image:IMAGE', 'google/gemini-3-pro-image'],
    ['openrouter/auto-x', 'openrouter/auto-x'],
    [undefined, undefined],
    [7, 7],
  ])('takes the model %p for %p', (model, expected) => {
    expect(chatModel(model)).toBe(expected);
  });
});
