import sharp, { type Sharp } from 'sharp';
import { wholeBytes } from './whole-bytes';

const picture = (channels: 3 | 4 = 3): Sharp =>
  sharp({
    create: { width: 64, height: 32, channels, background: { r: 1, g: 2, b: 3, alpha: 0.5 } },
  });

const PIXELS = 64 * 32;

async function bytesToAPixel(image: Sharp | Buffer): Promise<number> {
  const file = Buffer.isBuffer(image) ? image : await image.toBuffer();
  return wholeBytes((start, end) => file.subarray(start, end)) / PIXELS;
}

/** A baseline JPEG whose first scan says that it has one of the three colours only. */
async function inThreeScans(): Promise<Buffer> {
  const jpeg = await picture().jpeg().toBuffer();
  jpeg[jpeg.indexOf(Buffer.from([0xff, 0xda])) + 4] = 1;
  return jpeg;
}

describe('the memory of an image that is decoded as a whole', () => {
  it.each<[string, () => Sharp, number]>([
    ['a PNG', () => picture().png(), 0],
    ['a PNG of 16 bits', () => picture(4).toColourspace('rgb16').png(), 0],
    ['an interlaced PNG', () => picture().png({ progressive: true }), 4],
    ['an interlaced PNG with alpha', () => picture(4).png({ progressive: true }), 4],
    [
      'an interlaced PNG with a palette',
      () => picture().png({ progressive: true, palette: true }),
      4,
    ],
    [
      'an interlaced PNG in grey',
      () => picture().toColourspace('b-w').png({ progressive: true }),
      2,
    ],
    [
      'an interlaced PNG of 16 bits',
      () => picture(4).toColourspace('rgb16').png({ progressive: true }),
      8,
    ],
    ['a JPEG', () => picture().jpeg(), 0],
    ['a JPEG in CMYK', () => picture().toColourspace('cmyk').jpeg(), 0],
    ['a progressive JPEG', () => picture().jpeg({ progressive: true }), 3],
    [
      'a progressive JPEG in full colour',
      () => picture().jpeg({ progressive: true, chromaSubsampling: '4:4:4' }),
      6,
    ],
    [
      'a progressive JPEG in grey',
      () => picture().toColourspace('b-w').jpeg({ progressive: true }),
      2,
    ],
    [
      'a progressive JPEG in CMYK',
      () => picture().toColourspace('cmyk').jpeg({ progressive: true }),
      8,
    ],
    ['a WebP', () => picture().webp(), 8],
    ['a lossless WebP with alpha', () => picture(4).webp({ lossless: true }), 8],
  ])('%s: so many bytes to a pixel', async (_name, make, expected) => {
    expect(await bytesToAPixel(make())).toBe(expected);
  });

  it('counts a baseline JPEG in several scans as a progressive one', async () => {
    expect(await bytesToAPixel(await inThreeScans())).toBe(3);
  });

  it('counts a JPEG that ends before its first scan as the worst case', async () => {
    const jpeg = await picture().jpeg().toBuffer();
    expect(await bytesToAPixel(jpeg.subarray(0, jpeg.indexOf(Buffer.from([0xff, 0xda]))))).toBe(3);
  });

  it('counts nothing for bytes that are not an image', async () => {
    expect(await bytesToAPixel(Buffer.from('no image'))).toBe(0);
  });
});
