import { inputTo, readable } from './input-pixels';
import { rawImage } from './raw-image';
import type { RawImage } from './raw-image';

/** An image laid over another, in the form that `sharp.composite` accepts. */
interface Layer {
  readonly input: Buffer;
  readonly raw: RawImage['raw'];
  readonly left: number;
  readonly top: number;
}

/**
 * Input images as small prints with a white border, in rows from the upper left corner.
 * @throws {UnreadableImage} if one cannot be decoded
 */
export async function insets(
  images: readonly Buffer[],
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

async function print(image: Buffer, side: number): Promise<RawImage> {
  const border = Math.max(1, Math.round(side * 0.04));
  const rim = { top: border, bottom: border, left: border, right: border, background: '#ffffff' };
  const small = inputTo(image, side - 2 * border, side - 2 * border, 'cover');
  return readable(rawImage(small.extend(rim), side, side));
}
