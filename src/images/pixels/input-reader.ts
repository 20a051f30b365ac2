import { Injectable } from '@nestjs/common';
import type { Metadata, Sharp } from 'sharp';
import { decodedByteLength, encodeBase64 } from '../../json/base64-blob';
import type { JsonBlob } from '../../json/json-blob';
import { readImageHeader, type ImageFormat, type ImageHeader } from './image-header';
import { rgbProfileOf } from './colour-profile';
import { encodeAs } from './encoding-target';
import { describe, MAX_PIXELS, openImage, orUnreadable, readBytes } from './image-source';
import { PixelSemaphore, type PixelScope } from './pixel-semaphore';
import { UnreadableImageError } from './unreadable-image';

export type InputReading =
  | { readonly ok: true; readonly image: PreparedInput }
  | { readonly ok: false; readonly fault: 'unreadable' | 'too_many_pixels' };

/** An input image that can be read to its last pixel. */
export interface PreparedInput {
  /** Upright, in base64: what came, byte for byte, unless its EXIF orientation turned it. */
  readonly data: JsonBlob;
  /** Of `data`. */
  readonly header: ImageHeader;
}

/** No difference is visible from this quality on, and files stay smaller than at 100. */
const TURNED_QUALITY = 95;

/** Looks at input images before money is spent on them, and turns them the way they are to be seen. */
@Injectable()
export class InputReader {
  constructor(private readonly semaphore: PixelSemaphore) {}

  /**
   * Reads an image (base64) to its end, since a file that was cut off has a sound beginning. Where its
   * EXIF orientation says that it lies on its side, it is turned and encoded again in its own format,
   * so that the model, a mask and everybody else see the same picture.
   *
   * @throws the signal's reason when it is aborted
   */
  async read(data: JsonBlob, scope: PixelScope = {}): Promise<InputReading> {
    const header = readImageHeader(data);
    if (header === undefined) {
      return { ok: false, fault: 'unreadable' };
    }
    if (header.width * header.height > MAX_PIXELS) {
      return { ok: false, fault: 'too_many_pixels' };
    }
    try {
      const image = await this.semaphore.run(decodedByteLength(data), scope, () =>
        readUpright(data, header, scope),
      );
      return { ok: true, image };
    } catch (error) {
      if (error instanceof UnreadableImageError) {
        return { ok: false, fault: 'unreadable' };
      }
      throw error;
    }
  }
}

async function readUpright(
  data: JsonBlob,
  header: ImageHeader,
  { signal, memory }: PixelScope,
): Promise<PreparedInput> {
  const bytes = await readBytes(data, signal);
  const metadata = await describe(bytes);
  if ((metadata.orientation ?? 1) === 1) {
    await readToTheEnd(bytes, metadata);
    return { data, header };
  }
  // Only to be turned is an image decoded as a whole.
  const pixels = memory?.hold(header.width * header.height * 4);
  const turned = await encodeBase64(await turn(bytes, header.format, metadata), signal).finally(
    () => pixels?.release(),
  );
  const turnedHeader = readImageHeader(turned);
  if (turnedHeader === undefined) {
    throw new UnreadableImageError('turned into something else');
  }
  return { data: turned, header: turnedHeader };
}

/**
 * Asks for the last row, to which a decoder gets through all the others: everything is read and
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

/** The values stay as they are wherever they mean RGB, and so does the profile by which they do. */
function turn(bytes: Buffer, format: ImageFormat, metadata: Metadata): Promise<Buffer> {
  const image = openImage(bytes);
  const kept = rgbProfileOf(metadata) === undefined ? image : image.keepIccProfile();
  return orUnreadable(() => asGood(kept, format, metadata).toBuffer());
}

function asGood(image: Sharp, format: ImageFormat, { chromaSubsampling }: Metadata): Sharp {
  switch (format) {
    case 'png':
      return encodeAs(image, { format });
    case 'webp':
      return encodeAs(image, { format, quality: TURNED_QUALITY });
    case 'jpeg':
      return image.jpeg({
        quality: TURNED_QUALITY,
        // A camera's coarser colour does not get finer, only larger.
        chromaSubsampling: chromaSubsampling === '4:2:0' ? '4:2:0' : '4:4:4',
      });
  }
}
