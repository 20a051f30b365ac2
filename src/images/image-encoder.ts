import { availableParallelism } from 'node:os';
import { Injectable } from '@nestjs/common';
import type { Sharp } from 'sharp';
import sharp from 'sharp';
import { decodeBase64, encodeBase64 } from '../json/base64-blob';
import type { JsonBlob } from '../json/json-blob';
import type { ImageFormat } from './image-header';
import { readImageHeader } from './image-header';
import { Places } from './places';

/** Three and a half times the largest image Gemini makes (12288 x 1536). */
const MAX_PIXELS = 64 * 1024 * 1024;

/** From here on JPEG keeps colour at full resolution: below it, nobody asked for the best. */
const FULL_COLOUR_QUALITY = 90;

export interface EncodingTarget {
  readonly format: ImageFormat;
  /** 0 to 100, as OpenAI's `output_compression`: 100 is the best and the default. PNG, being lossless, ignores it. */
  readonly quality?: number;
}

/** What was to be transcoded is no whole PNG, JPEG or WebP. The message says nothing of its content. */
export class UnreadableImageError extends Error {
  override readonly name = 'UnreadableImageError';

  constructor(cause?: unknown) {
    super('The data is not a readable image', { cause });
  }
}

/** Half of the cores: the others answer requests meanwhile. */
export function encodingsAtATime(cores: number): number {
  return Math.max(1, Math.floor(cores / 2));
}

/**
 * Turns images from one format into another, off the event loop and a few at a time: sharp works
 * in libuv's threads, of which file reads and DNS need some too, and each image takes its decoded
 * size in memory.
 */
@Injectable()
export class ImageEncoder {
  private readonly places = new Places(encodingsAtATime(availableParallelism()));

  constructor() {
    // libvips keeps what it has just decoded, in case it is asked again. Here it never is.
    sharp.cache(false);
  }

  /**
   * The image of `data` (base64) in the target's format, as base64. Orientation is applied, colour
   * converted to sRGB, and metadata left behind: a C2PA manifest signs bytes which are no more.
   * Transparency becomes white in JPEG.
   *
   * @throws UnreadableImageError
   * @throws the signal's reason when it is aborted: at once while waiting, else after the step in hand.
   */
  encode(data: JsonBlob, target: EncodingTarget, signal?: AbortSignal): Promise<JsonBlob> {
    return this.places.run(async () => {
      const image = await transcode(await readImage(data, signal), target);
      return encodeBase64(image, signal);
    }, signal);
  }
}

/** Formats are told by their bytes first: sharp by itself would also take SVG and whatever else libvips knows. */
async function readImage(data: JsonBlob, signal: AbortSignal | undefined): Promise<Buffer> {
  const bytes = readImageHeader(data) === undefined ? undefined : await decodeBase64(data, signal);
  if (bytes === undefined) {
    throw new UnreadableImageError();
  }
  return bytes;
}

async function transcode(image: Buffer, target: EncodingTarget): Promise<Buffer> {
  try {
    const source = sharp(image, {
      autoOrient: true,
      failOn: 'error',
      limitInputPixels: MAX_PIXELS,
    });
    return await withTarget(source, target).toBuffer();
  } catch (error) {
    throw new UnreadableImageError(error);
  }
}

function withTarget(image: Sharp, { format, quality = 100 }: EncodingTarget): Sharp {
  // sharp counts from 1.
  const sharpQuality = Math.max(1, quality);
  switch (format) {
    case 'png':
      // Filters chosen line by line shrink photographs by a good part for little time.
      return image.png({ compressionLevel: 6, adaptiveFiltering: true });
    case 'jpeg':
      return image.flatten({ background: '#ffffff' }).jpeg({
        quality: sharpQuality,
        chromaSubsampling: quality >= FULL_COLOUR_QUALITY ? '4:4:4' : '4:2:0',
      });
    case 'webp':
      return image.webp({ quality: sharpQuality });
  }
}
