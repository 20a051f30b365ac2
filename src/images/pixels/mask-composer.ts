import { Injectable } from '@nestjs/common';
import sharp from 'sharp';
import { encodeBase64 } from '../../json/base64-blob';
import { decodedByteLength } from '../../json/base64-decoder';
import type { JsonBlob } from '../../json/json-blob';
import { blendInPlace } from './blend';
import { decodeAlpha, decodeCanvas, decodeToCover, type Canvas } from './canvas';
import { attachToPng, withProfileFile } from './colour-profile';
import { encodeAs, encoderBytes, type EncodingTarget } from './encoding-target';
import { readImageHeader } from './image-header';
import { openImage, readBytes, readingBytes } from './image-source';
import { PixelSemaphore, type PixelScope } from './pixel-semaphore';
import { UnreadableImageError } from './unreadable-image';

/** The images that a masked edit is composed of, all in base64. */
export interface MaskedEdit {
  /**
   * The first image as the client sent it; its orientation is applied here, without encoding it
   * again.
   */
  readonly original: JsonBlob;
  /** The client's mask: a PNG with alpha, of the same size as the original. */
  readonly mask: JsonBlob;
  /** The model's image, in any size. */
  readonly generated: JsonBlob;
}

/**
 * Restores the original where the mask is opaque. Gemini has no mask parameter and paints over
 * whatever mask it is shown, so this is what makes a mask exact.
 */
@Injectable()
export class MaskComposer {
  constructor(private readonly semaphore: PixelSemaphore) {}

  /**
   * The edit in the original's size, as base64. Where the mask is opaque each pixel is the
   * original's, alpha included; where it is fully transparent it is the model's; in between the two
   * are mixed. This holds exactly for the values in a PNG; JPEG and WebP lose a little everywhere.
   * An original's colour profile is kept in PNG, and the model's image converted to it; see
   * `decodeCanvas` for the details. If the original has no alpha, neither has the result.
   *
   * Blending takes 7 bytes of memory per pixel, 9 with alpha; encoding the result takes 3 or 4, and
   * what the codec needs.
   *
   * @throws UnreadableImageError; original and mask were checked before, so it is the generated
   * image
   * @throws the signal's reason if it is aborted: at once while waiting, otherwise after the
   * current step
   */
  compose(edit: MaskedEdit, target: EncodingTarget, scope: PixelScope = {}): Promise<JsonBlob> {
    const { signal } = scope;
    return this.semaphore.run(bytesOf(edit, target), scope, async () => {
      const canvas = await blended(edit, signal);
      signal?.throwIfAborted();
      return encodeBase64(await encodeCanvas(canvas, target), signal);
    });
  }
}

/**
 * The memory of the three files, the canvas and the model's image with up to four bytes per pixel,
 * and the mask's alpha. Also the largest of their decoders, since they are decoded one after the
 * other.
 */
function bytesOf({ original, mask, generated }: MaskedEdit, target: EncodingTarget): number {
  const { width, height } = readImageHeader(original) ?? { width: 0, height: 0 };
  const images = [original, mask, generated];
  const files = images.reduce((sum, data) => sum + decodedByteLength(data), 0);
  const inDecoder = images.map((data) => readingBytes(data) - decodedByteLength(data));
  return (
    files + Math.max(...inDecoder) + 9 * width * height + encoderBytes(target, { width, height })
  );
}

/**
 * A separate function, so that the generated image and the mask are released before the result is
 * encoded.
 */
async function blended(edit: MaskedEdit, signal: AbortSignal | undefined): Promise<Canvas> {
  const canvas = await decodeCanvas(await readBytes(edit.original, signal));
  const alpha = await decodeAlpha(await readBytes(edit.mask, signal));
  const { pixels, width, height, channels } = canvas;
  if (alpha.length !== width * height) {
    throw new UnreadableImageError('the mask has another size');
  }
  const generated = await inColoursOf(canvas, await readBytes(edit.generated, signal));
  await blendInPlace({ canvas: pixels, generated, alpha, channels }, signal);
  return canvas;
}

/**
 * Without a profile file, the model's part stays in sRGB: its colours are then slightly off, while
 * the original's stay right.
 */
function inColoursOf(canvas: Canvas, generated: Buffer): Promise<Buffer> {
  return canvas.profile === undefined
    ? decodeToCover(generated, canvas, undefined)
    : withProfileFile(canvas.profile, (file) => decodeToCover(generated, canvas, file));
}

async function encodeCanvas(canvas: Canvas, target: EncodingTarget): Promise<Buffer> {
  const { pixels, width, height, channels, profile } = canvas;
  const image = sharp(pixels, { raw: { width, height, channels } });
  if (profile === undefined) {
    return encodeAs(image, target, canvas).toBuffer();
  }
  const png = await attachToPng(
    await encodeAs(image, { format: 'png' }, canvas).toBuffer(),
    profile,
  );
  // The other formats are converted to sRGB by the profile, as everywhere.
  return target.format === 'png' ? png : encodeAs(openImage(png), target, canvas).toBuffer();
}
