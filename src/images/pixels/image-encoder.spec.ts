import os from 'node:os';
import { inspect } from 'node:util';
import type { Sharp } from 'sharp';
import sharp from 'sharp';
import { encodeBase64 } from '../../json/base64-blob';
import { JsonBlob } from '../../json/json-blob';
import { ImageEncoder } from './image-encoder';
import { readImageHeader } from './image-header';
import { imagesAtATime, PixelSemaphore } from './pixel-semaphore';
import { UnreadableImageError } from './unreadable-image';

function bytesOf(blob: JsonBlob): Buffer {
  return Buffer.from(blob.toText(), 'base64');
}

async function blobOf(image: Sharp): Promise<JsonBlob> {
  return encodeBase64(await image.toBuffer());
}

/** A picture with an edge in it, so that quality makes a difference. */
function picture(width = 64, height = 48): Sharp {
  const noise = { type: 'gaussian' as const, mean: 128, sigma: 50 };
  return sharp({ create: { width, height, channels: 3, background: '#000', noise } });
}

async function pixelOf(blob: JsonBlob, x = 0, y = 0): Promise<readonly number[]> {
  const { data, info } = await sharp(bytesOf(blob)).raw().toBuffer({ resolveWithObject: true });
  const at = (y * info.width + x) * info.channels;
  return [...data.subarray(at, at + info.channels)];
}

describe('ImageEncoder', () => {
  const encoder = new ImageEncoder(new PixelSemaphore());

  it.each(
    (['png', 'jpeg', 'webp'] as const).flatMap((from) =>
      (['png', 'jpeg', 'webp'] as const).map((to) => [from, to] as const),
    ),
  )('turns %s into %s', async (from, to) => {
    const source = await blobOf(picture().toFormat(from));
    const result = await encoder.encode(source, { format: to });
    expect(readImageHeader(result)).toEqual({
      format: to,
      mimeType: `image/${to}`,
      width: 64,
      height: 48,
    });
    expect(result.escapeFree).toBe(true);
    await expect(sharp(bytesOf(result), { failOn: 'warning' }).stats()).resolves.toBeDefined();
  });

  it('keeps each pixel in PNG, whatever the quality', async () => {
    const pixels = await picture().raw().toBuffer();
    const raw = { width: 64, height: 48, channels: 3 } as const;
    const source = await blobOf(sharp(pixels, { raw }).png());
    for (const quality of [0, 100]) {
      const result = await encoder.encode(source, { format: 'png', quality });
      expect((await sharp(bytesOf(result)).raw().toBuffer()).equals(pixels)).toBe(true);
    }
  });

  it.each(['jpeg', 'webp'] as const)('accepts qualities from 0 to 100 for %s', async (format) => {
    const source = await blobOf(picture(256, 256).png());
    const sizes: number[] = [];
    for (const quality of [0, 50, 100]) {
      sizes.push((await encoder.encode(source, { format, quality })).byteLength);
    }
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
    expect(new Set(sizes).size).toBe(3);
    const best = await encoder.encode(source, { format });
    expect(best.byteLength).toBe(sizes[2]);
  });

  it.each([
    [100, '4:4:4'],
    [90, '4:4:4'],
    [89, '4:2:0'],
  ])('keeps colour as fine as quality %i asks', async (quality, chroma) => {
    const result = await encoder.encode(await blobOf(picture().png()), { format: 'jpeg', quality });
    expect((await sharp(bytesOf(result)).metadata()).chromaSubsampling).toBe(chroma);
  });

  it('puts transparency on white in JPEG, and keeps it elsewhere', async () => {
    const clear = { r: 255, g: 0, b: 0, alpha: 0 };
    const create = { width: 8, height: 8, channels: 4, background: clear } as const;
    const source = await blobOf(sharp({ create }).png());
    expect(await pixelOf(await encoder.encode(source, { format: 'jpeg' }))).toEqual([
      255, 255, 255,
    ]);
    expect((await pixelOf(await encoder.encode(source, { format: 'webp' })))[3]).toBe(0);
    expect((await pixelOf(await encoder.encode(source, { format: 'png' })))[3]).toBe(0);
  });

  it('applies the orientation', async () => {
    const source = await blobOf(picture(64, 48).withMetadata({ orientation: 6 }).jpeg());
    const result = await encoder.encode(source, { format: 'png' });
    expect(readImageHeader(result)).toMatchObject({ width: 48, height: 64 });
    expect((await sharp(bytesOf(result)).metadata()).orientation).toBeUndefined();
  });

  it('converts colour to sRGB and drops the profile', async () => {
    const create = { width: 8, height: 8, channels: 3, background: '#c86432' } as const;
    const wide = sharp({ create }).withIccProfile('p3').png();
    const result = await encoder.encode(await blobOf(wide), { format: 'png' });
    expect((await sharp(bytesOf(result)).metadata()).icc).toBeUndefined();
    const [red = 0, green = 0, blue = 0] = await pixelOf(result);
    expect(Math.max(Math.abs(red - 200), Math.abs(green - 100), Math.abs(blue - 50))).toBeLessThan(
      4,
    );
  });

  it.each([
    ['nothing', () => Buffer.alloc(0)],
    ['text', () => Buffer.from('the secret of a prompt, and no image')],
    [
      'an SVG, which sharp could read',
      () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
    ],
    ['a PNG cut off', async () => (await picture().png().toBuffer()).subarray(0, 900)],
    ['a JPEG cut off', async () => (await picture().jpeg().toBuffer()).subarray(0, 900)],
    ['a WebP cut off', async () => (await picture().webp().toBuffer()).subarray(0, 300)],
  ])('rejects %s', async (_name, make) => {
    const source = await encodeBase64(await make());
    const failure: unknown = await encoder
      .encode(source, { format: 'png' })
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UnreadableImageError);
    expect(inspect(failure)).not.toContain('secret');
  });

  it('rejects bytes that are not base64', async () => {
    const png = (await picture().png().toBuffer()).toString('base64');
    for (const text of [png.slice(0, -1), `${png.slice(0, 400)}\n${png.slice(401)}`]) {
      const source = JsonBlob.from(Buffer.from(text));
      await expect(encoder.encode(source, { format: 'png' })).rejects.toThrow(UnreadableImageError);
    }
  });

  it('encodes images of Gemini’s largest format', async () => {
    const create = { width: 12288, height: 1536, channels: 3, background: '#abc' } as const;
    const source = await blobOf(sharp({ create }).jpeg());
    const result = await encoder.encode(source, { format: 'jpeg', quality: 0 });
    expect(readImageHeader(result)).toMatchObject({ width: 12288, height: 1536 });
  });

  it('does not begin with images that are far larger', async () => {
    const jpeg = await picture().jpeg().toBuffer();
    const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
    jpeg.writeUInt16BE(10_000, frame + 5);
    jpeg.writeUInt16BE(10_000, frame + 7);
    const source = await encodeBase64(jpeg);
    expect(readImageHeader(source)).toMatchObject({ width: 10_000, height: 10_000 });
    const failure: unknown = await encoder
      .encode(source, { format: 'png' })
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UnreadableImageError);
    expect(inspect(failure)).toContain('pixel limit');
  });

  describe('works on a few images at a time', () => {
    function encoderOn(cores: number): ImageEncoder {
      const parallelism = jest.spyOn(os, 'availableParallelism').mockReturnValue(cores);
      const result = new ImageEncoder(new PixelSemaphore());
      parallelism.mockRestore();
      return result;
    }

    it.each([
      [1, 1],
      [2, 1],
      [3, 1],
      [4, 2],
      [16, 8],
    ])('on %i cores: %i', (cores, images) => {
      expect(imagesAtATime(cores)).toBe(images);
    });

    it('in order of arrival, without the aborted ones', async () => {
      const single = encoderOn(1);
      const source = await blobOf(picture(128, 128).png());
      const abort = new AbortController();
      const order: string[] = [];
      const encode = (name: string, signal?: AbortSignal): Promise<unknown> =>
        single.encode(source, { format: 'webp' }, { signal }).then(
          () => order.push(name),
          (error: unknown) => order.push(error === abort.signal.reason ? `${name} left` : 'failed'),
        );
      const all = [
        encode('first'),
        encode('second', abort.signal),
        encode('third', new AbortController().signal),
        encode('fourth'),
      ];
      abort.abort(new Error('gone'));
      await Promise.all(all);
      expect(order).toEqual(['second left', 'first', 'third', 'fourth']);
    });

    it('and encodes the next one after a failure', async () => {
      const single = encoderOn(1);
      const bad = JsonBlob.from(Buffer.from('AAAA'));
      await expect(single.encode(bad, { format: 'png' })).rejects.toThrow(UnreadableImageError);
      const good = await blobOf(picture().png());
      await expect(single.encode(good, { format: 'jpeg' })).resolves.toBeInstanceOf(JsonBlob);
    });

    it('and begins nothing for a signal that is already aborted', async () => {
      const reason = new Error('gone');
      const bad = JsonBlob.from(Buffer.from('AAAA'));
      await expect(
        encoder.encode(bad, { format: 'png' }, { signal: AbortSignal.abort(reason) }),
      ).rejects.toBe(reason);
    });

    it('and stops between steps when aborted', async () => {
      const single = encoderOn(1);
      const source = await blobOf(picture(512, 512).png());
      const abort = new AbortController();
      const reason = new Error('gone');
      const encoding = single.encode(source, { format: 'webp' }, { signal: abort.signal });
      setImmediate(() => {
        abort.abort(reason);
      });
      await expect(encoding).rejects.toBe(reason);
      await expect(single.encode(source, { format: 'jpeg' })).resolves.toBeInstanceOf(JsonBlob);
    });
  });
});
