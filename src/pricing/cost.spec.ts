import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { costOf, listPrice, type PricedCall } from './cost';
import { parsePriceTable } from './price-table';
import { readTokenCounts } from './token-counts';

const LIST = parsePriceTable(readFileSync(join(__dirname, 'prices.yaml'), 'utf8'));

function usage(input: number, text: number, image: number): object {
  return {
    promptTokenCount: input,
    totalTokenCount: input + text + image,
    candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: image }],
  };
}

function call(overrides: Partial<PricedCall> = {}): PricedCall {
  return {
    model: 'gemini-3-pro-image',
    tokens: undefined,
    images: 1,
    imageSize: undefined,
    ...overrides,
  };
}

describe('costOf', () => {
  /** Micro-dollars, worked out by hand: input + text + image, each times its price. */
  it.each<[string, string, object, string | undefined, number]>([
    ['Pro, 1K', 'gemini-3-pro-image', usage(9, 0, 1120), undefined, 18 + 134_400],
    ['Pro, 4K', 'gemini-3-pro-image', usage(9, 137, 2000), undefined, 18 + 1644 + 240_000],
    [
      'Pro, two images in',
      'gemini-3-pro-image',
      usage(1129, 349, 1120),
      undefined,
      2258 + 4188 + 134_400,
    ],
    ['2.1, 1K', 'gemini-nano-banana-2.1', usage(9, 10, 1120), undefined, 14 + 75 + 33_600],
    ['2.1, 2K', 'gemini-nano-banana-2.1', usage(10, 0, 1680), undefined, 15 + 50_400],
    ['3.1 flash, 512', 'gemini-3.1-flash-image', usage(8, 0, 747), undefined, 4 + 44_820],
    ['3.1 flash, 4K', 'gemini-3.1-flash-image', usage(8, 1, 2520), undefined, 4 + 3 + 151_200],
    ['lite', 'gemini-3.1-flash-lite-image', usage(4, 2, 1120), undefined, 1 + 3 + 33_600],
    ['2.5', 'gemini-2.5-flash-image', usage(10, 0, 1290), undefined, 3 + 38_700],
    [
      'flex halves input and text',
      'gemini-3-pro-image',
      usage(9, 10, 1120),
      'flex',
      9 + 60 + 134_400,
    ],
    [
      'priority is 1.8 of all',
      'gemini-3-pro-image',
      usage(10, 10, 1120),
      'priority',
      36 + 216 + 241_920,
    ],
    ['half a micro-dollar goes up', 'gemini-3.1-flash-image', usage(1, 0, 0), undefined, 1],
    ['less than half goes down', 'gemini-3.1-flash-lite-image', usage(1, 0, 0), undefined, 0],
    ['a tier that is not listed', 'gemini-3-pro-image', usage(9, 0, 1120), 'standard', 134_418],
  ])('%s', (_name, model, metadata, serviceTier, expected) => {
    const tokens = readTokenCounts(metadata);
    expect(costOf(call({ model, tokens, serviceTier }), LIST)).toBe(expected);
  });

  it.each<[string, Partial<PricedCall>, number | undefined]>([
    ['without counts an image costs what the table has', { imageSize: '4K' }, 240_000],
    ['no size was sent: 1K', {}, 134_400],
    ['two images', { images: 2, imageSize: '2K' }, 268_800],
    ['flex leaves images at their price', { serviceTier: 'flex' }, 134_400],
    ['priority does not', { serviceTier: 'priority' }, 241_920],
    ['a size without a price is the dearest', { imageSize: '8K' }, 240_000],
    ['neither counts nor an image', { images: 0 }, 0],
    ['a model without a price', { model: 'gemini-9' }, undefined],
    [
      'Google’s word for the tier wins',
      {
        tokens: readTokenCounts({ ...usage(10, 0, 0), serviceTier: 'flex' }),
        serviceTier: 'priority',
      },
      10,
    ],
    [
      'counts that are not split by modality: input by token, the image by the table',
      { tokens: readTokenCounts({ promptTokenCount: 10, totalTokenCount: 1130 }) },
      20 + 134_400,
    ],
    [
      'the same without an image: all output is text',
      { tokens: readTokenCounts({ promptTokenCount: 10, totalTokenCount: 110 }), images: 0 },
      20 + 1200,
    ],
  ])('%s', (_name, overrides, expected) => {
    expect(costOf(call(overrides), LIST)).toBe(expected);
  });

  it('has a price for every model of the catalogue, and none is negative', () => {
    const count = fc.nat({ max: 10_000_000 });
    fc.assert(
      fc.property(
        fc.constantFrom(...LIST.models.keys()),
        count,
        count,
        count,
        fc.constantFrom(undefined, 'flex', 'priority'),
        (model, input, text, image, serviceTier) => {
          const tokens = readTokenCounts(usage(input, text, image));
          const cost = costOf(call({ model, tokens, serviceTier }), LIST);
          expect(Number.isSafeInteger(cost)).toBe(true);
          expect(cost).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });
});

describe('the built-in price list', () => {
  /** As Google has published them in USD: input, text and image output for a million tokens, then images by size. */
  it.each<[string, number, number, number, Readonly<Record<string, number>>]>([
    ['gemini-nano-banana-2.1', 1.5, 7.5, 30, { '1K': 0.0336, '2K': 0.0504, '4K': 0.113 }],
    ['gemini-3-pro-image', 2, 12, 120, { '1K': 0.1344, '2K': 0.1344, '4K': 0.24 }],
    [
      'gemini-3.1-flash-image',
      0.5,
      3,
      60,
      { '512': 0.045, '1K': 0.0672, '2K': 0.101, '4K': 0.151 },
    ],
    ['gemini-3.1-flash-lite-image', 0.25, 1.5, 30, { '1K': 0.0336 }],
    ['gemini-2.5-flash-image', 0.3, 2.5, 30, { '1K': 0.039 }],
  ])('has %s', (model, input, text, image, sizes) => {
    const million = 1_000_000;
    const priceOf = (metadata: object, serviceTier?: string) =>
      (costOf(call({ model, tokens: readTokenCounts(metadata), serviceTier }), LIST) ?? 0) /
      million;
    for (const [tier, cheap, dear] of [
      [undefined, 1, 1],
      ['flex', 0.5, 1],
      ['priority', 1.8, 1.8],
    ] as const) {
      expect(priceOf(usage(million, 0, 0), tier)).toBeCloseTo(input * cheap, 6);
      expect(priceOf(usage(0, million, 0), tier)).toBeCloseTo(text * cheap, 6);
      expect(priceOf(usage(0, 0, million), tier)).toBeCloseTo(image * dear, 6);
      for (const [imageSize, price] of Object.entries(sizes)) {
        const plan = { model, n: 3, imageSize, serviceTier: tier };
        expect(listPrice(plan, LIST) / million).toBeCloseTo(3 * price * dear, 5);
      }
    }
    expect([...(LIST.models.get(model)?.perImage.keys() ?? [])]).toEqual(Object.keys(sizes));
  });
});

describe('listPrice', () => {
  it.each<[string, Parameters<typeof listPrice>[0], number]>([
    ['one image', { model: 'gemini-3-pro-image', n: 1 }, 134_400],
    ['three at 4K', { model: 'gemini-3-pro-image', n: 3, imageSize: '4K' }, 720_000],
    [
      'priority',
      { model: 'gemini-3.1-flash-image', n: 2, imageSize: '512', serviceTier: 'priority' },
      162_000,
    ],
    ['a model without a price', { model: 'gemini-9', n: 1 }, 0],
  ])('%s', (_name, plan, expected) => {
    expect(listPrice(plan, LIST)).toBe(expected);
  });
});
