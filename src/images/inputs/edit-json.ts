import { invalidRequest } from '../../errors/gateway-error';
import { JsonBlob } from '../../json/json-blob';
import { invalidType, missingParameter, nameOfType } from '../dto/parameter-fault';
import { fileIdFault, isObject } from './image-reference';
import type { ImageUrl } from './image-url.service';
import type { ParsedEdit } from './uploaded-images';

/** How many characters of a client's text are quoted at most. */
const MAX_QUOTED_CHARACTERS = 60;

/** Names for images that generations accept and edits do not. */
const FOREIGN_REFERENCES: ReadonlyMap<string, string> = new Map(
  ['image_url', 'image_urls', 'input_references'].map((name) => [name, 'use images']),
);

/**
 * Parses a JSON edit: `images: [{ image_url }]` and `mask` or `markup`, `{ image_url }`. Any string
 * may be a blob. Null is the same as absent for optional members.
 *
 * @throws GatewayError `invalid_request`, with OpenAI's message if it is known
 */
export function editFromJson(body: Readonly<Record<string, unknown>>): ParsedEdit {
  const { images, mask, markup, ...fields } = body;
  if ((fields['image'] ?? undefined) !== undefined) {
    throw invalidRequest(
      'image',
      'invalid_value',
      "Unknown parameter: 'image'. For application/json on /v1/images/edits, use 'images' (array).",
    );
  }
  return {
    fields,
    uploads: {
      kind: 'urls',
      images: imageUrls(images),
      mask: (mask ?? undefined) === undefined ? undefined : imageUrl(mask, 'mask'),
      markup: (markup ?? undefined) === undefined ? undefined : imageUrl(markup, 'markup'),
    },
    meaningless: FOREIGN_REFERENCES,
  };
}

function imageUrls(images: unknown): readonly ImageUrl[] {
  if (images === undefined) {
    throw missingParameter('images');
  }
  if (!Array.isArray(images)) {
    throw invalidType('images', 'an array of objects', nameOfType(images));
  }
  if (images.length === 0) {
    throw invalidRequest(
      'images',
      'empty_array',
      "Invalid 'images': empty array. Expected an array with minimum length 1, " +
        'but got an empty array instead.',
    );
  }
  return images.map((image: unknown, index) => imageUrl(image, `images[${index}]`));
}

function imageUrl(value: unknown, param: string): ImageUrl {
  if (!isObject(value)) {
    throw invalidType(param, 'an object', nameOfType(value));
  }
  const { image_url: url, file_id: fileId, ...others } = value;
  if ((fileId ?? undefined) !== undefined) {
    throw fileIdFault(param);
  }
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    const path = `${param}.${unknown.slice(0, MAX_QUOTED_CHARACTERS)}`;
    throw invalidRequest(path, 'unknown_parameter', `Unknown parameter: '${path}'.`);
  }
  if ((url ?? undefined) === undefined) {
    throw missingParameter(`${param}.image_url`);
  }
  if (typeof url !== 'string' && !(url instanceof JsonBlob)) {
    throw invalidType(`${param}.image_url`, 'a string', nameOfType(url));
  }
  return { url, field: { param: `${param}.image_url` } };
}
