import type { JsonBlob } from '../json/json-blob';
import type { ImagePlan } from '../mapping/image-plan';
import { sumUsage, type ImageUsage } from '../mapping/usage';
import { BACKGROUND, QUALITY, revisedPromptOf, safetyIdentifierOf } from './echoed-members';
import type { GeneratedImage } from './generated-image';

interface ImageItem {
  readonly b64_json?: JsonBlob;
  /** The URL of a hosted image, or a data URI. */
  readonly url?: string | JsonBlob;
  readonly revised_prompt?: string;
}

/** OpenAI's response to an image request, with the images still as the bytes that were received. */
export interface ImagesResponse {
  /** Epoch seconds, an integer: typed SDKs reject anything else. */
  readonly created: number;
  readonly data: readonly ImageItem[];
  readonly output_format: string;
  readonly size: string;
  readonly usage?: ImageUsage;
  readonly background: typeof BACKGROUND;
  readonly quality: typeof QUALITY;
  readonly safety_identifier?: string;
}

/**
 * @param images at least one, in the requested order
 * @param urls of hosted images, by index; the others are returned as data URIs
 * @param now epoch milliseconds
 */
export function imagesResponse(
  plan: ImagePlan,
  images: readonly GeneratedImage[],
  urls: readonly (string | undefined)[],
  now: number,
): ImagesResponse {
  const [first] = images;
  if (first === undefined) {
    throw new Error('a response without images is an error');
  }
  const usage = sumUsage(images.map((image) => image.usage));
  return {
    created: Math.floor(now / 1000),
    data: images.map((image, index) => imageItem(plan, image, urls[index])),
    output_format: first.header.format,
    size: `${first.header.width}x${first.header.height}`,
    ...(usage === undefined ? {} : { usage }),
    background: BACKGROUND,
    quality: QUALITY,
    ...safetyIdentifierOf(plan),
  };
}

/** Never a null member: several clients take `"url": null` for a URL. */
function imageItem(
  plan: ImagePlan,
  { data, header }: GeneratedImage,
  url: string | undefined,
): ImageItem {
  const revised = revisedPromptOf(plan);
  switch (plan.responseFormat) {
    case 'b64_json':
      return { b64_json: data, ...revised };
    case 'url':
      return { url: url ?? data.withPrefix(`data:${header.mimeType};base64,`), ...revised };
  }
}
