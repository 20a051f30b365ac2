import { MEDIA_TYPE_BYTES, mediaTypeOf } from '../images/inputs/media-type';
import { JsonBlob } from '../json/json-blob';

/** Types that can be recognised by their first bytes. For other types the bytes prove nothing. */
const RECOGNISABLE_TYPES: ReadonlySet<string> = new Set([
  'image/png',
  'image/jpeg',
  'image/webp',
  'image/gif',
  'image/heic',
  'image/heif',
  'image/avif',
  'image/bmp',
  'image/tiff',
  'application/pdf',
]);

/** HEIC is a kind of HEIF, and a file of either may be labelled as the other. */
const HEIF = /^image\/hei[cf](-sequence)?$/;

const WINDOW_CHARACTERS = Math.ceil(MEDIA_TYPE_BYTES / 3) * 4;

/**
 * The true type of inline data if its label is wrong; undefined if the label is acceptable. Google
 * rejects data with a wrong label (400 «Unhandled generated data mime type»), and Open WebUI labels
 * every image `image/png`.
 *
 * @param data in base64
 */
export function trueMimeType(label: string, data: unknown): string | undefined {
  const start =
    data instanceof JsonBlob
      ? data.window(0, WINDOW_CHARACTERS).toString('latin1')
      : typeof data === 'string'
        ? data.slice(0, WINDOW_CHARACTERS)
        : '';
  const actual = mediaTypeOf(Buffer.from(start, 'base64'));
  const declared = label.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (actual === undefined || !RECOGNISABLE_TYPES.has(actual) || actual === declared) {
    return undefined;
  }
  return HEIF.test(actual) && HEIF.test(declared) ? undefined : actual;
}
