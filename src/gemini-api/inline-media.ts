import { MEDIA_TYPE_BYTES, mediaTypeOf } from '../images/inputs/media-type';
import { JsonBlob } from '../json/json-blob';

/** Types whose files say so in their first bytes. Of others the bytes are no proof. */
const TOLD_BY_BYTES: ReadonlySet<string> = new Set([
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
 * The type of inline data where its label is wrong; undefined where the label may stand. Google refuses data
 * whose label lies (400 «Unhandled generated data mime type»), and Open WebUI labels every image `image/png`.
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
  const told = mediaTypeOf(Buffer.from(start, 'base64'));
  const declared = label.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (told === undefined || !TOLD_BY_BYTES.has(told) || told === declared) {
    return undefined;
  }
  return HEIF.test(told) && HEIF.test(declared) ? undefined : told;
}
