import { pixelsOf } from './pixel-table';

const PRO = 'gemini-3-pro-image';

describe('pixelsOf', () => {
  it.each([
    [PRO, '1:1', '1K', 1024, 1024],
    [PRO, '16:9', '1K', 1376, 768],
    [PRO, '16:9', '2K', 2752, 1536],
    [PRO, '16:9', '4K', 5504, 3072],
    [PRO, '9:16', '4K', 3072, 5504],
    [PRO, '21:9', '512', 792, 336],
    ['gemini-3.1-flash-image', '2:3', '512', 424, 632],
    ['gemini-nano-banana-2.1', '8:1', '4K', 12288, 1536],
    ['gemini-2.5-flash-image', '16:9', '1K', 1344, 768],
    ['gemini-2.5-flash-image', '21:9', '1K', 1536, 672],
  ])('%s at %s, %s is %i×%i', (model, ratio, size, width, height) => {
    expect(pixelsOf(model, ratio, size)).toEqual({ width, height });
  });

  it.each(['2:3', '4:5', '21:9', '1:8'])('%s: 1K when no size is given', (ratio) => {
    expect(pixelsOf(PRO, ratio)).toEqual(pixelsOf(PRO, ratio, '1K'));
  });

  it.each([
    [PRO, '7:5', '1K'],
    [PRO, '1:1', '2k'],
    [PRO, '1:1', '8K'],
    ['gemini-2.5-flash-image', '1:4', '1K'],
    ['gemini-2.5-flash-image', '1:1', '2K'],
  ])('%s at %s, %s is not in the tables', (model, ratio, size) => {
    expect(pixelsOf(model, ratio, size)).toBeUndefined();
  });

  // 3.x sizes lie within two per cent of the ratio they are named after, except 512 at 21:9 in print.
  it.each([
    '1:1',
    '1:4',
    '1:8',
    '2:3',
    '3:2',
    '3:4',
    '4:1',
    '4:3',
    '4:5',
    '5:4',
    '8:1',
    '9:16',
    '16:9',
    '21:9',
  ])('%s looks like its name at 512 and at 1K', (ratio) => {
    const [w = 0, h = 1] = ratio.split(':').map(Number);
    for (const size of ['512', '1K']) {
      const pixels = pixelsOf(PRO, ratio, size);
      expect(
        Math.abs(Math.log((pixels?.width ?? 0) / (pixels?.height ?? 1) / (w / h))),
      ).toBeLessThan(0.02);
    }
  });
});
