import type { Sharp } from 'sharp';
import type { ImageFormat } from './image-header';
import type { PixelSize } from './cover';

/**
 * From this quality on, JPEG keeps full colour resolution; below it, the client did not ask for the
 * best.
 */
const FULL_COLOUR_QUALITY = 90;

export interface EncodingTarget {
  readonly format: ImageFormat;
  /**
   * 0 to 100, as OpenAI's `output_compression`: 100 is the best and the default. PNG is lossless
   * and ignores it.
   */
  readonly quality?: number | undefined;
}

/** The longest side that each format allows, by its specification or its library. */
const MAX_SIDE: Readonly<Record<ImageFormat, number>> = {
  png: 2 ** 31 - 1,
  jpeg: 65_500,
  webp: 16_383,
};

/** Whether the format can hold an image of this size. */
export function canHold(format: ImageFormat, { width, height }: PixelSize): boolean {
  return Math.max(width, height) <= MAX_SIDE[format];
}

/**
 * Optimised Huffman tables make a JPEG smaller, but the encoder then buffers the whole image, 6
 * bytes per pixel and 12 in full colour, and takes four times as long. On images with photographic
 * grain they saved 5 to 22 % at qualities of 90 and more, where file size is not the priority, and
 * 7 to 26 % below. So they are used below, up to this many pixels: the largest square image of 2K.
 */
const MAX_OPTIMISED_PIXELS = 2048 * 2048;
const OPTIMISING_PIXEL_BYTES = 6;

/** The memory that encoding takes besides the pixels, in bytes. */
export function encoderBytes(
  { format, quality = 100 }: EncodingTarget,
  { width, height }: PixelSize,
): number {
  const pixels = width * height;
  return format === 'jpeg' && quality < FULL_COLOUR_QUALITY && pixels <= MAX_OPTIMISED_PIXELS
    ? pixels * OPTIMISING_PIXEL_BYTES
    : 0;
}

/**
 * Configures sharp to encode the image for the target. Transparency becomes white in JPEG, which
 * has none.
 */
export function encodeAs(image: Sharp, target: EncodingTarget, size: PixelSize): Sharp {
  const { format, quality = 100 } = target;
  // sharp counts from 1.
  const sharpQuality = Math.max(1, quality);
  switch (format) {
    case 'png':
      // Adaptive filters make photographs considerably smaller at little cost.
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
