import type { GatewayError } from '../errors/gateway-error';
import { predictOrder } from './predict-order.request';

const MODEL = 'imagen-4.0-generate-001';
const prompt = 'a cat';
const with_ = (parameters: unknown) => ({ instances: [{ prompt }], parameters });

describe('predictOrder', () => {
  it.each<[string, Record<string, unknown>, object, number]>([
    ['the least', { instances: [{ prompt }] }, { prompt }, 0],
    ['the instance itself, as Open WebUI sends it', { instances: { prompt } }, { prompt }, 0],
    [
      'all that Gemini has',
      with_({
        sampleCount: 3,
        aspectRatio: '16:9',
        sampleImageSize: '2K',
        seed: 7,
        outputOptions: { mimeType: 'image/jpeg', compressionQuality: 80 },
      }),
      {
        prompt,
        n: 3,
        aspectRatio: '16:9',
        imageSize: '2K',
        seed: 7,
        outputFormat: 'jpeg',
        outputCompression: 80,
      },
      0,
    ],
    [
      'the quality of a PNG',
      with_({ outputOptions: { mimeType: 'image/png', compressionQuality: 80 } }),
      { prompt, outputFormat: 'png' },
      0,
    ],
    [
      'what Gemini has not',
      with_({ negativePrompt: 'dogs', personGeneration: 'allow_all' }),
      { prompt },
      2,
    ],
    ['what changes nothing', with_({ includeRaiReason: true, safetySettings: 'x' }), { prompt }, 0],
  ])('reads %s', (_name, body, fields, warnings) => {
    const { order, warnings: told } = predictOrder(MODEL, body);
    expect(order).toEqual({
      fields: { model: MODEL, ...fields, names: expect.any(Object) as object },
      stream: false,
    });
    expect(told).toHaveLength(warnings);
  });

  it('accepts Gemini’s models by their names', () => {
    expect(
      predictOrder('gemini-2.5-flash-image', { instances: [{ prompt }] }).order.fields.model,
    ).toBe('gemini-2.5-flash-image');
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['no instance', {}, 'instances[0].prompt'],
    ['no prompt', { instances: [{}] }, 'instances[0].prompt'],
    ['an empty prompt', { instances: [{ prompt: '' }] }, 'instances[0].prompt'],
    ['a prompt that is no text', { instances: [{ prompt: 1 }] }, 'instances[0].prompt'],
    ['two instances', { instances: [{ prompt }, { prompt }] }, 'instances'],
    ['an image to edit', { instances: [{ prompt, image: {} }] }, 'instances[0].image'],
    [
      'reference images',
      { instances: [{ prompt, referenceImages: [] }] },
      'instances[0].referenceImages',
    ],
    ['a bucket', with_({ storageUri: 'gs://x' }), 'parameters.storageUri'],
    ['no parameters', with_([1]), 'parameters'],
    ['no count', with_({ sampleCount: 'two' }), 'parameters.sampleCount'],
    ['none', with_({ sampleCount: 0 }), 'parameters.sampleCount'],
    ['a ratio that is no text', with_({ aspectRatio: 1 }), 'parameters.aspectRatio'],
    [
      'a format that is none',
      with_({ outputOptions: { mimeType: 'image/gif' } }),
      'parameters.outputOptions.mimeType',
    ],
  ])('refuses %s', (_name, body, param) => {
    let fault: unknown;
    try {
      predictOrder(MODEL, body);
    } catch (error) {
      ({ fault } = error as GatewayError);
    }
    expect(fault).toMatchObject({ kind: 'invalid_request', param });
  });
});
