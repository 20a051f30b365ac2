import { invalidRequest } from '../../errors/gateway-error';
import { imageReferences } from './image-reference';
import type { ImageUrl } from './image-url.service';
import type { UploadedImages } from './uploaded-images';

/** The fields that hold images in the dialects of a generation, in order of precedence. */
export const REFERENCE_FIELDS = [
  'image',
  'images',
  'image_url',
  'image_urls',
  'input_references',
] as const;

/** Fields that have no meaning without an image. */
const WITHOUT_IMAGE: ReadonlyMap<string, string> = new Map(
  ['mask', 'markup'].map((name) => [name, 'no image came with the request']),
);

/** A parsed JSON generation. */
export interface ParsedGeneration {
  /** All fields except the images, unchecked. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Absent if there are no images. */
  readonly uploads?: Extract<UploadedImages, { readonly kind: 'urls' }>;
  /** Fields that have no meaning here, each with the reason. */
  readonly meaningless: ReadonlyMap<string, string>;
}

/**
 * Parses a generation: its reference images, and a mask or markup for the first of them.
 *
 * @throws GatewayError `invalid_request` for a value that does not have the form of an image
 */
export function generationFromJson(body: Readonly<Record<string, unknown>>): ParsedGeneration {
  const images = REFERENCE_FIELDS.flatMap((name) => imageReferences(body[name], name));
  if (images.length === 0) {
    return { fields: body, meaningless: WITHOUT_IMAGE };
  }
  const { mask, markup, ...fields } = body;
  return {
    fields,
    uploads: {
      kind: 'urls',
      images,
      mask: oneImage(mask, 'mask'),
      markup: oneImage(markup, 'markup'),
    },
    meaningless: new Map(),
  };
}

function oneImage(value: unknown, param: string): ImageUrl | undefined {
  const [first, ...others] = imageReferences(value, param);
  if (others.length > 0) {
    throw invalidRequest(param, 'invalid_value', `Invalid '${param}': only one image is accepted.`);
  }
  return first;
}
