import type { ImagePlan } from '../mapping/image-plan';
import type { ImageFormat } from './pixels/image-header';
import { readImageHeader } from './pixels/image-header';

const MEBIBYTE = 1024 * 1024;

/** The size of a model's image in base64, in bytes; few are larger. Gemini's default is 1K. */
const BYTES_OF_SIZE: ReadonlyMap<string, number> = new Map([
  ['512', MEBIBYTE],
  ['1K', 3 * MEBIBYTE],
  ['2K', 10 * MEBIBYTE],
  ['4K', 25 * MEBIBYTE],
]);
const LARGEST = 25 * MEBIBYTE;

/**
 * The size of a masked edit in base64, in bytes per pixel. A PNG of a photograph is not much
 * smaller than its RGB; the others take half of that at their best quality.
 */
const BYTES_OF_PIXEL: Readonly<Record<ImageFormat, number>> = { png: 4, jpeg: 2, webp: 2 };

/** The parts of a plan that determine how much memory its images take. */
export type ExpectedPlan = Pick<
  ImagePlan,
  'n' | 'imageSize' | 'partialImages' | 'maskOverlay' | 'outputFormat'
>;

/**
 * An estimate of the bytes of all images of a request, including partial ones. With a mask each
 * exists twice: as the model made it, and composed over the original in the original's size.
 */
export function expectedBytes(plan: ExpectedPlan): number {
  const { n, imageSize = '1K', partialImages = 0 } = plan;
  const ofModel = BYTES_OF_SIZE.get(imageSize) ?? LARGEST;
  return n * (1 + partialImages) * (ofModel + composedBytes(plan));
}

function composedBytes({ maskOverlay, outputFormat = 'png' }: ExpectedPlan): number {
  const original = maskOverlay && readImageHeader(maskOverlay.original);
  return original === undefined
    ? 0
    : original.width * original.height * BYTES_OF_PIXEL[outputFormat];
}
