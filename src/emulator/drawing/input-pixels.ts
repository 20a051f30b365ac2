import sharp from 'sharp';

/** Decoded pixels, three channels, in the form sharp takes as an image. */
export interface RawImage {
  readonly data: Buffer;
  readonly raw: { readonly width: number; readonly height: number; readonly channels: 3 };
}

/** An input image that no decoder can read although its first bytes look right. */
export class UnreadableImage extends Error {
  override readonly name = 'UnreadableImage';
}

/** Plenty for a backdrop of this kind, and a bound on memory whatever comes in. */
const LONGEST_SIDE = 1600;

/**
 * Decodes an input image, upright, on white where it was transparent.
 * @throws {UnreadableImage}
 */
export async function decodeImage(encoded: Buffer): Promise<RawImage> {
  try {
    const { data, info } = await sharp(encoded)
      .rotate()
      .resize(LONGEST_SIDE, LONGEST_SIDE, { fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { data, raw: { width: info.width, height: info.height, channels: 3 } };
  } catch (cause) {
    throw new UnreadableImage('input image cannot be decoded', { cause });
  }
}

/** The image cut to fill `width` × `height`, as raw pixels. */
export async function fill(image: RawImage, width: number, height: number): Promise<RawImage> {
  const data = await sharp(image.data, { raw: image.raw })
    .resize(width, height, { fit: 'cover' })
    .raw()
    .toBuffer();
  return { data, raw: { width, height, channels: 3 } };
}
