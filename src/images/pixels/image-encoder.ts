import { Injectable } from '@nestjs/common';
import { encodeBase64 } from '../../json/base64-blob';
import type { JsonBlob } from '../../json/json-blob';
import { encodeAs, encoderBytes, type EncodingTarget } from './encoding-target';
import { readImageHeader } from './image-header';
import { decodedBytes, openImage, orUnreadable, readBytes } from './image-source';
import { PixelSemaphore, type PixelScope } from './pixel-semaphore';

/** The size of what is no image, which `readBytes` refuses. */
const NOTHING = { width: 0, height: 0 };

/** Turns images from one format into another, off the event loop and a few at a time. */
@Injectable()
export class ImageEncoder {
  constructor(private readonly semaphore: PixelSemaphore) {}

  /**
   * The image of `data` (base64) in the target's format, as base64. Orientation is applied, colour
   * converted to sRGB, and metadata left behind: a C2PA manifest signs bytes which are no more.
   * Transparency becomes white in JPEG.
   *
   * @throws UnreadableImageError
   * @throws the signal's reason when it is aborted: at once while waiting, else after the step in hand.
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
