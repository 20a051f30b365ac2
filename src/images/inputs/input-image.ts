import { GatewayError, invalidRequest } from '../../errors/gateway-error';
import { drainToBase64, encodeBase64, normaliseBase64 } from '../../json/base64-blob';
import { decodedByteLength } from '../../json/base64-decoder';
import { JsonBlob } from '../../json/json-blob';
import { readImageHeader, type ImageHeader } from '../pixels/image-header';
import { MEDIA_TYPE_BYTES, mediaTypeOf } from './media-type';

/** 50 MiB, decoded: OpenAI's limit of 50 MB for one image, interpreted in the client's favour. */
export const MAX_INPUT_IMAGE_BYTES = 50 * 1024 * 1024;

/** An image that a client sent, ready to go upstream. */
export interface InputImage {
  /** Standard, padded base64, all of it checked. */
  readonly data: JsonBlob;
  /** From the image's own bytes: neither a file name nor a declared type can be trusted. */
  readonly header: ImageHeader;
}

/** The name of the image for error messages. */
export interface ImageField {
  /** `image`, `image[1]`, `images[0].image_url`, `mask` … */
  readonly param: string;
}

const SUPPORTED = ['image/jpeg', 'image/png', 'image/webp'];

/**
 * An image from the bytes of a file, in any number of slices, which are not joined.
 *
 * @param declaredType the sender's type, only quoted if the bytes themselves are not recognised
 * @throws GatewayError if it is not a PNG, JPEG or WebP, is unreadable, or over 50 MiB
 * @throws the signal's reason if it is aborted
 */
export async function inputImageFromBytes(
  bytes: readonly Buffer[],
  field: ImageField,
  declaredType?: string,
  signal?: AbortSignal,
): Promise<InputImage> {
  checkFile(bytes, field, declaredType);
  return withHeader(await encodeBase64(bytes, signal), field);
}

/** Like `inputImageFromBytes`, but empties the list, so that the image is not kept twice. */
export async function drainToInputImage(
  bytes: Buffer[],
  field: ImageField,
  declaredType?: string,
  signal?: AbortSignal,
): Promise<InputImage> {
  checkFile(bytes, field, declaredType);
  return withHeader(await drainToBase64(bytes, signal), field);
}

function checkFile(
  bytes: readonly Buffer[],
  field: ImageField,
  declaredType: string | undefined,
): void {
  const file = JsonBlob.from(bytes);
  checkSize(file.byteLength, field);
  checkType(file.window(0, MEDIA_TYPE_BYTES), field, declaredType);
}

/**
 * An image from base64 as clients write it: white space, the URL-safe alphabet and missing padding
 * are corrected. Parameters and errors are those of {@link inputImageFromBytes}; invalid base64 is
 * also rejected.
 */
export async function inputImageFromBase64(
  base64: JsonBlob,
  field: ImageField,
  declaredType?: string,
  signal?: AbortSignal,
): Promise<InputImage> {
  const data = await normaliseBase64(base64, signal);
  if (data === undefined) {
    throw notADataUrl(field, 'an invalid base64-encoded value');
  }
  if (data.byteLength === 0) {
    throw notADataUrl(field, 'empty base64-encoded bytes');
  }
  checkSize(decodedByteLength(data), field);
  const start = data.window(0, Math.ceil(MEDIA_TYPE_BYTES / 3) * 4).toString('latin1');
  checkType(Buffer.from(start, 'base64'), field, declaredType);
  return withHeader(data, field);
}

/** OpenAI's message for a faulty data URI. `got` describes the value. */
export function notADataUrl({ param }: ImageField, got: string): GatewayError {
  return invalidRequest(
    param,
    'invalid_value',
    `Invalid '${param}'. Expected a base64-encoded data URL with an image MIME type ` +
      `(e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got ${got}.`,
  );
}

/** The fault of an image that is too large. */
export function tooLarge({ param }: ImageField): GatewayError {
  return invalidRequest(
    param,
    'image_file_too_large',
    `Invalid file '${param}': file too large. The maximum size of an image is 50 MiB.`,
  );
}

function checkSize(bytes: number, field: ImageField): void {
  if (bytes > MAX_INPUT_IMAGE_BYTES) {
    throw tooLarge(field);
  }
}

function checkType(start: Buffer, { param }: ImageField, declaredType: string | undefined): void {
  const type = mediaTypeOf(start) ?? declaredMediaType(declaredType) ?? 'application/octet-stream';
  if (!SUPPORTED.includes(type)) {
    throw invalidRequest(
      param,
      'unsupported_file_mimetype',
      `Invalid file '${param}': unsupported mimetype ('${type}'). ` +
        "Supported file formats are 'image/jpeg', 'image/png', and 'image/webp'.",
    );
  }
}

/**
 * The declared type, if it is a media type that the bytes do not disprove: an error must not say
 * that image/png is not supported.
 */
function declaredMediaType(declaredType: string | undefined): string | undefined {
  const [type = ''] = (declaredType ?? '').toLowerCase().split(';');
  return /^[\w.+-]{1,60}\/[\w.+-]{1,60}$/.test(type) && !SUPPORTED.includes(type)
    ? type
    : undefined;
}

function withHeader(data: JsonBlob, field: ImageField): InputImage {
  const header = readImageHeader(data);
  if (header === undefined) {
    throw new GatewayError({ kind: 'unreadable_input_image', name: field.param });
  }
  return { data, header };
}
