import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../context/request-context';
import type { JsonBlob } from '../json/json-blob';
import type { ImagePlan } from '../mapping/image-plan';
import type { SourcedImage } from './generated-image';
import type { EncodingTarget } from './pixels/encoding-target';
import { ImageEncoder } from './pixels/image-encoder';
import { readImageHeader } from './pixels/image-header';
import { MaskComposer } from './pixels/mask-composer';
import type { PixelScope } from './pixels/pixel-semaphore';
import { UnreadableImageError } from './pixels/unreadable-image';

/** Converts an image, partial or final, to what the request asks for. */
@Injectable()
export class ImageFinisher {
  constructor(
    private readonly encoder: ImageEncoder,
    private readonly composer: MaskComposer,
  ) {}

  /**
   * The image in the requested format; with a mask, composed over the original in the original's
   * size.
   *
   * @param context the request: `closed` ends the work, and its reason is thrown
   * @throws UnreadableImageError
   */
  async finish<T extends SourcedImage>(
    image: T,
    plan: ImagePlan,
    context: Pick<RequestContext, 'closed' | 'memory'>,
  ): Promise<T> {
    const data = await this.finishedData(image, plan, context);
    if (data === image.data) {
      return image;
    }
    const header = readImageHeader(data);
    if (header === undefined) {
      throw new UnreadableImageError();
    }
    return { ...image, data, header };
  }

  private async finishedData(
    image: SourcedImage,
    plan: ImagePlan,
    context: Pick<RequestContext, 'closed' | 'memory'>,
  ): Promise<JsonBlob> {
    const { maskOverlay, outputFormat: format = 'png', outputCompression: quality } = plan;
    if (maskOverlay !== undefined) {
      return this.composer.compose(
        { ...maskOverlay, generated: image.data },
        { format, quality },
        scopeOf(context),
      );
    }
    const target = encodingNeeded(image, plan);
    return target === undefined
      ? image.data
      : this.encoder.encode(image.data, target, scopeOf(context));
  }
}

/**
 * Created only when there is work: most images are returned unchanged, and a signal costs more than
 * all of this.
 */
function scopeOf({
  closed: signal,
  memory,
}: Pick<RequestContext, 'closed' | 'memory'>): PixelScope {
  return { signal, memory };
}

/** The format that an image must be converted to; undefined if it already has the requested one. */
export function encodingNeeded(
  { header, provider }: Pick<SourcedImage, 'header' | 'provider'>,
  {
    outputFormat,
    outputCompression,
    conversation,
  }: Pick<ImagePlan, 'outputFormat' | 'outputCompression' | 'conversation'>,
): EncodingTarget | undefined {
  // Roo Code and Kilo Code accept only PNG and JPEG from a chat.
  const unasked = conversation !== undefined && header.format === 'webp' ? 'png' : header.format;
  const format = outputFormat ?? unasked;
  // Vertex AI was given both format and quality, so a JPEG from there already has the right
  // quality.
  const isAsAsked = provider === 'vertex' && outputFormat === 'jpeg' && format === header.format;
  const quality = format === 'png' || isAsAsked ? undefined : outputCompression;
  return format === header.format && (quality === undefined || quality === 100)
    ? undefined
    : { format, quality };
}
