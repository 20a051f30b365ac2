import type { ImagePlan } from '../mapping/image-plan';
import type { SourcedImage } from './generated-image';
import type { ImageEncoder } from './pixels/image-encoder';
import { readImageHeader } from './pixels/image-header';
import type { PixelScope } from './pixels/pixel-semaphore';
import { UnreadableImageError } from './pixels/unreadable-image';

/**
 * The image in the format and quality that were asked for: as it is where that is what it has
 * already, else transcoded.
 *
 * @throws UnreadableImageError
 */
export async function inOutputFormat<T extends SourcedImage>(
  image: T,
  plan: Pick<ImagePlan, 'outputFormat' | 'outputCompression'>,
  encoder: ImageEncoder,
  scope: PixelScope,
): Promise<T> {
  const format = plan.outputFormat ?? image.header.format;
  // Vertex AI was asked for both, so that a JPEG from there has its quality already.
  const isAsAsked =
    image.provider === 'vertex' && plan.outputFormat === 'jpeg' && format === image.header.format;
  const quality = format === 'png' || isAsAsked ? undefined : plan.outputCompression;
  if (format === image.header.format && (quality === undefined || quality === 100)) {
    return image;
  }
  const data = await encoder.encode(image.data, { format, quality }, scope);
  const header = readImageHeader(data);
  if (header === undefined) {
    throw new UnreadableImageError();
  }
  return { ...image, data, header };
}
