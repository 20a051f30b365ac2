const WIDTH_X_HEIGHT = /^\s*(\d+)\s*[x×]\s*(\d+)\s*$/i;

/**
 * Distances that differ by less are considered equal, so that the rounding of logarithms does not
 * decide: 3x8 lies exactly between 1:4 and 9:16.
 */
const SAME_DISTANCE = 1e-12;

export interface Dimensions {
  readonly width: number;
  readonly height: number;
}

/** Whether the text has the form `WIDTHxHEIGHT`, whatever the two numbers are. */
export function looksLikeDimensions(text: string): boolean {
  return WIDTH_X_HEIGHT.test(text);
}

/**
 * Parses `WIDTHxHEIGHT` in pixels. Undefined if the text has another form, a number is 0, or a
 * number has so many digits that it is not finite.
 */
export function parseDimensions(text: string): Dimensions | undefined {
  const match = WIDTH_X_HEIGHT.exec(text);
  const width = Number(match?.[1]);
  const height = Number(match?.[2]);
  return isMeasure(width) && isMeasure(height) ? { width, height } : undefined;
}

/**
 * The ratio in the list that is nearest to these dimensions, by smallest |ln(w/h) − ln(ratio)|: on
 * that scale twice as wide is as far off as twice as high. Ties go to the first in the list; the
 * catalogue lists the common ones first. Undefined for an empty list.
 */
export function nearestAspectRatio(
  { width, height }: Dimensions,
  ratios: readonly string[],
): string | undefined {
  // A difference of logarithms, because the quotient of two huge numbers could overflow.
  const wanted = Math.log(width) - Math.log(height);
  let nearest: string | undefined;
  let nearestDistance = Infinity;
  for (const ratio of ratios) {
    const distance = Math.abs(wanted - logOfRatio(ratio));
    if (distance < nearestDistance - SAME_DISTANCE) {
      nearest = ratio;
      nearestDistance = distance;
    }
  }
  return nearest;
}

function isMeasure(pixels: number): boolean {
  return Number.isFinite(pixels) && pixels > 0;
}

function logOfRatio(ratio: string): number {
  const [width, height] = ratio.split(':');
  return Math.log(Number(width)) - Math.log(Number(height));
}
