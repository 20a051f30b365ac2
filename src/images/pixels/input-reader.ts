import { Injectable } from '@nestjs/common';
import type { Metadata, Sharp } from 'sharp';
import { encodeBase64 } from '../../json/base64-blob';
import type { JsonBlob } from '../../json/json-blob';
import type { Reservation } from '../../memory/memory-budget';
import { readImageHeader, windowInto, type ImageFormat, type ImageHeader } from './image-header';
import { rgbProfileOf } from './colour-profile';
import { encodeAs } from './encoding-target';
import {
  describe,
  MAX_PIXELS,
  openImage,
  orUnreadable,
  readBytes,
  readingBytes,
} from './image-source';
import { withJpegEnd } from './jpeg-end';
import { PixelSemaphore, type PixelScope } from './pixel-semaphore';
import { UnreadableImageError } from './unreadable-image';
import { MAX_WHOLE_BYTES, wholeBytes } from './whole-bytes';

export type InputReading =
  | { readonly ok: true; readonly image: PreparedInput }
  | { readonly ok: false; readonly fault: 'unreadable' | 'too_many_pixels' }
  /** It takes this many bytes because it cannot be decoded row by row. */
  | { readonly ok: false; readonly fault: 'too_large_whole'; readonly bytes: number };

/** An input image that is readable to its last pixel. */
export interface PreparedInput {
  /**
   * Upright, in base64: the received bytes, unless its EXIF orientation rotated it or its end
   * marker was missing.
   */
  readonly data: JsonBlob;
  /** Of `data`. */
  readonly header: ImageHeader;
}

/** From this quality on no difference is visible, and files stay smaller than at 100. */
const TURNED_QUALITY = 95;

/** Checks input images before money is spent on them, and rotates them upright. */
@Injectable()
export class InputReader {
  constructor(private readonly semaphore: PixelSemaphore) {}

  /**
   * Reads an image (base64) to its end, since a truncated file has a valid beginning. If its EXIF
   * orientation says that it is rotated, it is turned upright and encoded again in its own format,
   * so that the model, the mask and all other code see the same image.
   *
   * @throws the signal's reason if it is aborted
   */
  async read(data: JsonBlob, scope: PixelScope = {}): Promise<InputReading> {
    const header = readImageHeader(data);
    if (header === undefined) {
      return { ok: false, fault: 'unreadable' };
    }
    if (header.width * header.height > MAX_PIXELS) {
      return { ok: false, fault: 'too_many_pixels' };
    }
    const whole = wholeBytes(windowInto(data));
    if (whole > MAX_WHOLE_BYTES) {
      return { ok: false, fault: 'too_large_whole', bytes: whole };
    }
    try {
      return await this.semaphore.run(readingBytes(data), scope, () =>
        readUpright(data, header, whole, scope),
      );
    } catch (error) {
      if (error instanceof UnreadableImageError) {
        return { ok: false, fault: 'unreadable' };
      }
      throw error;
    }
  }
}

/** @param whole the memory that its decoder takes, in bytes */
async function readUpright(
  data: JsonBlob,
  header: ImageHeader,
  whole: number,
  { signal, memory }: PixelScope,
): Promise<InputReading> {
  const bytes = await readBytes(data, signal);
  const metadata = await describe(bytes);
  if ((metadata.orientation ?? 1) === 1) {
    await readToTheEnd(bytes, metadata);
    const repaired = withJpegEnd(bytes);
    // The model's decoder may treat a missing end marker as truncation.
    const image = {
      header,
      data: repaired === bytes ? data : await encodeBase64(repaired, signal),
    };
    return { ok: true, image };
  }
  // Rotating needs the complete image in memory.
  const pixels = header.width * header.height * pixelBytesOf(metadata);
  if (whole + pixels > MAX_WHOLE_BYTES) {
    return { ok: false, fault: 'too_large_whole', bytes: whole + pixels };
  }
  const turned = await turnedBase64(bytes, header.format, metadata, {
    signal,
    held: memory?.hold(pixels),
  });
  const turnedHeader = readImageHeader(turned);
  if (turnedHeader === undefined) {
    throw new UnreadableImageError('rotating changed its format');
  }
  return { ok: true, image: { data: turned, header: turnedHeader } };
}

/** @param held the memory of the pixels, which is released even if they cannot be read */
async function turnedBase64(
  bytes: Buffer,
  format: ImageFormat,
  metadata: Metadata,
  { signal, held }: { signal: AbortSignal | undefined; held: Reservation | undefined },
): Promise<JsonBlob> {
  try {
    return await encodeBase64(await turn(bytes, format, metadata), signal);
  } finally {
    held?.release();
  }
}

function pixelBytesOf({ channels, depth }: Metadata): number {
  return channels * (depth === 'uchar' ? 1 : 2);
}

/**
 * Reads the last row, for which a decoder has to go through all others: everything is read and
 * hardly anything kept.
 */
async function readToTheEnd(bytes: Buffer, { width, height }: Metadata): Promise<void> {
  await orUnreadable(() =>
    openImage(bytes, { upright: false })
      .extract({ left: 0, top: height - 1, width, height: 1 })
      .raw()
      .toBuffer(),
  );
}

/** RGB values are kept as they are, with the profile that they are defined by. */
function turn(bytes: Buffer, format: ImageFormat, metadata: Metadata): Promise<Buffer> {
  const image = openImage(bytes);
  const kept = rgbProfileOf(metadata) === undefined ? image : image.keepIccProfile();
  return orUnreadable(() => asGood(kept, format, metadata).toBuffer());
}

function asGood(image: Sharp, format: ImageFormat, metadata: Metadata): Sharp {
  const { chromaSubsampling } = metadata;
  switch (format) {
    case 'png':
      return encodeAs(image, { format }, metadata);
    case 'webp':
      return encodeAs(image, { format, quality: TURNED_QUALITY }, metadata);
    case 'jpeg':
      return image.jpeg({
        quality: TURNED_QUALITY,
        optimiseCoding: false,
        // Subsampled colour from a camera does not get finer, only larger.
        chromaSubsampling: chromaSubsampling === '4:2:0' ? '4:2:0' : '4:4:4',
      });
  }
}
