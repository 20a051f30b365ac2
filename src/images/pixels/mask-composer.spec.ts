import { createCipheriv } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import type { Sharp } from 'sharp';
import sharp from 'sharp';
import { encodeBase64 } from '../../json/base64-blob';
import { JsonBlob } from '../../json/json-blob';
import { attachToPng } from './colour-profile';
import type { EncodingTarget } from './encoding-target';
import { MaskComposer } from './mask-composer';
import { PixelSemaphore } from './pixel-semaphore';
import { UnreadableImageError } from './unreadable-image';

interface Raw {
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** Values without a pattern, of every level: the same for the same seed. */
function noise(length: number, seed: number): Buffer {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16));
  return cipher.update(Buffer.alloc(length));
}

function picture(width: number, height: number, channels: 1 | 2 | 3 | 4, data: Buffer): Sharp {
  return sharp(data, { raw: { width, height, channels } });
}

/** A photograph of sorts: a gradient, so that JPEG has something it can keep. */
function gradient(width: number, height: number): Sharp {
  const pixels = Buffer.alloc(width * height * 3);
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 3) {
      pixels[at] = x + y;
      pixels[at + 1] = 2 * x + y;
      pixels[at + 2] = 3 * x + y;
    }
  }
  return picture(width, height, 3, pixels);
}

/** Few enough colours, hidden ones among them, for a palette. */
function coarse(width: number, height: number): Sharp {
  const pixels = noise(width * height * 4, 3).map((value) => value & 0xc0);
  return picture(width, height, 4, Buffer.from(pixels));
}

async function blobOf(image: Sharp): Promise<JsonBlob> {
  return encodeBase64(await image.toBuffer());
}

function bytesOf(blob: JsonBlob): Buffer {
  return Buffer.from(blob.toText(), 'base64');
}

/** The values as they are stored. */
async function rawOf(image: JsonBlob | Buffer): Promise<Raw> {
  const bytes = Buffer.isBuffer(image) ? image : bytesOf(image);
  const { data, info } = await sharp(bytes, { ignoreIcc: true })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels };
}

/** A mask with colours of its own below the alpha, which must not matter. */
function maskOf(
  width: number,
  height: number,
  alpha: (pixel: number) => number,
): Promise<JsonBlob> {
  const pixels = noise(width * height * 4, 7);
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    pixels[pixel * 4 + 3] = alpha(pixel);
  }
  return blobOf(picture(width, height, 4, pixels).png());
}

/** The result as it has to be, worked out pixel by pixel: opaque, clear, or half. */
function expected(original: Raw, generated: Buffer, alpha: (pixel: number) => number): Buffer {
  const { data, channels } = original;
  const result = Buffer.from(data);
  for (let pixel = 0; pixel < data.length / channels; pixel += 1) {
    if (alpha(pixel) === 0) {
      result.fill(255, pixel * channels, (pixel + 1) * channels);
      generated.copy(result, pixel * channels, pixel * 3, pixel * 3 + 3);
    }
  }
  return result;
}

/** Some opaque, some clear, without a pattern. */
const stripes = (pixel: number): number => ((pixel * 7) % 11 < 6 ? 255 : 0);
const opaque = (): number => 255;
const clear = (): number => 0;
const PNG = { format: 'png' } as const;

describe('MaskComposer', () => {
  const composer = new MaskComposer(new PixelSemaphore());
  const compose = (
    original: JsonBlob,
    mask: JsonBlob,
    generated: JsonBlob,
    target: EncodingTarget = PNG,
    signal?: AbortSignal,
  ): Promise<JsonBlob> => composer.compose({ original, mask, generated }, target, { signal });

  describe('keeps every opaque pixel and replaces every clear one', () => {
    const sizes = [
      [1, 1],
      [3, 5],
      [1021, 733],
    ] as const;
    // Each kind with what its pixels are, independent of how it is decoded, wherever that is possible.
    const kinds: readonly [string, (w: number, h: number) => Promise<[Buffer, Raw]>][] = [
      ['RGB', (w, h) => lossless(w, h, 3, (image) => image.png())],
      ['RGBA with hidden colours', (w, h) => lossless(w, h, 4, (image) => image.png())],
      ['interlaced PNG', (w, h) => lossless(w, h, 4, (image) => image.png({ progressive: true }))],
      ['lossless WebP', (w, h) => lossless(w, h, 3, (image) => image.webp({ lossless: true }))],
      [
        'lossless WebP with hidden colours',
        (w, h) => lossless(w, h, 4, (image) => image.webp({ lossless: true, exact: true })),
      ],
      ['greyscale', (w, h) => grey(w, h, 1)],
      ['greyscale with alpha', (w, h) => grey(w, h, 2)],
      ['16 bits', sixteenBits],
      ['a palette', (w, h) => asDecoded(gradient(w, h).png({ palette: true }))],
      ['a palette with transparency', (w, h) => asDecoded(coarse(w, h).png({ palette: true }))],
      ['JPEG', (w, h) => asDecoded(gradient(w, h).jpeg())],
      ['grey JPEG', (w, h) => asDecoded(gradient(w, h).greyscale().jpeg())],
      ['CMYK JPEG', (w, h) => asDecoded(gradient(w, h).toColourspace('cmyk').jpeg())],
    ];

    async function lossless(
      width: number,
      height: number,
      channels: 3 | 4,
      encode: (image: Sharp) => Sharp,
    ): Promise<[Buffer, Raw]> {
      const data = noise(width * height * channels, 1);
      for (let at = 3; channels === 4 && at < data.length; at += 12) {
        data[at] = 0;
      }
      const bytes = await encode(picture(width, height, channels, data)).toBuffer();
      return [bytes, { data, width, height, channels }];
    }

    async function grey(width: number, height: number, channels: 1 | 2): Promise<[Buffer, Raw]> {
      const data = noise(width * height * channels, 1);
      const image = picture(width, height, channels, data).toColourspace('b-w').png();
      const out = channels === 1 ? 3 : 4;
      const pixels = Buffer.alloc(width * height * out);
      for (let pixel = 0; pixel < width * height; pixel += 1) {
        const value = data[pixel * channels] ?? 0;
        pixels.fill(value, pixel * out, pixel * out + 3);
        pixels[pixel * out + 3] = (out === 4 ? data[pixel * 2 + 1] : pixels[pixel * out + 3]) ?? 0;
      }
      return [await image.toBuffer(), { data: pixels, width, height, channels: out }];
    }

    async function sixteenBits(width: number, height: number): Promise<[Buffer, Raw]> {
      const data = noise(width * height * 4 * 2, 1);
      const values = new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
      const image = sharp(values, { raw: { width, height, channels: 4 } });
      const upper = Buffer.from(values.map((value) => value >>> 8));
      const bytes = await image.toColourspace('rgb16').png().toBuffer();
      return [bytes, { data: upper, width, height, channels: 4 }];
    }

    async function asDecoded(image: Sharp): Promise<[Buffer, Raw]> {
      const bytes = await image.toBuffer();
      const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
      return [bytes, { data, ...info }];
    }

    it.each(kinds.flatMap(([name, make]) => sizes.map(([w, h]) => [name, w, h, make] as const)))(
      'of %s, %i x %i',
      async (_name, width, height, make) => {
        const [bytes, original] = await make(width, height);
        const generated = noise(width * height * 3, 2);
        const result = await compose(
          await encodeBase64(bytes),
          await maskOf(width, height, stripes),
          await blobOf(picture(width, height, 3, generated).png()),
        );
        const { data, ...shape } = await rawOf(result);
        expect((await sharp(bytesOf(result)).metadata()).format).toBe('png');
        expect(shape).toEqual({ width, height, channels: original.channels });
        expect(data.equals(expected(original, generated, stripes))).toBe(true);
      },
    );

    it.each([1, 2, 3, 4, 5, 6, 7, 8])('of a JPEG with orientation %i', async (orientation) => {
      const jpeg = await gradient(61, 40).withMetadata({ orientation }).jpeg().toBuffer();
      const upright = await rawOf(await sharp(jpeg).rotate().png().toBuffer());
      const { width, height } = upright;
      expect([width, height]).toEqual(orientation < 5 ? [61, 40] : [40, 61]);
      const generated = noise(width * height * 3, 2);
      const result = await compose(
        await encodeBase64(jpeg),
        await maskOf(width, height, stripes),
        await blobOf(picture(width, height, 3, generated).png()),
      );
      const { data, ...shape } = await rawOf(result);
      expect(shape).toEqual({ width, height, channels: 3 });
      expect(data.equals(expected(upright, generated, stripes))).toBe(true);
      expect((await sharp(bytesOf(result)).metadata()).orientation).toBeUndefined();
    });

    it('of whatever pictures there are', async () => {
      const side = fc.integer({ min: 1, max: 7 });
      const pixelsOf = (count: number): fc.Arbitrary<Uint8Array> =>
        fc.uint8Array({ minLength: count, maxLength: count });
      const pictures = fc
        .tuple(side, side, fc.constantFrom(3 as const, 4 as const))
        .chain(([width, height, channels]) =>
          fc.record({
            width: fc.constant(width),
            height: fc.constant(height),
            channels: fc.constant(channels),
            original: pixelsOf(width * height * channels),
            generated: pixelsOf(width * height * 3),
            alpha: fc.array(fc.constantFrom(0, 255, 255, 128, 254), {
              minLength: width * height,
              maxLength: width * height,
            }),
          }),
        );
      await fc.assert(
        fc.asyncProperty(pictures, async ({ width, height, channels, ...from }) => {
          const original = Buffer.from(from.original);
          const generated = Buffer.from(from.generated);
          const alpha = (pixel: number): number => from.alpha[pixel] ?? 255;
          const { data } = await rawOf(
            await compose(
              await blobOf(picture(width, height, channels, original).png()),
              await maskOf(width, height, alpha),
              await blobOf(picture(width, height, 3, generated).png()),
            ),
          );
          const wanted = expected({ data: original, width, height, channels }, generated, alpha);
          const sure = [...data.keys()].filter((at) =>
            [0, 255].includes(alpha(Math.floor(at / channels))),
          );
          expect(sure.map((at) => data[at])).toEqual(sure.map((at) => wanted[at]));
          expect(data.length).toBe(original.length);
        }),
        { numRuns: 60 },
      );
    });
  });

  it('mixes both in between, in a line', async () => {
    const [original, generated] = [noise(50 * 40 * 3, 1), noise(50 * 40 * 3, 2)];
    const { data } = await rawOf(
      await compose(
        await blobOf(picture(50, 40, 3, original).png()),
        await maskOf(50, 40, (pixel) => pixel % 256),
        await blobOf(picture(50, 40, 3, generated).png()),
      ),
    );
    const off = [...data].map((value, at) => {
      const keep = (Math.floor(at / 3) % 256) / 255;
      return Math.abs(value - keep * (original[at] ?? 0) - (1 - keep) * (generated[at] ?? 0));
    });
    expect(Math.max(...off)).toBeLessThanOrEqual(1);
  });

  it('gives the original back under a mask that is opaque everywhere', async () => {
    const original = noise(30 * 20 * 4, 1);
    const { data } = await rawOf(
      await compose(
        await blobOf(picture(30, 20, 4, original).png()),
        await maskOf(30, 20, opaque),
        await blobOf(gradient(64, 64).jpeg()),
      ),
    );
    expect(data.equals(original)).toBe(true);
  });

  describe('scales the model’s picture', () => {
    const colour = { r: 200, g: 100, b: 50 };

    it.each([
      ['smaller', 40, 30, 'png'],
      ['larger', 1024, 768, 'jpeg'],
      ['wider', 300, 30, 'webp'],
      ['higher', 16, 900, 'png'],
      ['of one pixel', 1, 1, 'png'],
    ] as const)('one that is %s', async (_name, width, height, format) => {
      const create = { width, height, channels: 3, background: colour } as const;
      const original = noise(83 * 61 * 3, 1);
      const { data, ...shape } = await rawOf(
        await compose(
          await blobOf(picture(83, 61, 3, original).png()),
          await maskOf(83, 61, stripes),
          await blobOf(sharp({ create }).toFormat(format, { quality: 100 })),
        ),
      );
      expect(shape).toEqual({ width: 83, height: 61, channels: 3 });
      const flat = Buffer.alloc(original.length, Buffer.from([200, 100, 50]));
      const raw = { data: original, width: 83, height: 61, channels: 3 };
      const wanted = expected(raw, flat, stripes);
      const off = [...data].map((value, at) => Math.abs(value - (wanted[at] ?? 0)));
      expect(Math.max(...off)).toBeLessThanOrEqual(format === 'png' ? 0 : 3);
      const opaqueOff = off.filter((_, at) => stripes(Math.floor(at / 3)) === 255);
      expect(Math.max(...opaqueOff)).toBe(0);
    });

    it('and cuts it at the middle', async () => {
      // Red, green and blue squares side by side, of which a square original gets the green one.
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="90" height="30"><rect width="30" height="30" fill="#f00"/><rect x="30" width="30" height="30" fill="#0f0"/><rect x="60" width="30" height="30" fill="#00f"/></svg>`;
      const { data } = await rawOf(
        await compose(
          await blobOf(gradient(45, 45).png()),
          await maskOf(45, 45, clear),
          await blobOf(sharp(Buffer.from(svg)).removeAlpha().png()),
        ),
      );
      expect(data.equals(Buffer.alloc(45 * 45 * 3, Buffer.from([0, 255, 0])))).toBe(true);
    });

    it('to a strip that could not be covered otherwise', async () => {
      const result = await compose(
        await blobOf(gradient(1, 30_000).png()),
        await maskOf(1, 30_000, clear),
        await blobOf(gradient(1024, 1024).jpeg()),
      );
      expect(await rawOf(result)).toMatchObject({ width: 1, height: 30_000 });
    });

    it.each([
      ['over white where the original has no alpha', 3, [255, 255, 255]],
      ['and takes its transparency where it has', 4, [255, 0, 0, 0]],
    ] as const)('%s', async (_name, channels, pixel) => {
      const red = { r: 255, g: 0, b: 0, alpha: 0 };
      const create = { width: 8, height: 8, channels: 4, background: red } as const;
      const original = Buffer.alloc(64 * channels, Buffer.from([255, 0, 0, 9].slice(0, channels)));
      const { data } = await rawOf(
        await compose(
          await blobOf(picture(8, 8, channels, original).png()),
          await maskOf(8, 8, clear),
          await blobOf(sharp({ create }).png()),
        ),
      );
      expect([...data.subarray(0, channels)]).toEqual(pixel);
    });
  });

  describe('an original with a colour profile', () => {
    const colour = { r: 200, g: 100, b: 50 };
    const create = { width: 32, height: 32, channels: 3, background: colour } as const;
    const half = (pixel: number): number => (pixel < 512 ? 255 : 0);

    async function composed(original: Buffer, target?: EncodingTarget): Promise<Buffer> {
      const generated = await blobOf(sharp({ create }).png());
      const mask = await maskOf(32, 32, half);
      return bytesOf(await compose(await encodeBase64(original), mask, generated, target));
    }

    /** What a viewer that knows profiles shows of the last pixel, which is the model's. */
    async function lastSeen(image: Buffer): Promise<readonly number[]> {
      const data = await sharp(image).removeAlpha().raw().toBuffer();
      return [...data.subarray(-3)].map((value, at) =>
        Math.abs(value - ([colour.r, colour.g, colour.b][at] ?? 0)),
      );
    }

    it.each(['srgb', 'p3'])('%s keeps its values and its profile', async (profile) => {
      const original = await gradient(32, 32).withIccProfile(profile).png().toBuffer();
      const result = await composed(original);
      const [before, after] = [await sharp(original).metadata(), await sharp(result).metadata()];
      expect(before.icc?.length).toBeGreaterThan(100);
      expect(after.icc?.equals(before.icc ?? Buffer.alloc(0))).toBe(true);
      const [stored, kept] = [await rawOf(original), await rawOf(result)];
      expect(kept.data.subarray(0, 512 * 3).equals(stored.data.subarray(0, 512 * 3))).toBe(true);
      expect(Math.max(...(await lastSeen(result)))).toBeLessThanOrEqual(2);
    });

    it('has the model’s picture converted to it', async () => {
      const original = await gradient(32, 32).withIccProfile('p3').png().toBuffer();
      const { data } = await rawOf(await composed(original));
      const inP3 = await sharp({ create }).withIccProfile('p3').raw().toBuffer();
      expect(data.subarray(-3).equals(inP3.subarray(-3))).toBe(true);
      expect([...inP3.subarray(-3)]).not.toEqual([200, 100, 50]);
    });

    it.each(['jpeg', 'webp'] as const)('is converted to sRGB for %s', async (format) => {
      const original = await gradient(32, 32).withIccProfile('p3').png().toBuffer();
      const result = await composed(original, { format });
      expect((await sharp(result).metadata()).icc).toBeUndefined();
      expect(Math.max(...(await lastSeen(result)))).toBeLessThanOrEqual(4);
    });

    it('of 16 bits keeps the upper 8', async () => {
      const values = Uint16Array.from({ length: 32 * 32 * 3 }, (_, at) => (at * 4099) % 65_536);
      const deep = sharp(values, { raw: { width: 32, height: 32, channels: 3 } });
      const png = await deep.toColourspace('rgb16').png().toBuffer();
      const srgb = await gradient(1, 1).withIccProfile('srgb').png().toBuffer();
      const { icc = Buffer.alloc(0) } = await sharp(srgb).metadata();
      const { data } = await rawOf(await composed(await attachToPng(png, icc)));
      const upper = Buffer.from(values.map((value) => value >>> 8));
      expect(data.subarray(0, 512 * 3).equals(upper.subarray(0, 512 * 3))).toBe(true);
    });

    it('that is broken is no harm', async () => {
      const plain = gradient(32, 32);
      const junk = Buffer.from(`${'.'.repeat(16)}RGB and nothing of use${'.'.repeat(200)}`);
      const broken = await attachToPng(await plain.clone().png().toBuffer(), junk);
      const result = await rawOf(await composed(broken));
      const stored = await plain.raw().toBuffer();
      expect(result.data.subarray(0, 512 * 3).equals(stored.subarray(0, 512 * 3))).toBe(true);
    });

    it('keeps its values even if no file can be written', async () => {
      const nowhere = path.join(__dirname, 'nowhere');
      const temporary = jest.spyOn(os, 'tmpdir').mockReturnValue(nowhere);
      const original = await gradient(32, 32).withIccProfile('p3').png().toBuffer();
      const result = await composed(original);
      expect(temporary).toHaveBeenCalled();
      temporary.mockRestore();
      const [stored, kept] = [await rawOf(original), await rawOf(result)];
      expect(kept.data.subarray(0, 512 * 3).equals(stored.data.subarray(0, 512 * 3))).toBe(true);
    });
  });

  describe('makes the requested format', () => {
    const clearRed = Buffer.alloc(16 * 16 * 4, Buffer.from([255, 0, 0, 0]));

    it.each([
      ['png', 4, [255, 0, 0, 0]],
      ['jpeg', 3, [255, 255, 255]],
      ['webp', 4, undefined],
    ] as const)('%s', async (format, channels, first) => {
      const result = await compose(
        await blobOf(picture(16, 16, 4, clearRed).png()),
        await maskOf(16, 16, (pixel) => (pixel < 128 ? 255 : 0)),
        await blobOf(gradient(16, 16).png()),
        { format },
      );
      expect((await sharp(bytesOf(result)).metadata()).format).toBe(format);
      const { data, ...shape } = await rawOf(result);
      expect(shape).toEqual({ width: 16, height: 16, channels });
      const pixel = [...data.subarray(0, channels)];
      expect(first === undefined ? pixel[3] : pixel).toEqual(first ?? 0);
    });

    it('in the requested quality', async () => {
      const [original, mask] = [
        await blobOf(gradient(99, 99).png()),
        await maskOf(99, 99, stripes),
      ];
      const sizes: number[] = [];
      for (const quality of [0, 60, undefined]) {
        const result = await compose(original, mask, original, { format: 'jpeg', quality });
        sizes.push(result.byteLength);
      }
      expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
      expect(new Set(sizes).size).toBe(3);
    });
  });

  describe('gives up', () => {
    it.each([
      ['an generated that is none', () => Promise.resolve(JsonBlob.from(Buffer.from('AAAA')))],
      [
        'an generated that is cut off',
        async () => encodeBase64((await gradient(64, 64).png().toBuffer()).subarray(0, 300)),
      ],
    ])('on %s', async (_name, make) => {
      const [original, mask] = [await blobOf(gradient(9, 9).png()), await maskOf(9, 9, clear)];
      await expect(compose(original, mask, await make())).rejects.toThrow(UnreadableImageError);
    });

    it('on a mask of another size, rather than shift it', async () => {
      const original = await blobOf(gradient(9, 9).png());
      const mask = await maskOf(9, 8, clear);
      await expect(compose(original, mask, original)).rejects.toThrow(UnreadableImageError);
    });

    it('when the signal is aborted before or during the work, and serves the next one', async () => {
      const [original, mask] = [
        await blobOf(gradient(800, 600).png()),
        await maskOf(800, 600, clear),
      ];
      const reason = new Error('gone');
      await expect(compose(original, mask, original, PNG, AbortSignal.abort(reason))).rejects.toBe(
        reason,
      );
      const abort = new AbortController();
      const atWork = compose(original, mask, original, PNG, abort.signal);
      setImmediate(() => {
        abort.abort(reason);
      });
      await expect(atWork).rejects.toBe(reason);
      await expect(compose(original, mask, original)).resolves.toBeInstanceOf(JsonBlob);
    });
  });
});
