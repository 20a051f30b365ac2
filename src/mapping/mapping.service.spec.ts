import { JsonBlob } from '../json/json-blob';
import type { MappingOptions } from './mapping-options';
import { MappingService } from './mapping.service';

const OPTIONS: MappingOptions = {
  defaultModel: 'gemini-3-pro-image',
  qualityAliases: new Map([['high', '4K']]),
  defaultOutputFormat: 'png',
  defaultResponseFormat: 'b64_json',
};

describe('MappingService', () => {
  const service = new MappingService(OPTIONS);

  it('plans by its options, with 1:1 by default', () => {
    expect(service.planGeneration({ prompt: 'a cat', quality: 'high' })).toMatchObject({
      model: 'gemini-3-pro-image',
      aspectRatio: '1:1',
      imageSize: '4K',
      outputFormat: 'png',
    });
  });

  it('turns a plan into a request', () => {
    const plan = service.planGeneration({ prompt: 'a cat', size: '1920x1080', n: 3, seed: 1 });
    expect(service.toGeminiRequest(plan)).toStrictEqual({
      contents: [{ role: 'user', parts: [{ text: 'a cat' }] }],
      generationConfig: {
        responseModalities: ['IMAGE'],
        imageConfig: { aspectRatio: '16:9' },
        seed: 1,
      },
    });
  });

  it('reads a response', () => {
    const data = JsonBlob.from(Buffer.from('AAAA'));
    const parts = [{ inlineData: { mimeType: 'image/png', data } }];
    expect(
      service.responseReader().readWhole({ candidates: [{ content: { parts } }] }),
    ).toMatchObject({
      kind: 'image',
      data,
    });
  });

  it.each(['', 'dall-e-3', 'gpt-image-1', 'nonsense'])(
    'refuses %j as the default model',
    (defaultModel) => {
      expect(() => new MappingService({ ...OPTIONS, defaultModel })).toThrow(
        `the default model "${defaultModel}" is not a known Gemini image model`,
      );
    },
  );
});
