import sharp from 'sharp';
import { canHold, encodeAs } from './encoding-target';

describe('canHold', () => {
  it.each([
    ['jpeg', 65_500],
    ['webp', 16_383],
  ] as const)('knows what %s can: sides up to %i', async (format, side) => {
    for (const [height, fits] of [
      [side, true],
      [side + 1, false],
    ] as const) {
      expect(canHold(format, { width: 1, height })).toBe(fits);
      expect(canHold(format, { width: height, height: 1 })).toBe(fits);
      const create = { width: 1, height, channels: 3, background: '#fff' } as const;
      const encoded = encodeAs(sharp({ create }), { format }).toBuffer();
      expect(await encoded.catch(() => undefined).then((bytes) => bytes !== undefined)).toBe(fits);
    }
  });

  it('has room in PNG for whatever can be decoded', () => {
    expect(canHold('png', { width: 64 * 1024 * 1024, height: 1 })).toBe(true);
  });
});
