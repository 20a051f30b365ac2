import type { Sharp } from 'sharp';
import sharp from 'sharp';
import { encodeBase64 } from '../../json/base64-blob';
import { JsonBlob } from '../../json/json-blob';
import { MaskReader, type MaskReading } from './mask-reader';
import { PixelSemaphore } from './pixel-semaphore';

const size = { width: 4, height: 2 };
const ALPHA = [0, 255, 128, 1, 254, 0, 255, 77];

/** A picture of 4 x 2 pixels. */
function picture(channels: 1 | 2 | 3 | 4, pixels: readonly number[]): Sharp {
  return sharp(Buffer.from(pixels), { raw: { ...size, channels } });
}

/** A photograph's colours under the alpha, as editors leave them there. */
function rgba(alpha: readonly number[] = ALPHA): Sharp {
  return picture(
    4,
    alpha.flatMap((value, at) => [at * 30, 200, 255 - at, value]),
  );
}

async function blobOf(image: Sharp): Promise<JsonBlob> {
  return encodeBase64(await image.toBuffer());
}

describe('MaskReader', () => {
  const reader = new MaskReader(new PixelSemaphore());
  const read = async (mask: Sharp | Buffer, of = size): Promise<MaskReading> =>
    reader.read(Buffer.isBuffer(mask) ? await encodeBase64(mask) : await blobOf(mask), of);

  describe('makes it white where the image may change', () => {
    it.each([
      ['RGBA', () => rgba().png()],
      ['interlaced', () => rgba().png({ progressive: true })],
      [
        'grey with alpha',
        () =>
          picture(
            2,
            ALPHA.flatMap((alpha) => [99, alpha]),
          )
            .toColourspace('b-w')
            .png(),
      ],
      ['a palette', () => rgba().png({ palette: true, quality: 100, dither: 0 })],
      [
        '16 bits',
        () => {
          const deep = Uint16Array.from(ALPHA.flatMap((alpha) => [9, 8, 7, alpha * 257]));
          return sharp(deep, { raw: { ...size, channels: 4 } })
            .toColourspace('rgb16')
            .png();
        },
      ],
      ['a colour profile', () => rgba().withIccProfile('p3').png()],
    ])('%s', async (_name, make) => {
      const reading = await read(make());
      expect(reading).toMatchObject({ ok: true, keepsEverything: false });
      const bytes = reading.ok ? Buffer.from(reading.forModel.toText(), 'base64') : Buffer.alloc(0);
      expect(await sharp(bytes).metadata()).toMatchObject({
        ...size,
        format: 'png',
        channels: 3,
        depth: 'uchar',
      });
      const pixels = await sharp(bytes).raw().toBuffer();
      const white = ALPHA.map((alpha) => 255 - alpha);
      expect([...pixels]).toEqual(white.flatMap((value) => [value, value, value]));
    });
  });

  it.each([
    ['opaque everywhere', ALPHA.map(() => 255), true],
    ['almost opaque in one place', ALPHA.map((_, at) => (at === 7 ? 254 : 255)), false],
    ['clear everywhere', ALPHA.map(() => 0), false],
  ])('takes a mask that is %s', async (_name, alpha, keepsEverything) => {
    expect(await read(rgba(alpha).png())).toMatchObject({ ok: true, keepsEverything });
  });

  it('finds the one clear pixel of a large mask', async () => {
    const large = { width: 1500, height: 1000 };
    const pixels = Buffer.alloc(large.width * large.height * 4, 255);
    const mask = (): Sharp => sharp(pixels, { raw: { ...large, channels: 4 } }).png();
    expect(await read(mask(), large)).toMatchObject({ keepsEverything: true });
    pixels[pixels.length - 1] = 0;
    expect(await read(mask(), large)).toMatchObject({ keepsEverything: false });
  });

  describe('refuses', () => {
    const format = 'invalid_mask_image_format';
    const mimetype = 'unsupported_file_mimetype';
    const HOW =
      'Opaque parts of the mask keep the image, transparent parts are repainted: export ' +
      'the mask as a PNG with transparency.';

    it.each([
      [
        'a mask without alpha',
        () => rgba().removeAlpha().png(),
        format,
        `Invalid mask image format - mask image missing alpha channel. ${HOW}`,
      ],
      [
        'a grey one, too',
        () => picture(1, ALPHA).toColourspace('b-w').png(),
        format,
        `Invalid mask image format - mask image missing alpha channel. ${HOW}`,
      ],
      [
        'a mask of another size',
        () => rgba().extract({ left: 0, top: 0, width: 3, height: 2 }).png(),
        format,
        'Invalid mask image format - mask size does not match image size (the mask is 3x2, the image 4x2)',
      ],
      [
        'a mask that is cut off',
        async () => (await rgba().png().toBuffer()).subarray(0, 60),
        format,
        'Invalid mask image format - mask image cannot be read',
      ],
      [
        'a JPEG',
        () => rgba().jpeg(),
        mimetype,
        `Invalid file 'mask': unsupported mimetype ('image/jpeg'). Supported file formats are 'image/png'. ${HOW}`,
      ],
      [
        'a WebP',
        () => rgba().webp(),
        mimetype,
        `Invalid file 'mask': unsupported mimetype ('image/webp'). Supported file formats are 'image/png'. ${HOW}`,
      ],
      [
        'what is no image',
        () => Buffer.from('no image'),
        mimetype,
        `Invalid file 'mask': unsupported mimetype ('application/octet-stream'). Supported file formats are 'image/png'. ${HOW}`,
      ],
    ])('%s', async (_name, make, code, message) => {
      expect(await read(await make())).toEqual({ ok: false, code, message });
    });

    it('bytes that are not base64', async () => {
      const text = (await blobOf(rgba().png())).toText();
      const broken = JsonBlob.from(Buffer.from(`${text.slice(0, 60)}\n${text.slice(61)}`));
      expect(await reader.read(broken, size)).toMatchObject({ ok: false, code: format });
    });
  });

  it('rejects with the reason of an aborted signal', async () => {
    const reason = new Error('gone');
    const mask = await blobOf(rgba().png());
    await expect(reader.read(mask, size, { signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
  });
});
