import type { GatewayError } from '../errors/gateway-error';
import { apiFor } from './body-dialect';
import { readBodyFacts } from './body-facts';

const NOTHING = {
  candidates: 1,
  aspectRatio: undefined,
  imageSize: undefined,
  serviceTier: undefined,
  includesThoughts: false,
  inputs: 0,
};
const file = (fileUri: unknown) => ({ contents: [{ parts: [{ fileData: { fileUri } }] }] });

describe('readBodyFacts', () => {
  it.each<[string, Record<string, unknown>, object]>([
    ['nothing', {}, {}],
    ['candidates', { generationConfig: { candidateCount: 3 } }, { candidates: 3 }],
    ['candidates as a text', { generation_config: { candidate_count: '3' } }, { candidates: 3 }],
    ['no number of them', { generationConfig: { candidateCount: 'many' } }, {}],
    ['fewer than one', { generationConfig: { candidateCount: 0 } }, {}],
    [
      'ratio and size',
      { generationConfig: { imageConfig: { aspectRatio: '16:9', imageSize: '2k' } } },
      { aspectRatio: '16:9', imageSize: '2K' },
    ],
    [
      'what is no ratio',
      { generationConfig: { imageConfig: { aspectRatio: 'a\r\nb', imageSize: {} } } },
      {},
    ],
    [
      'thoughts',
      { generationConfig: { thinkingConfig: { include_thoughts: true } } },
      { includesThoughts: true },
    ],
    [
      'files',
      {
        contents: [
          { parts: [{ inlineData: {} }, { text: 'x' }] },
          { parts: { file_data: { file_uri: 'https://a/b' } } },
        ],
      },
      { inputs: 2 },
    ],
    ['a file of anybody’s', file('https://example.com/gs://x'), { inputs: 1 }],
    ['a tier', { service_tier: 'FLEX' }, { serviceTier: 'flex' }],
    ['what is no tier', { serviceTier: 'a\r\nb' }, {}],
    ['an empty cache', { cachedContent: '' }, {}],
  ])('reads %s', (_name, body, facts) => {
    expect(readBodyFacts(body)).toEqual({ ...NOTHING, ...facts });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['a cache', { cached_content: 'cachedContents/x' }, 'cachedContent'],
    ['a bucket', file('gs://b/o'), 'contents[0].parts[0].fileData.fileUri'],
    ['a file by its name', file('files/abc'), 'contents[0].parts[0].fileData.fileUri'],
    [
      'a file by its URL',
      file('https://generativelanguage.googleapis.com/v1beta/files/x'),
      'contents[0].parts[0].fileData.fileUri',
    ],
    [
      'one in a system instruction',
      { system_instruction: { parts: [{}, { file_data: { file_uri: 'GS://b/o' } }] } },
      'systemInstruction.parts[1].fileData.fileUri',
    ],
    [
      'one in what countTokens carries',
      { generateContentRequest: file('gs://b/o') },
      'contents[0].parts[0].fileData.fileUri',
    ],
  ])('refuses %s', (_name, body, param) => {
    let fault: unknown;
    try {
      readBodyFacts(body);
    } catch (error) {
      ({ fault } = error as GatewayError);
    }
    expect(fault).toMatchObject({ kind: 'invalid_request', param });
  });
});

describe('apiFor', () => {
  it.each<[string, Record<string, unknown>, string | undefined]>([
    ['nothing', {}, undefined],
    [
      'what both take',
      { serviceTier: 'flex', safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT' }] },
      undefined,
    ],
    ['labels', { labels: {} }, 'vertex'],
    [
      'an output format',
      { generation_config: { image_config: { image_output_options: {} } } },
      'vertex',
    ],
    ['prominent people', { generationConfig: { imageConfig: { prominentPeople: 'X' } } }, 'vertex'],
    ['a method of safety', { safetySettings: [{}, { method: 'SEVERITY' }] }, 'vertex'],
    [
      'a category of images',
      { safetySettings: [{ category: 'HARM_CATEGORY_IMAGE_HATE' }] },
      'vertex',
    ],
    ['excluded domains', { tools: [{ googleSearch: { excludeDomains: ['x'] } }] }, 'vertex'],
    [
      'a format of images',
      { generationConfig: { responseFormat: [{ image: { mimeType: 'image/png' } }] } },
      'vertex',
    ],
    ['a format of text', { generationConfig: { responseFormat: [{ text: {} }] } }, undefined],
    ['a place for the output', { outputConfig: {} }, 'vertex'],
    ['whether to store it', { store: false }, 'developer'],
    ['a file search', { tools: [{ fileSearch: {} }] }, 'developer'],
    ['what countTokens carries', { generateContentRequest: {} }, 'developer'],
    ['fields of either', { labels: {}, tools: [{ fileSearch: {} }] }, undefined],
  ])('%s: %s', (_name, body, api) => {
    expect(apiFor(body)).toBe(api);
  });
});
