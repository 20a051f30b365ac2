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

/** What a masked edit is made of; each in base64. */
export interface MaskedEdit {
  /** The first image as the client sent it: an orientation is applied here, without encoding it again. */
  readonly original: JsonBlob;
  /** The client's mask: a PNG with alpha, as large as the original. */
  readonly mask: JsonBlob;
  /** What the model made of them, in whatever size. */
  readonly generated: JsonBlob;
}

/**
 * Puts the original back where the mask is opaque. Gemini has no parameter for a mask and paints over
 * whatever it is shown as one, so that this is what makes a mask hold.
 */
@Injectable()
export class MaskComposer {
  constructor(private readonly semaphore: PixelSemaphore) {}

  /**
   * The edit in the original's size, as base64. Where the mask is opaque each pixel is the original's,
   * alpha included; where it is fully transparent the model's; in between they are mixed. This is true
   * of the values stored in a PNG, while JPEG and WebP lose a little everywhere. An original's colour
   * profile is kept in PNG, and the model's picture converted to it; see `decodeCanvas` for what else
   * there is. Without alpha in the original there is none in the result.
   *
   * While the pictures are blended they take 7 bytes of memory to a pixel, 9 with alpha; while the
   * result is encoded 3 or 4, and what the codec needs.
   *
   * @throws UnreadableImageError; where original and mask were checked before, it is the generated image
   * @throws the signal's reason when it is aborted: at once while waiting, else after the step in hand
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
 * The three as files, the canvas and the model's picture with up to four bytes to a pixel, and the mask's alpha; besides
 * what the hungriest of their decoders takes, since they are decoded one after the other.
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

/** A function of its own, so that the generated image and the mask are gone before the result is encoded. */
async function blended(edit: MaskedEdit, signal: AbortSignal | undefined): Promise<Canvas> {
  const canvas = await decodeCanvas(await readBytes(edit.original, signal));
  const alpha = await decodeAlpha(await readBytes(edit.mask, signal));
  const { pixels, width, height, channels } = canvas;
  if (alpha.length !== width * height) {
    throw new UnreadableImageError('a mask of another size');
  }
  const generated = await inColoursOf(canvas, await readBytes(edit.generated, signal));
  await blendInPlace({ canvas: pixels, generated, alpha, channels }, signal);
  return canvas;
}

/**
 * Without a file to convert by, the model's part is left in sRGB: its colours are a little off then,
 * while the original's stay right.
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
