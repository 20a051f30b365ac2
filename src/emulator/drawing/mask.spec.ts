import sharp from 'sharp';

import { findMask, isBlackAndWhite, regionOf } from './mask';

/** An SVG drawing as an opaque PNG. */
function drawn(width: number, height: number, content: string): Promise<Buffer> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${content}</svg>`;
  return sharp(Buffer.from(svg)).flatten({ background: '#000' }).png().toBuffer();
}

const PHOTO =
  '<rect width="300" height="200" fill="#4080c0"/><circle cx="90" cy="90" r="60" fill="#c08040"/>';
const DISC = '<circle cx="150" cy="100" r="50" fill="#fff"/>';

describe('findMask', () => {
  it.each<[string, (disc: Buffer) => Promise<Buffer>, boolean]>([
    ['black and white', (disc) => Promise.resolve(disc), true],
    ['as one channel', (disc) => sharp(disc).greyscale().png().toBuffer(), true],
    [
      'as two colours of a palette',
      (disc) => sharp(disc).png({ palette: true, colours: 2 }).toBuffer(),
      true,
    ],
    ['as JPEG', (disc) => sharp(disc).jpeg().toBuffer(), true],
    ['with a soft edge', (disc) => sharp(disc).blur(4).png().toBuffer(), true],
    ['all white', () => drawn(300, 200, '<rect width="300" height="200" fill="#fff"/>'), true],
    ['all black', () => drawn(300, 200, ''), true],
    ['of another size', () => drawn(300, 201, DISC), false],
    ['a photograph', () => drawn(300, 200, PHOTO), false],
    [
      'a grey photograph',
      async () =>
        sharp(await drawn(300, 200, PHOTO))
          .greyscale()
          .png()
          .toBuffer(),
      false,
    ],
    [
      'red on black',
      () => drawn(300, 200, '<circle cx="150" cy="100" r="50" fill="#f00"/>'),
      false,
    ],
    [
      'transparent where OpenAI’s masks are',
      (disc) =>
        sharp({ create: { width: 300, height: 200, channels: 4, background: '#0000' } })
          .composite([{ input: disc, blend: 'over', left: 0, top: 0 }])
          .ensureAlpha()
          .composite([
            {
              input: Buffer.from(
                '<svg width="300" height="200"><circle cx="150" cy="100" r="50"/></svg>',
              ),
              blend: 'dest-out',
            },
          ])
          .png()
          .toBuffer(),
      false,
    ],
  ])('of an image %s', async (_, make, found) => {
    const photo = await drawn(300, 200, PHOTO);
    const candidate = await make(await drawn(300, 200, DISC));
    expect(await findMask([photo, candidate])).toBe(found ? 1 : undefined);
  });

  it('is the last that can be one, and never the first image', async () => {
    const [photo, disc] = await Promise.all([drawn(300, 200, PHOTO), drawn(300, 200, DISC)]);
    expect(await findMask([disc])).toBeUndefined();
    expect(await findMask([disc, photo])).toBeUndefined();
    expect(await findMask([photo, disc, photo])).toBe(1);
    expect(await findMask([photo, disc, disc])).toBe(2);
  });

  it('compares the sizes of images as they are seen', async () => {
    const disc = await drawn(300, 200, DISC);
    const lying = await sharp(await drawn(200, 300, PHOTO))
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    expect(await findMask([lying, disc])).toBe(1);
  });
});

describe('isBlackAndWhite', () => {
  const pixels = (...colours: readonly (readonly number[])[]): Buffer =>
    Buffer.from(colours.flat());
  const repeated = (count: number, colour: readonly number[]): readonly (readonly number[])[] =>
    Array.from({ length: count }, () => colour);

  it.each<[string, Buffer, boolean]>([
    ['pure', pixels([0, 0, 0, 255], [255, 255, 255, 255]), true],
    ['nearly pure', pixels([20, 22, 24, 255], [240, 235, 238, 255]), true],
    [
      'a fifth grey',
      pixels(...repeated(8, [0, 0, 0, 255]), ...repeated(2, [128, 128, 128, 255])),
      true,
    ],
    [
      'a third grey',
      pixels(...repeated(6, [0, 0, 0, 255]), ...repeated(3, [128, 128, 128, 255])),
      false,
    ],
    ['a hundredth red', pixels(...repeated(99, [0, 0, 0, 255]), [255, 0, 0, 255]), false],
    ['one pixel not opaque', pixels(...repeated(99, [0, 0, 0, 255]), [0, 0, 0, 254]), false],
  ])('%s', (_, given, expected) => {
    expect(isBlackAndWhite(given)).toBe(expected);
  });
});

describe('regionOf', () => {
  it('holds all that is white, with a seam around it', async () => {
    const mask = await drawn(300, 200, '<rect x="100" y="50" width="60" height="40" fill="#fff"/>');
    const region = await regionOf(mask, 600, 400);
    const box = region?.box ?? { left: 0, top: 0, width: 0, height: 0 };
    expect(box.left).toBeGreaterThan(170);
    expect(box.left).toBeLessThan(200);
    expect(box.top + box.height).toBeGreaterThan(180);
    expect(box.top + box.height).toBeLessThan(210);
    const { data, info } = await sharp(region?.mask)
      .greyscale()
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([box.width, box.height]);
    const at = (x: number, y: number): number =>
      data[(y - box.top) * info.width + (x - box.left)] ?? -1;
    expect([at(201, 101), at(260, 140), at(318, 178)]).toEqual([255, 255, 255]);
    expect(at(198, 140)).toBeGreaterThan(60);
    expect(at(box.left, box.top)).toBe(0);
  });

  it('is the whole picture when all is white, and nothing when nothing is', async () => {
    const white = await drawn(300, 200, '<rect width="300" height="200" fill="#fff"/>');
    expect((await regionOf(white, 64, 48))?.box).toEqual({
      left: 0,
      top: 0,
      width: 64,
      height: 48,
    });
    expect(await regionOf(await drawn(300, 200, ''), 64, 48)).toBeUndefined();
  });
});
