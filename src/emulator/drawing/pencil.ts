import type { Sharp } from 'sharp';
import sharp from 'sharp';

/** Laplace's kernel: nothing where a picture is flat, much where it changes. */
const EDGES = [-1, -1, -1, -1, 8, -1, -1, -1, -1];

/** The picture as a pencil drawing: pale wash, dark outlines, no colour. */
export async function pencil(picture: Sharp, width: number, height: number): Promise<Sharp> {
  const grey = await picture.greyscale().toColourspace('b-w').raw().toBuffer();
  const raw = { width, height, channels: 1 } as const;
  const outlines = await sharp(grey, { raw })
    .blur(1.1)
    .convolve({ width: 3, height: 3, kernel: EDGES, scale: 1 })
    .linear(3, 0)
    .negate()
    .toColourspace('b-w')
    .raw()
    .toBuffer();
  const wash = await sharp(grey, { raw })
    .blur(3)
    .linear(0.22, 197)
    .toColourspace('b-w')
    .raw()
    .toBuffer();
  const drawing = await sharp(wash, { raw })
    .composite([{ input: outlines, raw, blend: 'multiply' }])
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { info } = drawing;
  return sharp(drawing.data, {
    raw: { width: info.width, height: info.height, channels: info.channels },
  });
}
