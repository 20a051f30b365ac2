import { randomBytes } from 'node:crypto';
import sharp from 'sharp';
import { canHold, encodeAs, encoderBytes, type EncodingTarget } from './encoding-target';

describe('canHold', () => {
  it.each([
    ['jpeg', 65_500],
    ['webp', 16_383],
  ] as const)('allows in %s sides up to %i', async (format, side) => {
    for (const [height, fits] of [
      [side, true],
      [side + 1, false],
    ] as const) {
      expect(canHold(format, { width: 1, height })).toBe(fits);
      expect(canHold(format, { width: height, height: 1 })).toBe(fits);
      const create = { width: 1, height, channels: 3, background: '#fff' } as const;
      const encoded = encodeAs(sharp({ create }), { format }, create).toBuffer();
      expect(await encoded.catch(() => undefined).then((bytes) => bytes !== undefined)).toBe(fits);
    }
  });

  it('allows in PNG every size that can be decoded', () => {
    expect(canHold('png', { width: 64 * 1024 * 1024, height: 1 })).toBe(true);
  });
});

describe('a JPEG', () => {
  const size = { width: 64, height: 48 };
  const large = { width: 2049, height: 2048 };

  it.each<[string, EncodingTarget, typeof size, number]>([
    ['of less quality', { format: 'jpeg', quality: 89 }, size, 6 * 64 * 48],
    ['of less quality that is large', { format: 'jpeg', quality: 50 }, large, 0],
    ['of the best quality', { format: 'jpeg', quality: 90 }, size, 0],
    ['of no quality in particular', { format: 'jpeg' }, size, 0],
    ['that is a PNG', { format: 'png', quality: 50 }, size, 0],
    ['that is a WebP', { format: 'webp', quality: 50 }, size, 0],
  ])(
    '%s has tables of its own where the encoder may keep all of it',
    async (_name, target, of, bytes) => {
      expect(encoderBytes(target, of)).toBe(bytes);
      if (target.format !== 'jpeg') {
        return;
      }
      const raw = { ...of, channels: 3 } as const;
      const pixels = sharp(randomBytes(of.width * of.height * 3), { raw });
      const options = {
        quality: target.quality ?? 100,
        chromaSubsampling: (target.quality ?? 100) >= 90 ? '4:4:4' : '4:2:0',
      };
      const expected = pixels.clone().jpeg({ ...options, optimiseCoding: bytes > 0 });
      const encoded = encodeAs(pixels.clone(), target, of);
      expect((await encoded.toBuffer()).equals(await expected.toBuffer())).toBe(true);
    },
  );
});
