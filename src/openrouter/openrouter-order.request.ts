import type { JsonBody } from '../http/bodies/body.guard';
import { invalidType, nameOfType } from '../images/dto/parameter-fault';
import type { ImagesOrder } from '../images/images-order';
import { generationOrder } from '../images/images-order.request';
import type { FieldNames } from '../mapping/image-request';

/** An image size in `size`, where OpenAI has pixels. */
const TIER = /^\s*(?:512|[124]K)\s*$/i;

/**
 * Converts a body of OpenRouter's Image API to a generation: `resolution` is the image size, and so
 * is a `size` such as `2K`; `aspect_ratio: "auto"` asks for nothing; images are always returned as
 * base64.
 *
 * @throws GatewayError `invalid_request`
 */
export async function openRouterOrder(body: JsonBody): Promise<ImagesOrder> {
  const { resolution, size, aspect_ratio: ratio, image_size: imageSize, ...fields } = body;
  const tierOfSize = typeof size === 'string' && TIER.test(size) ? size : undefined;
  const asked = resolutionOf(resolution);
  const order = await generationOrder({
    ...fields,
    size: tierOfSize === undefined ? size : undefined,
    aspect_ratio: isAuto(ratio) ? undefined : ratio,
    image_size: imageSize ?? asked ?? tierOfSize,
    response_format: 'b64_json',
  });
  const hasOwnName = (imageSize ?? undefined) === undefined && (asked ?? tierOfSize) !== undefined;
  return hasOwnName
    ? withNames(order, { imageSize: asked === undefined ? 'size' : 'resolution' })
    : order;
}

function withNames(order: ImagesOrder, names: FieldNames): ImagesOrder {
  const { fields } = order;
  return { ...order, fields: { ...fields, names: { ...fields.names, ...names } } };
}

function resolutionOf(resolution: unknown): string | undefined {
  const asked = resolution ?? undefined;
  if (asked === undefined || isAuto(asked)) {
    return undefined;
  }
  if (typeof asked !== 'string') {
    throw invalidType('resolution', 'a string', nameOfType(asked));
  }
  return asked;
}

function isAuto(value: unknown): boolean {
  return typeof value === 'string' && value.trim().toLowerCase() === 'auto';
}
