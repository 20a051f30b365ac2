import { Injectable } from '@nestjs/common';
import { encodeBase64 } from '../../json/base64-blob';
import type { JsonBlob } from '../../json/json-blob';
import { encodeAs, encoderBytes, type EncodingTarget } from './encoding-target';
import { readImageHeader } from './image-header';
import { decodedBytes, openImage, orUnreadable, readBytes } from './image-source';
import { PixelSemaphore, type PixelScope } from './pixel-semaphore';

/** The size of data that is not an image, which `readBytes` rejects. */
const NOTHING = { width: 0, height: 0 };

/** Converts images between formats, off the event loop and a few at a time. */
@Injectable()
export class ImageEncoder {
  constructor(private readonly semaphore: PixelSemaphore) {}

  /**
   * The image in `data` (base64), converted to the target's format, as base64. Orientation is
   * applied, colour is converted to sRGB, and metadata is dropped: a C2PA manifest signs bytes that
   * no longer exist. Transparency becomes white in JPEG.
   *
   * @throws UnreadableImageError
   * @throws the signal's reason if it is aborted: at once while waiting, otherwise after the
   * current step
   */
  encode(data: JsonBlob, target: EncodingTarget, scope: PixelScope = {}): Promise<JsonBlob> {
    const { signal } = scope;
    const size = readImageHeader(data) ?? NOTHING;
    return this.semaphore.run(decodedBytes(data) + encoderBytes(target, size), scope, async () => {
      const bytes = await readBytes(data, signal);
      const image = await orUnreadable(() => encodeAs(openImage(bytes), target, size).toBuffer());
      return encodeBase64(image, signal);
    });
  }
}
