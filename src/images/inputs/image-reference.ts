import { invalidRequest, type GatewayError } from '../../errors/gateway-error';
import { JsonBlob } from '../../json/json-blob';
import { looksLikeImageBase64 } from '../../mapping/image-base64';
import { invalidType, missingParameter, nameOfType } from '../dto/parameter-fault';
import { isDataUri } from './data-uri';
import type { ImageUrl } from './image-url.service';

/**
 * The images that a value names, in any of the notations of the supported dialects: one or a list,
 * each a URL, base64, `{ url }`, `{ image_url }` or `{ image_url: { url } }`. Any string may be a
 * blob. Null, false and an empty text name none.
 *
 * @param param the value's name for the client
 * @throws GatewayError `invalid_request` for anything else: an image must not be silently ignored
 */
export function imageReferences(value: unknown, param: string): readonly ImageUrl[] {
  return Array.isArray(value)
    ? value.flatMap((item: unknown, index) => oneReference(item, `${param}[${index}]`))
    : oneReference(value, param);
}

function oneReference(value: unknown, param: string): readonly ImageUrl[] {
  if (namesNone(value)) {
    return [];
  }
  if (isText(value)) {
    return [{ url: withScheme(value), field: { param } }];
  }
  if (!isObject(value)) {
    throw invalidType(param, 'a string or an object', nameOfType(value));
  }
  if ((value['file_id'] ?? undefined) !== undefined) {
    throw fileIdFault(param);
  }
  const name = ['image_url', 'url'].find((each) => !namesNone(value[each]));
  if (name === undefined) {
    throw missingParameter(`${param}.image_url`);
  }
  const inner = value[name];
  const isNested = name === 'image_url' && isObject(inner);
  return oneText(isNested ? inner['url'] : inner, `${param}.${name}${isNested ? '.url' : ''}`);
}

function oneText(value: unknown, param: string): readonly ImageUrl[] {
  if (namesNone(value)) {
    throw missingParameter(param);
  }
  if (!isText(value)) {
    throw invalidType(param, 'a string', nameOfType(value));
  }
  return [{ url: withScheme(value), field: { param } }];
}

/**
 * Turns bare base64, which some clients send, into a data URI; any other text is returned
 * unchanged.
 */
function withScheme(text: string | JsonBlob): string | JsonBlob {
  const blob = text instanceof JsonBlob ? text : JsonBlob.from(Buffer.from(text));
  return !isDataUri(blob) && looksLikeImageBase64(blob) ? blob.withPrefix('data:;base64,') : text;
}

/** The fault of an image that is referenced by a file id. */
export function fileIdFault(param: string): GatewayError {
  return invalidRequest(
    `${param}.file_id`,
    'invalid_value',
    `Invalid '${param}.file_id': this server does not store files. Send the image as 'image_url', ` +
      "which may be a data URL (e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU=').",
  );
}

function namesNone(value: unknown): boolean {
  return value === undefined || value === null || value === false || value === '';
}

function isText(value: unknown): value is string | JsonBlob {
  return typeof value === 'string' || value instanceof JsonBlob;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof JsonBlob)
  );
}
