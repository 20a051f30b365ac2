import type { ImagePlan } from '../mapping/image-plan';

const MEBIBYTE = 1024 * 1024;

/** How long an image is in base64, in bytes; few are longer. Gemini's default is 1K. */
const BYTES_OF_SIZE: ReadonlyMap<string, number> = new Map([
  ['512', MEBIBYTE],
  ['1K', 3 * MEBIBYTE],
  ['2K', 10 * MEBIBYTE],
  ['4K', 25 * MEBIBYTE],
]);
const LARGEST = 25 * MEBIBYTE;

/** An estimate of the bytes that the images of a request will take, partial ones included. */
export function expectedBytes({
  n,
  imageSize = '1K',
  partialImages = 0,
}: Pick<ImagePlan, 'n' | 'imageSize' | 'partialImages'>): number {
  return n * (1 + partialImages) * (BYTES_OF_SIZE.get(imageSize) ?? LARGEST);
}
