import { MAX_WHOLE_BYTES } from './whole-bytes';

const MEBIBYTE = 1024 * 1024;

/** The message for an image that takes too much memory to decode, with advice. */
export function tooLargeWhole(bytes: number): string {
  return (
    `the image has to be decoded as a whole, which takes ${inMebibytes(bytes)}. The maximum is ` +
    `${inMebibytes(MAX_WHOLE_BYTES)}. Send fewer pixels, or a PNG without interlacing or a baseline JPEG, upright: ` +
    'interlaced PNG, progressive JPEG, WebP, and images rotated by EXIF cannot be decoded row by row'
  );
}

function inMebibytes(bytes: number): string {
  return `${Math.ceil(bytes / MEBIBYTE)} MiB`;
}
