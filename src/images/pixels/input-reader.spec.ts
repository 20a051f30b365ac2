import type { Sharp } from 'sharp';
import sharp from 'sharp';
import { encodeBase64 } from '../../json/base64-blob';
import { JsonBlob } from '../../json/json-blob';
import { InputReader, type PreparedInput, type InputReading } from './input-reader';
import { PixelSemaphore } from './pixel-semaphore';

type Format = 'png' | 'jpeg' | 'webp';
const FORMATS: readonly Format[] = ['png', 'jpeg', 'webp'];

/** No two corners alike, so that every way to turn it makes another picture. */
function picture(width = 64, height = 48): Sharp {
  const pixels = Buffer.alloc(width * height * 3);
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 3) {
      pixels[at] = 3 * x;
      pixels[at + 1] = 4 * y;
      pixels[at + 2] = x + y;
    }
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

/** An EXIF segment of a JPEG that holds the orientation 6 and nothing else. */
const LIES_ON_ITS_SIDE = Buffer.from(
  'ffe10022 457869660000 49492a0008000000 0100 120103000100000006000000 00000000'.replaceAll(
    ' ',
    '',
  ),
  'hex',
);

function bytesOf(blob: JsonBlob): Buffer {
  return Buffer.from(blob.toText(), 'base64');
}

describe('InputReader', () => {
  const reader = new InputReader(new PixelSemaphore());
  const read = async (bytes: Buffer): Promise<InputReading> =>
    reader.read(await encodeBase64(bytes));

  async function readable(bytes: Buffer): Promise<PreparedInput> {
    const reading = await read(bytes);
    if (!reading.ok) {
      throw new Error(reading.fault);
    }
    return reading.image;
  }

  describe('leaves alone', () => {
    it.each<[string, () => Sharp]>([
      ...FORMATS.map((format): [string, () => Sharp] => [format, () => picture().toFormat(format)]),
      ['an interlaced PNG', () => picture().png({ progressive: true })],
      ['a progressive JPEG', () => picture().jpeg({ progressive: true })],
      ['a JPEG in CMYK', () => picture().toColourspace('cmyk').jpeg()],
      ['a JPEG that says it is upright', () => picture().withMetadata({ orientation: 1 }).jpeg()],
      ['a PNG with a profile', () => picture().withIccProfile('p3').png()],
      ['one pixel', () => picture(1, 1).png()],
    ])('%s', async (_name, make) => {
      const data = await encodeBase64(await make().toBuffer());
      const reading = await reader.read(data);
      expect(reading).toMatchObject({ ok: true });
      expect(reading.ok && reading.image.data).toBe(data);
    });
  });

  describe('turns upright', () => {
    const turns = FORMATS.flatMap((format) =>
      [2, 3, 4, 5, 6, 7, 8].map((orientation) => [format, orientation] as const),
    );

    it.each(turns)('a %s with orientation %i', async (format, orientation) => {
      const lying = await picture().withMetadata({ orientation }).toFormat(format).toBuffer();
      const wanted = await sharp(lying).rotate().raw().toBuffer();
      const { data, header } = await readable(lying);
      const [width, height] = orientation < 5 ? [64, 48] : [48, 64];
      expect(header).toEqual({ format, mimeType: `image/${format}`, width, height });
      expect((await sharp(bytesOf(data)).metadata()).orientation).toBeUndefined();
      const pixels = await sharp(bytesOf(data)).raw().toBuffer();
      const off = [...pixels].map((value, at) => Math.abs(value - (wanted[at] ?? 0)));
      const mean = off.reduce((sum, value) => sum + value, 0) / off.length;
      expect(pixels.length).toBe(wanted.length);
      expect(mean).toBeLessThanOrEqual(format === 'png' ? 0 : 3);
    });

    it('and keeps its colour profile', async () => {
      const lying = picture().withMetadata({ orientation: 6 }).withIccProfile('p3').png();
      const bytes = await lying.toBuffer();
      const { data } = await readable(bytes);
      const [before, after] = [
        await sharp(bytes).metadata(),
        await sharp(bytesOf(data)).metadata(),
      ];
      expect(before.icc?.length).toBeGreaterThan(100);
      expect(after.icc?.equals(before.icc ?? Buffer.alloc(0))).toBe(true);
      const stored = (image: Buffer): Promise<Buffer> =>
        sharp(image, { ignoreIcc: true, autoOrient: true }).raw().toBuffer();
      expect((await stored(bytesOf(data))).equals(await stored(bytes))).toBe(true);
    });

    it('and converts CMYK, which few readers take', async () => {
      const cmyk = await picture().toColourspace('cmyk').jpeg().toBuffer();
      const bytes = Buffer.concat([cmyk.subarray(0, 2), LIES_ON_ITS_SIDE, cmyk.subarray(2)]);
      expect(await sharp(bytes).metadata()).toMatchObject({ space: 'cmyk', orientation: 6 });
      const { data, header } = await readable(bytes);
      expect(header).toMatchObject({ width: 48, height: 64 });
      const metadata = await sharp(bytesOf(data)).metadata();
      expect([metadata.space, metadata.hasProfile]).toEqual(['srgb', false]);
    });

    it.each([
      ['4:2:0', '4:2:0'],
      ['4:4:4', '4:4:4'],
    ])('and keeps colour at %s', async (chromaSubsampling, expected) => {
      const lying = picture().withMetadata({ orientation: 3 }).jpeg({ chromaSubsampling });
      const { data } = await readable(await lying.toBuffer());
      expect((await sharp(bytesOf(data)).metadata()).chromaSubsampling).toBe(expected);
    });
  });

  describe('finds out', () => {
    const cuts = FORMATS.flatMap((format) =>
      [undefined, 6].flatMap((orientation) =>
        [0.3, 0.6, 0.95].map((share) => [format, orientation, share] as const),
      ),
    );

    it.each(cuts)('a %s (orientation %s) that ends at %d', async (format, orientation, share) => {
      const noise = { type: 'gaussian' as const, mean: 128, sigma: 50 };
      const create = { width: 200, height: 150, channels: 3, background: '#000', noise } as const;
      const image = sharp(await sharp({ create }).png().toBuffer());
      const turned = orientation === undefined ? image : image.withMetadata({ orientation });
      const whole = await turned.toFormat(format).toBuffer();
      expect(await read(whole)).toMatchObject({ ok: true });
      const cut = whole.subarray(0, Math.floor(whole.length * share));
      expect(await read(cut)).toEqual({ ok: false, fault: 'unreadable' });
    });

    it('a PNG with one wrong byte', async () => {
      const png = await picture(300, 300).png({ compressionLevel: 0 }).toBuffer();
      const middle = Math.floor(png.length / 2);
      png[middle] = (png[middle] ?? 0) ^ 1;
      expect(await read(png)).toEqual({ ok: false, fault: 'unreadable' });
    });

    it.each([
      ['nothing', Buffer.alloc(0)],
      ['text', Buffer.from('no image at all')],
      ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')],
      ['a GIF', Buffer.from('R0lGODlhAQABAAAAACwAAAAAAQABAAA=', 'base64')],
    ])('%s', async (_name, bytes) => {
      expect(await read(bytes)).toEqual({ ok: false, fault: 'unreadable' });
    });

    it('bytes that are not base64', async () => {
      const text = (await picture().png().toBuffer()).toString('base64');
      const broken = JsonBlob.from(Buffer.from(`${text.slice(0, 400)}\n${text.slice(401)}`));
      expect(await reader.read(broken)).toEqual({ ok: false, fault: 'unreadable' });
    });

    it('more pixels than it would decode, without decoding any', async () => {
      const jpeg = await picture().jpeg().toBuffer();
      const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
      jpeg.writeUInt16BE(10_000, frame + 5);
      jpeg.writeUInt16BE(10_000, frame + 7);
      expect(await read(jpeg)).toEqual({ ok: false, fault: 'too_many_pixels' });
    });
  });

  describe('accepts a complete JPEG without its end marker,', () => {
    const wholes = [false, true].flatMap((progressive) =>
      [undefined, 6].map((orientation) => [progressive, orientation] as const),
    );

    it.each(wholes)('progressive: %s, orientation %s', async (progressive, orientation) => {
      const upright = picture();
      const turned = orientation === undefined ? upright : upright.withMetadata({ orientation });
      const whole = await turned.jpeg({ progressive }).toBuffer();
      const { data, header } = await readable(whole.subarray(0, -2));
      expect(header).toMatchObject(orientation === 6 ? { width: 48 } : { width: 64 });
      const expected = await readable(whole);
      expect(bytesOf(data).equals(bytesOf(expected.data))).toBe(true);
    });

    it('or with half of it', async () => {
      const whole = await picture().jpeg().toBuffer();
      expect(await read(whole.subarray(0, -1))).toMatchObject({ ok: true });
    });

    it.each([3, 4, 20, 400])('but none that lacks %i bytes', async (missing) => {
      const whole = await picture(200, 200).jpeg().toBuffer();
      const cut = whole.subarray(0, whole.length - missing);
      expect(await read(cut)).toEqual({ ok: false, fault: 'unreadable' });
    });

    it('and one with something behind its end as it is', async () => {
      const data = await encodeBase64(
        Buffer.concat([await picture().jpeg().toBuffer(), Buffer.from('a film')]),
      );
      const reading = await reader.read(data);
      expect(reading.ok && reading.image.data).toBe(data);
    });
  });

  describe('refuses without decoding an image that is too large to be decoded as a whole:', () => {
    /** 60 million pixels. */
    const withSides = (jpeg: Buffer): Buffer => {
      const frame = jpeg.findIndex(
        (byte, at) => byte === 0xff && [0xc0, 0xc2].includes(jpeg[at + 1] ?? 0),
      );
      jpeg.writeUInt16BE(1000, frame + 5);
      jpeg.writeUInt16BE(60_000, frame + 7);
      return jpeg;
    };

    it.each<[string, () => Promise<Buffer>, number]>([
      [
        'a progressive JPEG in full colour',
        async () =>
          withSides(
            await picture().jpeg({ progressive: true, chromaSubsampling: '4:4:4' }).toBuffer(),
          ),
        360_000_000,
      ],
      [
        'a progressive JPEG that has to be turned',
        async () =>
          withSides(
            await picture().withMetadata({ orientation: 6 }).jpeg({ progressive: true }).toBuffer(),
          ),
        360_000_000,
      ],
      [
        'an interlaced PNG of 16 bits',
        async () => {
          const png = await sharp({
            create: { width: 8, height: 8, channels: 4, background: '#fff' },
          })
            .toColourspace('rgb16')
            .png({ progressive: true })
            .toBuffer();
          png.writeUInt32BE(8192, 16);
          png.writeUInt32BE(8192, 20);
          return png;
        },
        512 * 1024 * 1024,
      ],
    ])('%s', async (_name, make, bytes) => {
      expect(await read(await make())).toEqual({ ok: false, fault: 'too_large_whole', bytes });
    });

    it.each<[string, () => Promise<Buffer>]>([
      ['a baseline JPEG', async () => withSides(await picture().jpeg().toBuffer())],
      [
        'a baseline JPEG that has to be turned',
        async () => withSides(await picture().withMetadata({ orientation: 6 }).jpeg().toBuffer()),
      ],
      [
        'a progressive JPEG as cameras make it',
        async () => withSides(await picture().jpeg({ progressive: true }).toBuffer()),
      ],
    ])('but not %s', async (_name, make) => {
      const reading = await read(await make());
      expect(reading.ok ? undefined : reading.fault).not.toBe('too_large_whole');
    });
  });

  it('rejects with the reason of an aborted signal', async () => {
    const reason = new Error('gone');
    const data = await encodeBase64(await picture().png().toBuffer());
    await expect(reader.read(data, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
