/** An input image of a request. */
export interface InputImage {
  readonly mimeType: string;
  readonly bytes: Buffer;
}

/** The types that Gemini accepts. `image/jpg` is not a mime type, and GIF is not supported. */
const ACCEPTED = ['image/png', 'image/jpeg', 'image/webp', 'image/heic', 'image/heif'];

const HEIF_BRANDS: ReadonlyMap<string, string> = new Map([
  ['heic', 'image/heic'],
  ['heix', 'image/heic'],
  ['hevc', 'image/heic'],
  ['mif1', 'image/heif'],
  ['msf1', 'image/heif'],
  ['heif', 'image/heif'],
]);

/** The image type according to the first bytes; undefined if Gemini does not support it. */
function sniffImage(bytes: Buffer): string | undefined {
  if (bytes.subarray(0, 8).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]))) {
    return 'image/png';
  }
  if (bytes.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff]))) {
    return 'image/jpeg';
  }
  const tag = (start: number): string => bytes.toString('latin1', start, start + 4);
  if (tag(0) === 'RIFF' && tag(8) === 'WEBP') {
    return 'image/webp';
  }
  return tag(4) === 'ftyp' ? HEIF_BRANDS.get(tag(8)) : undefined;
}

/** Google's error for an input image; undefined if the image is acceptable. */
export function inputImageFault(image: InputImage): string | undefined {
  if (!ACCEPTED.includes(image.mimeType)) {
    return `Unsupported MIME type: ${image.mimeType}`;
  }
  const actual = sniffImage(image.bytes);
  if (actual === undefined) {
    return 'Provided image is not valid.';
  }
  // HEIC and HEIF share one container, and either name is used for both.
  const heif = (type: string): boolean => type === 'image/heic' || type === 'image/heif';
  const same = actual === image.mimeType || (heif(actual) && heif(image.mimeType));
  return same ? undefined : `Unhandled generated data mime type: ${actual}`;
}
