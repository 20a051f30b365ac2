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
});
