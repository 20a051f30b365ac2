import { Injectable } from '@nestjs/common';
import { encodeBase64 } from '../../json/base64-blob';
import type { JsonBlob } from '../../json/json-blob';
import { decodeAlpha } from './canvas';
import { encodeAs } from './encoding-target';
import { readImageHeader, windowInto, type ImageHeader } from './image-header';
import { decodedBytes, describe, openImage, orUnreadable, readBytes } from './image-source';
import { PixelSemaphore, type PixelScope } from './pixel-semaphore';
import { tooLargeWhole } from './too-large-whole';
import { UnreadableImageError } from './unreadable-image';
import { MAX_WHOLE_BYTES, wholeBytes } from './whole-bytes';

/**
 * An image with marks over it, or why there is none; `problem` ends a sentence about the markup.
 */
export type MarkupReading =
  | {
      readonly ok: true;
      /** In base64: JPEG of the best quality if the image is a JPEG, otherwise PNG. */
      readonly marked: JsonBlob;
      readonly header: ImageHeader;
      /** Whether the markup is entirely invisible. */
      readonly isEmpty: boolean;
    }
  | { readonly ok: false; readonly problem: string };

/** From this quality on no difference is visible. */
const MARKED_QUALITY = 95;

const TRANSPARENT = 0;
const OPAQUE = 255;

/** Draws marks over an image, so that a model can see what they point at. */
@Injectable()
export class MarkupComposer {
  constructor(private readonly semaphore: PixelSemaphore) {}

  /**
   * The image with the markup over it, both in base64.
   *
   * @param image upright, and checked before
   * @throws the signal's reason if it is aborted
   */
  async lay(
    markup: JsonBlob,
    image: { readonly data: JsonBlob; readonly header: ImageHeader },
    scope: PixelScope = {},
  ): Promise<MarkupReading> {
    const whole = wholeBytes(windowInto(markup));
    if (whole > MAX_WHOLE_BYTES) {
      return { ok: false, problem: tooLargeWhole(whole) };
    }
    // Both are decoded at the same time.
    const bytes = decodedBytes(markup) + decodedBytes(image.data);
    try {
      return await this.semaphore.run(bytes, scope, () => laid(markup, image, scope.signal));
    } catch (error) {
      if (error instanceof UnreadableImageError) {
        return { ok: false, problem: 'it cannot be read' };
      }
      throw error;
    }
  }
}

async function laid(
  markup: JsonBlob,
  { data, header }: { readonly data: JsonBlob; readonly header: ImageHeader },
  signal: AbortSignal | undefined,
): Promise<MarkupReading> {
  if (readImageHeader(markup)?.format !== 'png') {
    return { ok: false, problem: 'it is not a PNG' };
  }
  const bytes = await readBytes(markup, signal);
  const { hasAlpha, autoOrient: size } = await describe(bytes);
  if (size.width !== header.width || size.height !== header.height) {
    return {
      ok: false,
      problem: `its size is ${size.width}x${size.height} and that of the first image ${header.width}x${header.height}`,
    };
  }
  const alpha = hasAlpha ? await decodeAlpha(bytes) : undefined;
  if (alpha === undefined || alpha.every((value) => value === OPAQUE)) {
    return { ok: false, problem: 'it has no transparent pixels, so it would hide the image' };
  }
  signal?.throwIfAborted();
  const marks = await orUnreadable(() =>
    openImage(bytes)
      .toColourspace('srgb')
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true }),
  );
  const { width, height, channels } = marks.info;
  const original = await readBytes(data, signal);
  const marked = await orUnreadable(() =>
    encodeAs(
      openImage(original).composite([{ input: marks.data, raw: { width, height, channels } }]),
      { format: header.format === 'jpeg' ? 'jpeg' : 'png', quality: MARKED_QUALITY },
      header,
    ).toBuffer(),
  );
  const encoded = await encodeBase64(marked, signal);
  const markedHeader = readImageHeader(encoded);
  if (markedHeader === undefined) {
    throw new UnreadableImageError('marking changed its format');
  }
  const isEmpty = alpha.every((value) => value === TRANSPARENT);
  return { ok: true, marked: encoded, header: markedHeader, isEmpty };
}
