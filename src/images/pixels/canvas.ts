import type { Sharp } from 'sharp';
import { rgbProfileOf } from './colour-profile';
import { coveringPart, type PixelSize } from './cover';
import { describe, openImage, orUnreadable } from './image-source';

/** A decoded image: rows without gaps, 8 bits per channel, not premultiplied. */
export interface Canvas extends PixelSize {
  readonly pixels: Buffer;
  readonly channels: 3 | 4;
  /** The ICC profile of the values; without one they are sRGB. */
  readonly profile: Buffer | undefined;
}

/**
 * The original's pixels, upright: RGBA if it has alpha, otherwise RGB. 8-bit images keep their
 * stored values, whatever their profile: greys become RGB with three equal values, palette entries
 * their colours. Of 16 bits the upper 8 are kept. CMYK, and greys with a profile, have no such
 * values and are converted to sRGB.
 *
 * @throws UnreadableImageError
 */
export async function decodeCanvas(bytes: Buffer): Promise<Canvas> {
  const metadata = await describe(bytes);
  const profile = rgbProfileOf(metadata);
  const image = openImage(bytes, { ignoreIcc: profile !== undefined });
  const channels = metadata.hasAlpha ? 4 : 3;
  const { data, info } = await orUnreadable(() =>
    (channels === 4 ? image.ensureAlpha() : image.removeAlpha())
      .raw()
      .toBuffer({ resolveWithObject: true }),
  );
  return { pixels: data, width: info.width, height: info.height, channels, profile };
}

/**
 * The model's pixels in the layout of `canvas`: scaled to cover it, cropped around the centre if
 * the ratio differs, and in its colours if `profileFile` names a file with its profile.
 * Transparency, which no Gemini image model generates, becomes white if the canvas has none.
 *
 * @throws UnreadableImageError
 */
export async function decodeToCover(
  bytes: Buffer,
  canvas: Canvas,
  profileFile: string | undefined,
): Promise<Buffer> {
  const { autoOrient: size } = await describe(bytes);
  return orUnreadable(() => {
    const covering = scaled(openImage(bytes), size, canvas);
    // sharp ignores a profile that it cannot use.
    const coloured =
      profileFile === undefined
        ? covering
        : covering.withIccProfile(profileFile, { attach: false });
    const layout =
      canvas.channels === 4 ? coloured.ensureAlpha() : coloured.flatten({ background: '#ffffff' });
    return layout.raw().toBuffer();
  });
}

function scaled(image: Sharp, size: PixelSize, target: PixelSize): Sharp {
  const { width, height } = target;
  return size.width === width && size.height === height
    ? image
    : image
        .extract(coveringPart(size, target))
        .resize(width, height, { fit: 'fill', kernel: 'lanczos3' });
}

/**
 * The alpha channel of an image that has one, upright, one byte per pixel.
 * @throws UnreadableImageError
 */
export function decodeAlpha(bytes: Buffer): Promise<Buffer> {
  return orUnreadable(() => openImage(bytes).extractChannel('alpha').raw().toBuffer());
}
