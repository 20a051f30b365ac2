import fc from 'fast-check';
import { blendInPlace } from './blend';

async function blended(
  original: readonly number[],
  generated: readonly number[],
  alpha: readonly number[],
): Promise<readonly number[]> {
  const canvas = Buffer.from(original);
  const channels = original.length / alpha.length === 3 ? 3 : 4;
  const parts = {
    canvas,
    generated: Buffer.from(generated),
    alpha: Buffer.from(alpha),
    channels,
  } as const;
  await blendInPlace(parts);
  return [...canvas];
}

describe('blendInPlace', () => {
  it.each([
    ['keeps the original where the mask is opaque', [1, 2, 3], [9, 8, 7], 255, [1, 2, 3]],
    ['takes the generated where it is clear', [1, 2, 3], [9, 8, 7], 0, [9, 8, 7]],
    ['mixes half and half', [0, 100, 255], [255, 200, 0], 128, [127, 150, 128]],
    ['mixes a little of the generated', [0, 0, 0], [255, 255, 255], 254, [1, 1, 1]],
    ['keeps a hidden colour', [9, 8, 7, 0], [1, 1, 1, 255], 255, [9, 8, 7, 0]],
    ['takes a clear pixel of the generated', [9, 8, 7, 255], [1, 2, 3, 0], 0, [9, 8, 7, 0]],
    ['lets no hidden colour bleed in', [255, 0, 0, 0], [0, 0, 255, 255], 128, [0, 0, 255, 127]],
    ['weighs colours by their alpha', [200, 0, 0, 64], [0, 0, 200, 255], 128, [40, 0, 160, 159]],
    ['leaves what is clear in both', [5, 6, 7, 0], [1, 2, 3, 0], 100, [5, 6, 7, 0]],
  ])('%s', async (_name, original, generated, keep, expected) => {
    expect(await blended(original, generated, [keep])).toEqual(expected);
  });

  it('is linear, to the nearest level', async () => {
    const byte = fc.integer({ min: 0, max: 255 });
    await fc.assert(
      fc.asyncProperty(byte, byte, byte, async (original, generated, keep) => {
        const [mixed = -1] = await blended([original, 0, 0], [generated, 0, 0], [keep]);
        const exact = (original * keep + generated * (255 - keep)) / 255;
        expect(Math.abs(mixed - exact)).toBeLessThanOrEqual(0.5);
        const [red, , , alpha] = await blended(
          [original, 0, 0, 255],
          [generated, 0, 0, 255],
          [keep],
        );
        expect([red, alpha]).toEqual([mixed, 255]);
      }),
    );
  });

  const pixels = 300_000;
  const large = (): Parameters<typeof blendInPlace>[0] => ({
    canvas: Buffer.alloc(pixels * 3, 10),
    generated: Buffer.alloc(pixels * 3, 20),
    alpha: Buffer.alloc(pixels),
    channels: 3,
  });

  it('gets to the last pixel, and lets others have the event loop on the way', async () => {
    const blend = large();
    const order: string[] = [];
    const work = blendInPlace(blend).then(() => order.push('done'));
    setImmediate(() => order.push('another'));
    await work;
    expect(order).toEqual(['another', 'done']);
    expect(blend.canvas.equals(blend.generated)).toBe(true);
  });

  it('stops when the signal is aborted', async () => {
    const blend = large();
    const abort = new AbortController();
    const reason = new Error('gone');
    setImmediate(() => {
      abort.abort(reason);
    });
    await expect(blendInPlace(blend, abort.signal)).rejects.toBe(reason);
    expect(blend.canvas.at(-1)).toBe(10);
  });
});
