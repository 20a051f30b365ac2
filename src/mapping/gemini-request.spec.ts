import { JsonBlob } from '../json/json-blob';
import type { Conversation } from './conversation';
import { buildGeminiRequest } from './gemini-request';

describe('buildGeminiRequest', () => {
  it('sends a prompt and nothing that was not decided', () => {
    expect(JSON.parse(JSON.stringify(buildGeminiRequest({ prompt: 'a cat' })))).toEqual({
      contents: [{ role: 'user', parts: [{ text: 'a cat' }] }],
      generationConfig: { responseModalities: ['IMAGE'] },
    });
  });

  it.each([
    [{ aspectRatio: '16:9' }, { imageConfig: { aspectRatio: '16:9' } }],
    [{ imageSize: '4K' }, { imageConfig: { imageSize: '4K' } }],
    [
      { aspectRatio: '1:1', imageSize: '2K' },
      { imageConfig: { aspectRatio: '1:1', imageSize: '2K' } },
    ],
    [{ seed: 0 }, { seed: 0 }],
    [
      { seed: 7, aspectRatio: '1:1' },
      { imageConfig: { aspectRatio: '1:1' }, seed: 7 },
    ],
    [{ includeThoughts: true as const }, { thinkingConfig: { includeThoughts: true } }],
    [{ thinkingLevel: 'HIGH' }, { thinkingConfig: { thinkingLevel: 'HIGH' } }],
    [
      { includeThoughts: true as const, thinkingLevel: 'MINIMAL' },
      { thinkingConfig: { includeThoughts: true, thinkingLevel: 'MINIMAL' } },
    ],
    [{ seed: undefined, aspectRatio: undefined, imageSize: undefined }, {}],
  ])('%j adds %j', (plan, added) => {
    expect(buildGeminiRequest({ prompt: 'a cat', ...plan }).generationConfig).toStrictEqual({
      responseModalities: ['IMAGE'],
      ...added,
    });
  });

  it.each(['standard', 'flex', 'priority'] as const)('asks for the tier %s', (serviceTier) => {
    expect(buildGeminiRequest({ prompt: 'x', serviceTier })).toMatchObject({ serviceTier });
  });

  describe('of a conversation', () => {
    const inputs = ['AAAA', 'BBBB'].map((data) => ({
      mimeType: 'image/png',
      data: JsonBlob.from(Buffer.from(data)),
    }));
    const conversation: Conversation = {
      turns: [
        { role: 'user', parts: [{ text: 'a cat' }] },
        { role: 'model', parts: [{ text: 'Here' }] },
        { role: 'user', parts: [{ image: 0 }, { text: 'make it blue' }, { image: 1 }] },
      ],
      systemInstruction: ['Be brief.', 'Paint.'],
      wantsText: true,
      temperature: 0.5,
      topP: 0.9,
      warnings: [],
    };
    const plan = { prompt: 'make it blue', inputs, conversation };

    it('sends its turns instead of the prompt, text and images in order', () => {
      const { contents, systemInstruction } = buildGeminiRequest(plan);
      expect(contents).toEqual([
        { role: 'user', parts: [{ text: 'a cat' }] },
        { role: 'model', parts: [{ text: 'Here' }] },
        {
          role: 'user',
          parts: [{ inlineData: inputs[0] }, { text: 'make it blue' }, { inlineData: inputs[1] }],
        },
      ]);
      expect(systemInstruction).toEqual({ parts: [{ text: 'Be brief.' }, { text: 'Paint.' }] });
    });

    it.each([
      ['text and image', true, ['TEXT', 'IMAGE']],
      ['an image alone', false, ['IMAGE']],
    ])('asks for %s', (_name, wantsText, responseModalities) => {
      const request = buildGeminiRequest({ ...plan, conversation: { ...conversation, wantsText } });
      expect(request.generationConfig).toStrictEqual({
        responseModalities,
        temperature: 0.5,
        topP: 0.9,
      });
    });

    it('omits fields that were not set', () => {
      const bare = { ...conversation, systemInstruction: [], temperature: undefined };
      const request = buildGeminiRequest({ ...plan, conversation: bare });
      expect(request).not.toHaveProperty('systemInstruction');
      expect(request.generationConfig).not.toHaveProperty('temperature');
    });
  });
});
