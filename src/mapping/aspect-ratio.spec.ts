import fc from 'fast-check';
import { looksLikeDimensions, nearestAspectRatio, parseDimensions } from './aspect-ratio';
import { GEMINI_MODELS } from './model-catalogue';

const ratiosOf = (model: string) =>
  GEMINI_MODELS.find(({ id }) => id === model)?.aspectRatios ?? [];
const TEN = ratiosOf('gemini-3-pro-image');
const FOURTEEN = ratiosOf('gemini-nano-banana-2.1');

function nearest(size: string, ratios: readonly string[]): string | undefined {
  const dimensions = parseDimensions(size);
  return dimensions && nearestAspectRatio(dimensions, ratios);
}

function distance(width: number, height: number, ratio: string): number {
  const [w, h] = ratio.split(':').map(Number);
  return Math.abs(Math.log(width / height) - Math.log((w ?? NaN) / (h ?? NaN)));
}

describe('parseDimensions', () => {
  it.each([
    ['1024x768', 1024, 768],
    ['1024X768', 1024, 768],
    ['1024×768', 1024, 768],
    [' 1024 x 768\n', 1024, 768],
    ['01024x0768', 1024, 768],
    ['1x1', 1, 1],
  ])('reads %j', (text, width, height) => {
    expect(parseDimensions(text)).toEqual({ width, height });
  });

  it.each([
    '',
    ' ',
    'auto',
    'abc',
    '1024',
    '16:9',
    '0x1080',
    '1920x0',
    '0x0',
    'x',
    '1024x',
    'x1024',
    '-1024x768',
    '10.5x10',
    '1e3x1e3',
    '1024*768',
    '1024xx768',
    '1024x768x3',
    '1024x768px',
    '10 24x768',
    '１０２４x７６８',
    'InfinityxInfinity',
    `1024x${'9'.repeat(400)}`,
    `${'9'.repeat(400)}x${'9'.repeat(400)}`,
  ])('refuses %j', (text) => {
    expect(parseDimensions(text)).toBeUndefined();
  });

  it.each([
    `1${'1'.repeat(200_000)}`,
    `1${' '.repeat(200_000)}`,
    `1x1${' '.repeat(200_000)}a`,
    `${' '.repeat(200_000)}a`,
    `${'1'.repeat(100_000)}x${'1'.repeat(100_000)}a`,
  ])('refuses a hostile text in linear time', (text) => {
    const started = process.cpuUsage();
    expect(parseDimensions(text)).toBeUndefined();
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(1000);
  });
});

describe('looksLikeDimensions', () => {
  it.each([
    ['1024x768', true],
    [' 0 × 0 ', true],
    [`1x${'9'.repeat(400)}`, true],
    ['2K', false],
    ['16:9', false],
    ['', false],
  ])('%j: %s', (text, expected) => {
    expect(looksLikeDimensions(text)).toBe(expected);
  });
});

describe('nearestAspectRatio', () => {
  const TABLE = [
    ['1024x1024', '1:1'],
    ['512x512', '1:1'],
    ['256x256', '1:1'],
    ['1920x1080', '16:9'],
    ['1280x720', '16:9'],
    ['1792x1024', '16:9'],
    ['1080x1920', '9:16'],
    ['720x1280', '9:16'],
    ['1024x1792', '9:16'],
    ['800x600', '4:3'],
    ['600x800', '3:4'],
    ['2560x1080', '21:9'],
    ['3440x1440', '21:9'],
    ['1536x1024', '3:2'],
    ['1500x1000', '3:2'],
    ['1024x1536', '2:3'],
    ['1280x1024', '5:4'],
    ['1024x1280', '4:5'],
  ];

  it.each(TABLE)('%s is %s for every model', (size, ratio) => {
    for (const { aspectRatios } of GEMINI_MODELS) {
      expect(nearest(size, aspectRatios)).toBe(ratio);
    }
  });

  it.each([
    ['256x1024', '9:16', '1:4'],
    ['4096x1024', '21:9', '4:1'],
    ['100x900', '9:16', '1:8'],
    ['900x100', '21:9', '8:1'],
    ['1x1000000', '9:16', '1:8'],
    [`${'9'.repeat(300)}x1`, '21:9', '8:1'],
    ['768x1344', '9:16', '9:16'],
    ['864x1152', '3:4', '3:4'],
    ['1440x720', '16:9', '16:9'],
    // Exactly between 1:4 and 9:16: the one that is listed first, whatever the scale.
    ['3x8', '9:16', '9:16'],
    ['384x1024', '9:16', '9:16'],
    ['1125x3000', '9:16', '9:16'],
  ])('%s is %s of ten and %s of fourteen', (size, ofTen, ofFourteen) => {
    expect(nearest(size, TEN)).toBe(ofTen);
    expect(nearest(size, FOURTEEN)).toBe(ofFourteen);
  });

  it('has nothing to give from an empty list', () => {
    expect(nearestAspectRatio({ width: 1, height: 1 }, [])).toBeUndefined();
  });

  const pixels = fc.integer({ min: 1, max: 20_000 });
  const lists = fc.constantFrom(TEN, FOURTEEN);

  it('really is the nearest', () => {
    fc.assert(
      fc.property(pixels, pixels, lists, (width, height, ratios) => {
        const chosen = nearestAspectRatio({ width, height }, ratios) ?? '';
        const best = Math.min(...ratios.map((ratio) => distance(width, height, ratio)));
        expect(distance(width, height, chosen)).toBeLessThanOrEqual(best + 1e-11);
      }),
    );
  });

  it('does not depend on the scale', () => {
    fc.assert(
      fc.property(
        pixels,
        pixels,
        fc.integer({ min: 2, max: 100 }),
        lists,
        (width, height, factor, ratios) => {
          expect(
            nearestAspectRatio({ width: width * factor, height: height * factor }, ratios),
          ).toBe(nearestAspectRatio({ width, height }, ratios));
        },
      ),
    );
  });

  it('gives every ratio for itself', () => {
    for (const ratio of FOURTEEN) {
      expect(nearest(ratio.replace(':', 'x'), FOURTEEN)).toBe(ratio);
    }
  });
});
