import fc from 'fast-check';
import { coveringPart } from './cover';

describe('coveringPart', () => {
  it.each([
    ['all of a picture of the same ratio', [1024, 1024], [512, 512], [0, 0, 1024, 1024]],
    ['the middle of one that is too wide', [1376, 768], [512, 512], [304, 0, 768, 768]],
    ['the middle of one that is too high', [768, 1376], [512, 512], [0, 304, 768, 768]],
    ['nearly all where the ratios are close', [1200, 896], [1000, 747], [0, 0, 1199, 896]],
    ['a column for a strip', [1024, 1024], [1, 60_000_000], [511, 0, 1, 1024]],
    ['the one pixel there is', [1, 1], [3000, 20], [0, 0, 1, 1]],
  ] as const)('takes %s', (_name, [width, height], [toWidth, toHeight], expected) => {
    const part = coveringPart({ width, height }, { width: toWidth, height: toHeight });
    expect([part.left, part.top, part.width, part.height]).toEqual(expected);
  });

  it('never exceeds the image, and misses the ratio by less than a pixel', () => {
    const side = fc.integer({ min: 1, max: 20_000 });
    fc.assert(
      fc.property(side, side, side, side, (width, height, toWidth, toHeight) => {
        const part = coveringPart({ width, height }, { width: toWidth, height: toHeight });
        expect(part.left).toBeGreaterThanOrEqual(0);
        expect(part.top).toBeGreaterThanOrEqual(0);
        expect(part.width).toBeGreaterThanOrEqual(1);
        expect(part.height).toBeGreaterThanOrEqual(1);
        expect(part.left + part.width).toBeLessThanOrEqual(width);
        expect(part.top + part.height).toBeLessThanOrEqual(height);
        const isTooWide = width / height > toWidth / toHeight;
        expect(isTooWide ? part.height : part.width).toBe(isTooWide ? height : width);
        const exact = isTooWide ? (height * toWidth) / toHeight : (width * toHeight) / toWidth;
        expect(Math.abs((isTooWide ? part.width : part.height) - exact)).toBeLessThan(1);
      }),
    );
  });
});
