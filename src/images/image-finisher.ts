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

/** Makes of an image, partial or final, what the request asks for. */
@Injectable()
export class ImageFinisher {
  constructor(
    private readonly encoder: ImageEncoder,
    private readonly composer: MaskComposer,
  ) {}

  /**
   * The image in the format that was asked for; under a mask, laid over the original and of its size.
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

/** Asked for only where there is work: most images are done as they come, and a signal costs more than all of this. */
function scopeOf({
  closed: signal,
  memory,
}: Pick<RequestContext, 'closed' | 'memory'>): PixelScope {
  return { signal, memory };
}

/** The format that an image must be converted to; undefined if it already is what was asked for. */
export function encodingNeeded(
  { header, provider }: Pick<SourcedImage, 'header' | 'provider'>,
  { outputFormat, outputCompression }: Pick<ImagePlan, 'outputFormat' | 'outputCompression'>,
): EncodingTarget | undefined {
  const format = outputFormat ?? header.format;
  // Vertex AI was asked for both, so that a JPEG from there has its quality already.
  const isAsAsked = provider === 'vertex' && outputFormat === 'jpeg' && format === header.format;
  const quality = format === 'png' || isAsAsked ? undefined : outputCompression;
  return format === header.format && (quality === undefined || quality === 100)
    ? undefined
    : { format, quality };
}
