import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../context/request-context';
import type { ImagePlan } from '../mapping/image-plan';
import type { SourcedImage } from './generated-image';
import { ImageEncoder } from './pixels/image-encoder';
import { readImageHeader } from './pixels/image-header';
import { inOutputFormat } from './output-format';
import { MaskComposer } from './pixels/mask-composer';
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
    { closed: signal, memory }: Pick<RequestContext, 'closed' | 'memory'>,
  ): Promise<T> {
    const { heldMask, outputFormat = 'png', outputCompression } = plan;
    if (heldMask === undefined) {
      return inOutputFormat(image, plan, this.encoder, { signal, memory });
    }
    const target = { format: outputFormat, quality: outputCompression };
    const data = await this.composer.compose({ ...heldMask, answer: image.data }, target, {
      signal,
      memory,
    });
    const header = readImageHeader(data);
    if (header === undefined) {
      throw new UnreadableImageError();
    }
    return { ...image, data, header };
  }
}
