import { Injectable } from '@nestjs/common';
import sharp from 'sharp';
import { encodeBase64 } from '../../json/base64-blob';
import type { JsonBlob } from '../../json/json-blob';
import { readImageHeader, windowInto } from './image-header';
import { decodeAlpha } from './canvas';
import type { PixelSize } from './cover';
import { encodeAs } from './encoding-target';
import { decodedBytes, describe, readBytes } from './image-source';
import { PixelSemaphore, type PixelScope } from './pixel-semaphore';
import { tooLargeWhole } from './too-large-whole';
import { UnreadableImageError } from './unreadable-image';
import { MAX_WHOLE_BYTES, wholeBytes } from './whole-bytes';

export type MaskReading =
  | {
      readonly ok: true;
      /**
       * The mask in a form that a model understands, PNG in base64: white where the image is to
       * change, black where it stays, grey in between.
       */
      readonly forModel: JsonBlob;
      /** Whether it is opaque everywhere, so that the edit equals the original. */
      readonly keepsEverything: boolean;
    }
  | {
      readonly ok: false;
      /** OpenAI's own codes and, where its message is known, its message. */
      readonly code: 'unsupported_file_mimetype' | 'invalid_mask_image_format';
      readonly message: string;
    };

/**
 * Users bring black-and-white masks, or masks without any transparency, as other programs expect
 * them.
 */
const HOW_MASKS_WORK =
  'Opaque parts of the mask keep the image, transparent parts are repainted: export the ' +
  'mask as a PNG with transparency.';

/**
 * Checks masks before money is spent on them, and converts them to a form that a model understands.
 */
@Injectable()
export class MaskReader {
  constructor(private readonly semaphore: PixelSemaphore) {}

  /**
   * Reads a mask (base64) for an image of the given size, which is that of the upright image.
   *
   * A mask that is opaque everywhere is accepted: it asks to keep everything, and the promise about
   * opaque pixels holds for it too. It is reported, so that the caller can warn about it.
   *
   * @throws the signal's reason if it is aborted
   */
  async read(mask: JsonBlob, image: PixelSize, scope: PixelScope = {}): Promise<MaskReading> {
    const whole = wholeBytes(windowInto(mask));
    if (whole > MAX_WHOLE_BYTES) {
      return refused(`Invalid mask image format - ${tooLargeWhole(whole)}`);
    }
    try {
      return await this.semaphore.run(decodedBytes(mask), scope, () =>
        check(mask, image, scope.signal),
      );
    } catch (error) {
      if (error instanceof UnreadableImageError) {
        return refused('Invalid mask image format - mask image cannot be read');
      }
      throw error;
    }
  }
}

async function check(
  mask: JsonBlob,
  image: PixelSize,
  signal: AbortSignal | undefined,
): Promise<MaskReading> {
  const format = readImageHeader(mask)?.format;
  if (format !== 'png') {
    return {
      ok: false,
      code: 'unsupported_file_mimetype',
      message: `Invalid file 'mask': unsupported mimetype ('${format === undefined ? 'application/octet-stream' : `image/${format}`}'). Supported file formats are 'image/png'. ${HOW_MASKS_WORK}`,
    };
  }
  const bytes = await readBytes(mask, signal);
  const { hasAlpha, autoOrient: size } = await describe(bytes);
  // The size is checked before the pixels: a mask of the image's size takes no more memory than the
  // image did.
  if (size.width !== image.width || size.height !== image.height) {
    return refused(
      `Invalid mask image format - mask size does not match image size (the mask is ${size.width}x${size.height}, the image ${image.width}x${image.height})`,
    );
  }
  if (!hasAlpha) {
    return refused(
      `Invalid mask image format - mask image missing alpha channel. ${HOW_MASKS_WORK}`,
    );
  }
  const alpha = await decodeAlpha(bytes);
  signal?.throwIfAborted();
  return {
    ok: true,
    forModel: await encodeBase64(await blackAndWhite(alpha, size), signal),
    keepsEverything: isOpaque(alpha),
  };
}

/** RGB, which any decoder for photographs can read; it compresses to almost nothing. */
function blackAndWhite(alpha: Buffer, { width, height }: PixelSize): Promise<Buffer> {
  const image = sharp(alpha, { raw: { width, height, channels: 1 } }).negate();
  return encodeAs(image.toColourspace('srgb'), { format: 'png' }, { width, height }).toBuffer();
}

const OPAQUE = Buffer.alloc(1024 * 1024, 255);

/** Compares megabytes at a time, in native code, and stops at the first difference. */
function isOpaque(alpha: Buffer): boolean {
  for (let at = 0; at < alpha.length; at += OPAQUE.length) {
    const part = alpha.subarray(at, at + OPAQUE.length);
    if (!part.equals(OPAQUE.subarray(0, part.length))) {
      return false;
    }
  }
  return true;
}

function refused(message: string): MaskReading {
  return { ok: false, code: 'invalid_mask_image_format', message };
}
