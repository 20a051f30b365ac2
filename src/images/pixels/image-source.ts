import type { Metadata, Sharp } from 'sharp';
import sharp from 'sharp';
import { decodeBase64, decodedByteLength } from '../../json/base64-decoder';
import type { JsonBlob } from '../../json/json-blob';
import { withJpegEnd } from './jpeg-end';
import { readImageHeader, windowInto } from './image-header';
import { UnreadableImageError } from './unreadable-image';
import { MAX_WHOLE_BYTES, wholeBytes } from './whole-bytes';

/**
 * What current cameras produce, and three and a half times the largest image that Gemini makes
 * (12288 x 1536).
 */
export const MAX_PIXELS = 64 * 1024 * 1024;

export interface OpenOptions {
  /** Whether the EXIF orientation is applied; true by default. */
  readonly upright?: boolean;
  /** Keeps the stored values instead of converting them to sRGB. */
  readonly ignoreIcc?: boolean;
}

/**
 * The image's decoded bytes. Their format is checked first: sharp alone would also accept SVG and
 * everything else that libvips supports. An image that would take too much memory is not decoded.
 *
 * @throws UnreadableImageError
 * @throws the signal's reason if it is aborted
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
 * The memory that the image (base64) takes as a file, in its decoder and decoded to RGBA, in bytes;
 * 0 if it is not an image. A header may lie, but at most `MAX_PIXELS` are decoded.
 */
export function decodedBytes(data: JsonBlob): number {
  const header = readImageHeader(data);
  return header === undefined
    ? 0
    : readingBytes(data) + Math.min(header.width * header.height, MAX_PIXELS) * 4;
}

/**
 * The memory that the image (base64) takes as a file and in its decoder, in bytes, if its pixels
 * are not kept.
 */
export function readingBytes(data: JsonBlob): number {
  return decodedByteLength(data) + Math.min(wholeBytes(windowInto(data)), MAX_WHOLE_BYTES);
}

/** Opens the image with sharp, treating truncated or corrupt data as an error. */
export function openImage(bytes: Buffer, options: OpenOptions = {}): Sharp {
  const { upright = true, ignoreIcc = false } = options;
  const repaired = withJpegEnd(bytes);
  return sharp(repaired, {
    autoOrient: upright,
    // After an end marker that was added, truncation is only a warning.
    failOn: repaired === bytes ? 'error' : 'warning',
    ignoreIcc,
    limitInputPixels: MAX_PIXELS,
  });
}

/**
 * The image's metadata, without its pixels.
 * @throws UnreadableImageError
 */
export function describe(bytes: Buffer): Promise<Metadata> {
  return orUnreadable(() => openImage(bytes).metadata());
}

/** Turns anything that sharp throws on an image from outside into an UnreadableImageError. */
export async function orUnreadable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new UnreadableImageError(error);
  }
}
