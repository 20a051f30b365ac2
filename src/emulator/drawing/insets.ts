import sharp from 'sharp';

import { fill } from './input-pixels';
import type { RawImage } from './input-pixels';

/** An image laid over another, in the form `sharp.composite` takes. */
interface Layer {
  readonly input: Buffer;
  readonly raw: RawImage['raw'];
  readonly left: number;
  readonly top: number;
}

/** The input images as small prints with a white border, in rows from the upper left corner. */
export async function insets(
  images: readonly RawImage[],
  width: number,
  height: number,
): Promise<readonly Layer[]> {
  const short = Math.min(width, height);
  const margin = Math.round(short * 0.03);
  const gap = Math.round(margin / 2);
  const side = Math.max(16, Math.round(short * (images.length > 4 ? 0.12 : 0.2)));
  const perRow = Math.max(1, Math.floor((width - 2 * margin + gap) / (side + gap)));
  const layers = images.map(async (image, index) => {
    const { data, raw } = await print(image, side);
    const column = index % perRow;
    const row = Math.floor(index / perRow);
    const left = margin + column * (side + gap);
    return { input: data, raw, left, top: margin + row * (side + gap) };
  });
  return Promise.all(layers);
}

async function print(image: RawImage, side: number): Promise<RawImage> {
  const border = Math.max(1, Math.round(side * 0.04));
  const { data, raw } = await fill(image, side - 2 * border, side - 2 * border);
  const bordered = await sharp(data, { raw })
    .extend({ top: border, bottom: border, left: border, right: border, background: '#ffffff' })
    .raw()
    .toBuffer();
  return { data: bordered, raw: { width: side, height: side, channels: 3 } };
}
