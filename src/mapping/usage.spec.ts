import fc from 'fast-check';
import type { ImageUsage } from './usage';
import { readUsage, sumUsage } from './usage';

function usage(text: number, image: number, output: number, drawn = 0): ImageUsage {
  return {
    input_tokens: text + image,
    output_tokens: output,
    total_tokens: text + image + output,
    input_tokens_details: { text_tokens: text, image_tokens: image },
    output_tokens_details: { text_tokens: output - drawn, image_tokens: drawn },
  };
}

describe('readUsage', () => {
  it.each<[string, unknown, ImageUsage]>([
    [
      'a real response',
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
      usage(1302, 774, 1469, 1120),
    ],
    [
      'the spelling of the proto files',
      {
        prompt_token_count: 10,
        total_token_count: 12,
        prompt_tokens_details: [{ modality: 'IMAGE', token_count: 4 }],
      },
      usage(6, 4, 2),
    ],
    ['no details', { promptTokenCount: 9, totalTokenCount: 1129 }, usage(9, 0, 1120)],
    [
      'details that are null',
      { promptTokenCount: 9, totalTokenCount: 9, promptTokensDetails: null },
      usage(9, 0, 0),
    ],
    [
      'another modality counts as text',
      {
        promptTokenCount: 10,
        totalTokenCount: 12,
        promptTokensDetails: [
          { modality: 'TEXT', tokenCount: 3 },
          { modality: 'DOCUMENT', tokenCount: 3 },
          { modality: 'IMAGE', tokenCount: 4 },
        ],
      },
      usage(6, 4, 2),
    ],
    [
      'several images',
      {
        promptTokenCount: 10,
        totalTokenCount: 12,
        promptTokensDetails: [
          { modality: 'IMAGE', tokenCount: 4 },
          { modality: 'IMAGE', tokenCount: 5 },
        ],
      },
      usage(1, 9, 2),
    ],
    [
      'details beyond the sum',
      {
        promptTokenCount: 10,
        totalTokenCount: 12,
        promptTokensDetails: [{ modality: 'IMAGE', tokenCount: 99 }],
      },
      usage(0, 10, 2),
    ],
    [
      'broken details',
      {
        promptTokenCount: 10,
        totalTokenCount: 12,
        promptTokensDetails: [
          null,
          5,
          'x',
          { modality: 'IMAGE' },
          { modality: 'IMAGE', tokenCount: -1 },
        ],
      },
      usage(10, 0, 2),
    ],
    ['zero', { promptTokenCount: 0, totalTokenCount: 0 }, usage(0, 0, 0)],
  ])('%s', (_name, metadata, expected) => {
    expect(readUsage(metadata)).toEqual(expected);
  });

  it.each<[unknown]>([
    [undefined],
    [null],
    ['x'],
    [{}],
    [{ promptTokenCount: 1 }],
    [{ totalTokenCount: 1 }],
    [{ promptTokenCount: 2, totalTokenCount: 1 }],
    [{ promptTokenCount: -1, totalTokenCount: 1 }],
    [{ promptTokenCount: NaN, totalTokenCount: 1 }],
    [{ promptTokenCount: 1, totalTokenCount: Infinity }],
    [{ promptTokenCount: 1.5, totalTokenCount: 2 }],
    [{ promptTokenCount: '1', totalTokenCount: 2 }],
    [{ promptTokenCount: null, totalTokenCount: 2 }],
  ])('%j is no usage', (metadata) => {
    expect(readUsage(metadata)).toBeUndefined();
  });

  it('adds up, with any counts', () => {
    // Without -0, which only toBe tells from 0.
    const counts = fc.oneof(fc.nat(), fc.integer(), fc.double()).map((count) => count + 0);
    const detail = fc.record({ modality: fc.constantFrom('TEXT', 'IMAGE'), tokenCount: counts });
    const metadata = fc.record({
      promptTokenCount: counts,
      totalTokenCount: counts,
      promptTokensDetails: fc.array(detail),
    });
    fc.assert(
      fc.property(metadata, (counted) => {
        const read = readUsage(counted);
        if (read !== undefined) {
          const { text_tokens: text, image_tokens: image } = read.input_tokens_details;
          expect(Math.min(text, image, read.output_tokens)).toBeGreaterThanOrEqual(0);
          expect(text + image).toBe(read.input_tokens);
          expect(read.input_tokens + read.output_tokens).toBe(read.total_tokens);
        }
      }),
    );
  });
});

describe('sumUsage', () => {
  it.each<[string, readonly (ImageUsage | undefined)[], ImageUsage | undefined]>([
    ['none', [], undefined],
    ['one', [usage(1, 2, 3)], usage(1, 2, 3)],
    ['two', [usage(1, 2, 3), usage(10, 20, 30)], usage(11, 22, 33)],
    ['one without', [usage(1, 2, 3), undefined], undefined],
    ['the first without', [undefined, usage(1, 2, 3)], undefined],
  ])('%s', (_name, usages, expected) => {
    expect(sumUsage(usages)).toEqual(expected);
  });
});
