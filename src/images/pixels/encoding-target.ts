import type { Sharp } from 'sharp';
import type { ImageFormat } from './image-header';
import type { PixelSize } from './cover';

/** From this quality on JPEG keeps colour at full resolution: below it, the client did not ask for the best. */
const FULL_COLOUR_QUALITY = 90;

export interface EncodingTarget {
  readonly format: ImageFormat;
  /** 0 to 100, as OpenAI's `output_compression`: 100 is the best and the default. PNG, being lossless, ignores it. */
  readonly quality?: number | undefined;
}

/** The longest side each format has room for, by its own rules or those of its library. */
const LONGEST_SIDE: Readonly<Record<ImageFormat, number>> = {
  png: 2 ** 31 - 1,
  jpeg: 65_500,
  webp: 16_383,
};

/** Whether a picture of this size can be encoded in the format at all. */
export function canHold(format: ImageFormat, { width, height }: PixelSize): boolean {
  return Math.max(width, height) <= LONGEST_SIDE[format];
}

/**
 * Huffman tables of its own make a JPEG smaller, but the encoder then keeps all of it, 6 bytes to a pixel and 12 in full
 * colour, and takes four times as long. On pictures with the grain of photographs they saved 5 to 22 % at qualities of 90 and
 * more, where nobody asks for a small file, and 7 to 26 % below. So those below have them, up to this many pixels:
 * the largest square image of 2K.
 */
const MAX_OPTIMISED_PIXELS = 2048 * 2048;
const OPTIMISING_PIXEL_BYTES = 6;

/** What encoding takes beside the pixels, in bytes. */
export function encoderBytes(
  { format, quality = 100 }: EncodingTarget,
  { width, height }: PixelSize,
): number {
  const pixels = width * height;
  return format === 'jpeg' && quality < FULL_COLOUR_QUALITY && pixels <= MAX_OPTIMISED_PIXELS
    ? pixels * OPTIMISING_PIXEL_BYTES
    : 0;
}

/** The picture to be encoded so. Transparency becomes white in JPEG, which has none. */
export function encodeAs(image: Sharp, target: EncodingTarget, size: PixelSize): Sharp {
  const { format, quality = 100 } = target;
  // sharp counts from 1.
  const sharpQuality = Math.max(1, quality);
  switch (format) {
    case 'png':
      // Filters chosen line by line shrink photographs by a good part for little time.
      return image.png({ compressionLevel: 6, adaptiveFiltering: true });
    case 'jpeg':
      return image.flatten({ background: '#ffffff' }).jpeg({
        quality: sharpQuality,
        chromaSubsampling: quality >= FULL_COLOUR_QUALITY ? '4:4:4' : '4:2:0',
        optimiseCoding: encoderBytes(target, size) > 0,
      });
    case 'webp':
      return image.webp({ quality: sharpQuality });
  }
}
