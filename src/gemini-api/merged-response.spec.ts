import { mergedResponse } from './merged-response';

describe('mergedResponse', () => {
  it('numbers the candidates, and adds up the billed tokens', () => {
    const usage = (modality: string, tokenCount: number) => ({
      totalTokenCount: tokenCount,
      candidatesTokensDetails: [{ modality, tokenCount }],
      serviceTier: 'standard',
    });
    expect(
      mergedResponse([
        {
          candidates: [{ index: 0, a: 1 }],
          usageMetadata: usage('IMAGE', 3),
          modelVersion: 'm',
          responseId: 'r',
        },
        {
          candidates: [{ index: 0, b: 1 }],
          usageMetadata: usage('TEXT', 4),
          modelVersion: 'm',
          responseId: 's',
        },
        { candidates: [], usageMetadata: { ...usage('IMAGE', 5), thoughtsTokenCount: 2 } },
      ]),
    ).toEqual({
      candidates: [
        { index: 0, a: 1 },
        { index: 1, b: 1 },
      ],
      usageMetadata: {
        totalTokenCount: 12,
        candidatesTokensDetails: [
          { modality: 'IMAGE', tokenCount: 8 },
          { modality: 'TEXT', tokenCount: 4 },
        ],
        serviceTier: 'standard',
        thoughtsTokenCount: 2,
      },
      modelVersion: 'm',
      responseId: 'r',
    });
  });

  it('reports a block only if there is no candidate', () => {
    const blocked = { promptFeedback: { blockReason: 'SAFETY' } };
    expect(mergedResponse([blocked, blocked])).toEqual(blocked);
    expect(mergedResponse([blocked, { candidates: [{}] }])).toEqual({ candidates: [{ index: 0 }] });
  });

  it('is an object for any responses', () => {
    expect(mergedResponse([{}, 'x', null])).toEqual({});
  });
});
