/** How much of a file {@link mediaTypeOf} examines. */
export const MEDIA_TYPE_BYTES = 512;

/** The first bytes of binary files, as Latin-1. */
const BINARY: readonly (readonly [type: string, start: RegExp])[] = [
  ['image/png', /^\x89PNG\r\n.\n/s],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/webp', /^RIFF.{4}WEBP/s],
  ['image/gif', /^GIF8[79]a/],
  ['image/heic', /^.{4}ftyphe/s],
  ['image/heif', /^.{4}ftypm[is]f1/s],
  ['image/avif', /^.{4}ftypavi[fs]/s],
  ['image/bmp', /^BM.{4}\0{4}/s],
  ['image/tiff', /^(?:II\*\0|MM\0\*)/],
  ['image/x-icon', /^\0\0[^\0]\0/],
  ['image/jxl', /^\0{3}.JXL /s],
  ['image/vnd.adobe.photoshop', /^8BPS/],
  ['application/pdf', /^%PDF-/],
];

/** Patterns that identify text files, wherever they appear. */
const TEXTS: readonly (readonly [type: string, pattern: RegExp])[] = [
  ['image/svg+xml', /<svg[\s>]/i],
  ['text/html', /<(?:!doctype html|html)[\s>]/i],
  ['text/plain', /^/],
];

/**
 * A control character that is not white space: text has none, and almost every binary file has one.
 */
const CONTROL = /[^\P{Cc}\s]/u;

/**
 * The type of a file by its first {@link MEDIA_TYPE_BYTES}, whatever its name or sender says.
 * Undefined if they are not recognised.
 */
export function mediaTypeOf(start: Buffer): string | undefined {
  const bytes = start.subarray(0, MEDIA_TYPE_BYTES);
  if (bytes.length === 0) {
    return 'application/x-empty';
  }
  const known = firstMatch(BINARY, bytes.toString('latin1'));
  const text = bytes.toString('utf8');
  return known ?? (CONTROL.test(text) ? undefined : firstMatch(TEXTS, text));
}

function firstMatch(
  table: readonly (readonly [type: string, pattern: RegExp])[],
  text: string,
): string | undefined {
  return table.find(([, pattern]) => pattern.test(text))?.[0];
}
