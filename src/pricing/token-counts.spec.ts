import { readTokenCounts, type TokenCounts } from './token-counts';

describe('readTokenCounts', () => {
  it.each<[string, object, Partial<TokenCounts>]>([
    [
      'a real response: thoughts and unaccounted candidates are text',
      {
        promptTokenCount: 2076,
        candidatesTokenCount: 1332,
        totalTokenCount: 3545,
        promptTokensDetails: [
          { modality: 'TEXT', tokenCount: 1302 },
          { modality: 'IMAGE', tokenCount: 774 },
        ],
        candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 1120 }],
        thoughtsTokenCount: 137,
        serviceTier: 'standard',
      },
      {
        input: 2076,
        imageInput: 774,
        textOutput: 349,
        imageOutput: 1120,
        thoughts: 137,
        serviceTier: 'standard',
      },
    ],
    [
      'a refusal, whose candidates mirror the thoughts',
      {
        promptTokenCount: 9,
        candidatesTokenCount: 100,
        thoughtsTokenCount: 100,
        totalTokenCount: 109,
      },
      { input: 9, imageInput: 0, textOutput: 100, imageOutput: undefined, thoughts: 100 },
    ],
    [
      'several images and a text',
      {
        promptTokenCount: 10,
        totalTokenCount: 2300,
        candidatesTokensDetails: [
          { modality: 'TEXT', tokenCount: 50 },
          { modality: 'IMAGE', tokenCount: 1120 },
          { modality: 'IMAGE', tokenCount: 1120 },
        ],
      },
      { input: 10, imageInput: 0, textOutput: 50, imageOutput: 2240, serviceTier: undefined },
    ],
    [
      'tool use is input',
      {
        promptTokenCount: 10,
        toolUsePromptTokenCount: 30,
        totalTokenCount: 1160,
        candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 1120 }],
      },
      { input: 40, imageInput: 0, textOutput: 0, imageOutput: 1120, serviceTier: undefined },
    ],
    [
      'details beyond the total',
      {
        promptTokenCount: 10,
        totalTokenCount: 20,
        candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 99 }],
        serviceTier: 'FLEX',
      },
      { input: 10, imageInput: 0, textOutput: 0, imageOutput: 10, serviceTier: 'flex' },
    ],
    [
      'details without an image',
      { promptTokenCount: 10, totalTokenCount: 20, candidatesTokensDetails: [] },
      { input: 10, imageInput: 0, textOutput: 10, imageOutput: 0, serviceTier: undefined },
    ],
    [
      'a relay that writes snake_case',
      {
        prompt_token_count: 30,
        total_token_count: 1160,
        prompt_tokens_details: [{ modality: 'IMAGE', token_count: 20 }],
        candidates_tokens_details: [{ modality: 'IMAGE', token_count: 1120 }],
        service_tier: 'priority',
      },
      { input: 30, imageInput: 20, textOutput: 10, imageOutput: 1120, serviceTier: 'priority' },
    ],
    [
      'Vertex AI, which names the traffic',
      { promptTokenCount: 1, totalTokenCount: 2, trafficType: 'ON_DEMAND_FLEX' },
      { input: 1, imageInput: 0, textOutput: 1, imageOutput: undefined, serviceTier: 'flex' },
    ],
    [
      'traffic that was paid before',
      { promptTokenCount: 1, totalTokenCount: 2, trafficType: 'PROVISIONED_THROUGHPUT' },
      { input: 1, imageInput: 0, textOutput: 1, imageOutput: undefined, serviceTier: undefined },
    ],
  ])('%s', (_name, metadata, expected) => {
    expect(readTokenCounts(metadata)).toEqual(expected);
  });

  it.each<[unknown]>([
    [undefined],
    [null],
    [{}],
    [{ promptTokenCount: 1 }],
    [{ totalTokenCount: 1 }],
    [{ promptTokenCount: 2, totalTokenCount: 1 }],
    [{ promptTokenCount: 1, toolUsePromptTokenCount: 5, totalTokenCount: 3 }],
    [{ promptTokenCount: -1, totalTokenCount: 1 }],
    [{ promptTokenCount: '1', totalTokenCount: 2 }],
    [{ promptTokenCount: 1.5, totalTokenCount: 2 }],
  ])('%j has no counts', (metadata) => {
    expect(readTokenCounts(metadata)).toBeUndefined();
  });
});
