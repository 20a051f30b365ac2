import { billedModel, costOfResponse } from './billed-response';
import { loadPriceTable } from './load-price-table';
import { readTokenCounts } from './token-counts';

const TABLE = loadPriceTable(undefined);
const PRO = 'gemini-3-pro-image';

describe('billedModel', () => {
  it.each<[unknown, string]>([
    [undefined, PRO],
    [42, PRO],
    ['', PRO],
    [PRO, PRO],
    ['models/gemini-3-pro-image', PRO],
    ['gemini-3-pro-image-preview', PRO],
    ['gemini-3.1-flash-image', 'gemini-3.1-flash-image'],
    ['publishers/google/models/gemini-3.1-flash-lite-image-001', 'gemini-3.1-flash-lite-image'],
    ['gemini-3.1-flash-imagery', PRO],
    ['gemini-9-image', PRO],
  ])('%j is billed as %s', (modelVersion, expected) => {
    expect(billedModel(PRO, modelVersion, TABLE)).toBe(expected);
  });
});

describe('costOfResponse', () => {
  const usageMetadata = {
    promptTokenCount: 1129,
    totalTokenCount: 2598,
    promptTokensDetails: [
      { modality: 'TEXT', tokenCount: 9 },
      { modality: 'IMAGE', tokenCount: 1120 },
    ],
    candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 1120 }],
  };

  it('is worked out of tokens, each by its modality', () => {
    expect(
      costOfResponse({ model: PRO }, { usageMetadata, modelVersion: PRO, images: 1 }, TABLE),
    ).toEqual({
      model: PRO,
      serviceTier: undefined,
      counts: readTokenCounts(usageMetadata),
      tokens: { textInput: 9, imageInput: 1120, textOutput: 349, imageOutput: 1120 },
      microUsd: 2258 + 4188 + 134_400,
    });
  });

  it('uses the price of the model that responded', () => {
    const billed = { usageMetadata, modelVersion: 'gemini-3.1-flash-image', images: 1 };
    expect(costOfResponse({ model: PRO }, billed, TABLE)).toMatchObject({
      model: 'gemini-3.1-flash-image',
      microUsd: 565 + 1047 + 67_200,
    });
  });

  it('uses the list price for every image if there are no token counts', () => {
    const billed = { usageMetadata: undefined, modelVersion: undefined, images: 2 };
    expect(
      costOfResponse({ model: PRO, imageSize: '4K', serviceTier: 'flex' }, billed, TABLE),
    ).toEqual({ model: PRO, serviceTier: 'flex', tokens: undefined, microUsd: 480_000 });
  });
});
