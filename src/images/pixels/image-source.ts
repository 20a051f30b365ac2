import type { Metadata, Sharp } from 'sharp';
import sharp from 'sharp';
import { decodeBase64, decodedByteLength } from '../../json/base64-decoder';
import type { JsonBlob } from '../../json/json-blob';
import { withJpegEnd } from './jpeg-end';
import { readImageHeader, windowInto } from './image-header';
import { UnreadableImageError } from './unreadable-image';
import { MAX_WHOLE_BYTES, wholeBytes } from './whole-bytes';

/** What the cameras of today make, and three and a half times the largest image Gemini makes (12288 x 1536). */
export const MAX_PIXELS = 64 * 1024 * 1024;

export interface OpenOptions {
  /** Whether the EXIF orientation is applied; it is, unless this is false. */
  readonly upright?: boolean;
  /** Leaves the values as they are stored instead of converting them to sRGB. */
  readonly ignoreIcc?: boolean;
}

/**
 * The image's own bytes. They decide the format first: sharp by itself would also take SVG and
 * whatever else libvips knows. What would take too much memory is not decoded.
 *
 * @throws UnreadableImageError
 * @throws the signal's reason when it is aborted
 */
export async function readBytes(data: JsonBlob, signal: AbortSignal | undefined): Promise<Buffer> {
  const isTaken =
    readImageHeader(data) !== undefined && wholeBytes(windowInto(data)) <= MAX_WHOLE_BYTES;
  const bytes = isTaken ? await decodeBase64(data, signal) : undefined;
  if (bytes === undefined) {
    throw new UnreadableImageError();
  }
  return bytes;
}

/**
 * What the image (base64) takes as a file, in its decoder and decoded to RGBA together, in bytes; 0 for what is no
 * image. A header may lie, but no more than `MAX_PIXELS` are decoded.
 */
export function decodedBytes(data: JsonBlob): number {
  const header = readImageHeader(data);
  return header === undefined
    ? 0
    : readingBytes(data) + Math.min(header.width * header.height, MAX_PIXELS) * 4;
}

/** What the image (base64) takes as a file and in its decoder, in bytes, while nothing is kept of its pixels. */
export function readingBytes(data: JsonBlob): number {
  return decodedByteLength(data) + Math.min(wholeBytes(windowInto(data)), MAX_WHOLE_BYTES);
}

/** The image for sharp to work on, with what is cut off or broken taken for an error. */
export function openImage(bytes: Buffer, options: OpenOptions = {}): Sharp {
  const { upright = true, ignoreIcc = false } = options;
  const mended = withJpegEnd(bytes);
  return sharp(mended, {
    autoOrient: upright,
    // Behind an end that was put there, a cut is only a warning.
    failOn: mended === bytes ? 'error' : 'warning',
    ignoreIcc,
    limitInputPixels: MAX_PIXELS,
  });
}

/**
 * What the image says about itself, without its pixels.
 * @throws UnreadableImageError
 */
export function describe(bytes: Buffer): Promise<Metadata> {
  return orUnreadable(() => openImage(bytes).metadata());
}

/** The error for anything that sharp throws on an image from outside: it cannot be read. */
export async function orUnreadable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new UnreadableImageError(error);
  }
}
