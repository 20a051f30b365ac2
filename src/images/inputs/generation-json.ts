import { invalidRequest } from '../../errors/gateway-error';
import { imageReferences } from './image-reference';
import type { ImageUrl } from './image-url.service';
import type { UploadedImages } from './uploaded-images';

/** The fields in which dialects of a generation have images; where several are used, this is their order. */
export const REFERENCE_FIELDS = [
  'image',
  'images',
  'image_url',
  'image_urls',
  'input_references',
] as const;

/** What means nothing without an image. */
const WITHOUT_IMAGE: ReadonlyMap<string, string> = new Map(
  ['mask', 'markup'].map((name) => [name, 'no image came with the request']),
);

/** A generation in JSON, taken apart. */
export interface ParsedGeneration {
  /** All but the images; nothing has been checked. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Absent where no image came. */
  readonly uploads?: Extract<UploadedImages, { readonly kind: 'urls' }>;
  /** Fields that mean nothing here, each with why. */
  readonly meaningless: ReadonlyMap<string, string>;
}

/**
 * Takes a generation apart: its reference images, and a mask or a markup for the first of them.
 *
 * @throws GatewayError `invalid_request` for what is no image by its form
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
    throw invalidRequest(param, 'invalid_value', `Invalid '${param}': only one image is taken.`);
  }
  return first;
}
