import { JsonBlob } from '../json/json-blob';
import { expectedBytes, type ExpectedPlan } from './expected-bytes';

const MIB = 1024 * 1024;

/** As much of a PNG as its size takes. */
function maskOf(width: number, height: number): ExpectedPlan['maskOverlay'] {
  const png = Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0\0\0\0\0\b\u0006\0\0\0', 'latin1');
  png.writeUInt32BE(width, 16);
  png.writeUInt32BE(height, 20);
  const original = JsonBlob.from(Buffer.from(png.toString('base64')));
  return { original, mask: original };
}

describe('the expected bytes of the images of a request', () => {
  it.each<[string, ExpectedPlan, number]>([
    ['512', { n: 1, imageSize: '512' }, MIB],
    ['1K', { n: 1, imageSize: '1K' }, 3 * MIB],
    ['no size, which is 1K', { n: 1 }, 3 * MIB],
    ['2K', { n: 1, imageSize: '2K' }, 10 * MIB],
    ['4K', { n: 1, imageSize: '4K' }, 25 * MIB],
    ['a size that nobody knows yet', { n: 1, imageSize: '8K' }, 25 * MIB],
    ['each of several images', { n: 3, imageSize: '4K' }, 75 * MIB],
    ['each partial image', { n: 2, imageSize: '2K', partialImages: 3 }, 80 * MIB],
    ['a format, which changes little', { n: 1, outputFormat: 'webp' }, 3 * MIB],
    ['a mask on a small original', { n: 1, maskOverlay: maskOf(1024, 1024) }, 7 * MIB],
    ['a mask on a large one', { n: 1, maskOverlay: maskOf(3072, 2048) }, 27 * MIB],
    ['two of them', { n: 2, maskOverlay: maskOf(3072, 2048) }, 54 * MIB],
    ['in PNG', { n: 1, maskOverlay: maskOf(1024, 1024), outputFormat: 'png' }, 7 * MIB],
    ['in JPEG', { n: 1, maskOverlay: maskOf(1024, 1024), outputFormat: 'jpeg' }, 5 * MIB],
    ['in WebP', { n: 1, maskOverlay: maskOf(1024, 1024), outputFormat: 'webp' }, 5 * MIB],
    [
      'with partial images, which are laid over it as well',
      { n: 1, partialImages: 1, maskOverlay: maskOf(1024, 1024) },
      14 * MIB,
    ],
  ])('%s', (_name, plan, expected) => {
    expect(expectedBytes(plan)).toBe(expected);
  });
});
