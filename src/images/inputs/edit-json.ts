import { invalidRequest } from '../../errors/gateway-error';
import { JsonBlob } from '../../json/json-blob';
import { invalidType, missingParameter, nameOfType } from '../dto/parameter-fault';
import type { ImageUrl } from './image-url.service';
import type { ParsedEdit } from './uploaded-images';

/** The longest piece of a client's text that is quoted. */
const MAX_QUOTED_CHARACTERS = 60;

/**
 * Takes an edit in JSON apart: `images: [{ image_url }]` and `mask: { image_url }`. A blob may stand
 * wherever a string may. Null is the same as absent where something may be left out.
 *
 * @throws GatewayError `invalid_request`, in OpenAI's words where they are known
 */
export function editFromJson(body: Readonly<Record<string, unknown>>): ParsedEdit {
  const { images, mask, ...fields } = body;
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
    },
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
    throw invalidRequest(
      `${param}.file_id`,
      'invalid_value',
      `Invalid '${param}.file_id': this server keeps no files. Send the image as 'image_url', ` +
        "which may be a data URL (e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU=').",
    );
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

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof JsonBlob)
  );
}
