import type { Sharp } from 'sharp';
import { rgbProfileOf } from './colour-profile';
import { coveringPart, type PixelSize } from './cover';
import { describe, openImage, orUnreadable } from './image-source';

/** A decoded picture: rows without gaps, 8 bits to a channel, not premultiplied. */
export interface Canvas extends PixelSize {
  readonly pixels: Buffer;
  readonly channels: 3 | 4;
  /** The ICC profile by which the values are meant; without one they are sRGB. */
  readonly profile: Buffer | undefined;
}

/**
 * The original's pixels, upright: RGBA where it has alpha, else RGB. The values of 8-bit pictures are
 * those that are stored, whatever profile they are meant by: greys become RGB of three equal values,
 * a palette its colours. Of 16 bits the upper 8 are taken. CMYK, and greys with a profile, have no
 * such values and are converted to sRGB.
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
 * The model's pixels in the layout of `canvas`: scaled to cover it, cut at the middle where the ratio
 * is another, in its colours when `profileFile` names a file with its profile. Transparency, which no
 * Gemini image model makes, becomes white where the canvas has none.
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
    // A profile that cannot be used is passed over by sharp.
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
 * The alpha of a picture that has some, upright, one byte to a pixel.
 * @throws UnreadableImageError
 */
export function decodeAlpha(bytes: Buffer): Promise<Buffer> {
  return orUnreadable(() => openImage(bytes).extractChannel('alpha').raw().toBuffer());
}
