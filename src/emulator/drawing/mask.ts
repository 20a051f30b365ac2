import { greyTo, readable, sampleOf, uprightSize } from './input-pixels';

/** A rectangle in pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Where an edit changes the picture. */
export interface Region {
  readonly box: Box;
  /** A grey PNG of the size of the box: the whiter, the stronger the change. */
  readonly mask: Buffer;
}

/** Enough to tell a mask from a photograph, and fast to process. */
const SAMPLE_SIDE = 256;
/** JPEG leaves a little colour at the edges of a black and white picture. */
const GREY_TOLERANCE = 12;
const NEARLY_PURE = 24;
const MIN_PURE = 0.8;
const MAX_COLOURED = 0.005;

/**
 * Gemini has no parameter for a mask, so a mask is another image that only its pixels identify: as
 * large as the first image, opaque, colourless, almost all black or white.
 * @returns the index of the last such image among the inputs, never 0; undefined if there is none
 * @throws {UnreadableImage}
 */
export async function findMask(inputs: readonly Buffer[]): Promise<number | undefined> {
  const sizes = await Promise.all(inputs.map(uprightSize));
  const [first] = sizes;
  for (let index = inputs.length - 1; index > 0; index -= 1) {
    const [input, size] = [inputs[index], sizes[index]];
    const sameSize = size?.width === first?.width && size?.height === first?.height;
    if (input !== undefined && sameSize && isBlackAndWhite(await sampleOf(input, SAMPLE_SIDE))) {
      return index;
    }
  }
  return undefined;
}

/** Whether RGBA pixels are opaque, without colour, and almost all black or white. */
export function isBlackAndWhite(pixels: Buffer): boolean {
  const count = pixels.length / 4;
  let pure = 0;
  let coloured = 0;
  for (let at = 0; at < pixels.length; at += 4) {
    const [red, green, blue] = [pixels[at] ?? 0, pixels[at + 1] ?? 0, pixels[at + 2] ?? 0];
    const least = Math.min(red, green, blue);
    const most = Math.max(red, green, blue);
    if (pixels[at + 3] !== 255) {
      return false;
    }
    coloured += most - least > GREY_TOLERANCE ? 1 : 0;
    pure += most <= NEARLY_PURE || least >= 255 - NEARLY_PURE ? 1 : 0;
  }
  return pure >= MIN_PURE * count && coloured <= MAX_COLOURED * count;
}

/** The softness of a region's edge, relative to the picture's shorter side. */
const SOFTNESS = 1 / 170;
const MIN_SIGMA = 0.5;
/** The grid in which the bounds of the white part are determined: a hundredth is precise enough. */
const GRID = 128;

/**
 * The white part of a mask laid over a picture of `width` × `height`, with a soft seam around it:
 * Gemini treats a mask as a hint and paints over its edge.
 * @returns undefined if nothing is white
 */
export async function regionOf(
  mask: Buffer,
  width: number,
  height: number,
): Promise<Region | undefined> {
  const sigma = Math.max(MIN_SIGMA, Math.min(width, height) * SOFTNESS);
  const grid = await readable(greyTo(mask, GRID, GRID).raw().toBuffer());
  const box = whiteBox(grid, width, height, 3 * sigma);
  if (box === undefined) {
    return undefined;
  }
  // Blurred, then steepened: the slope moves outwards, and what was white stays white.
  const seamed = greyTo(mask, width, height)
    .extract(box)
    .blur(sigma)
    .linear(3, -0.3 * 255);
  return { box, mask: await readable(seamed.png({ compressionLevel: 3 }).toBuffer()) };
}

/**
 * The bounds of everything that is not black in the grid, in pixels of the picture, with a margin.
 */
function whiteBox(grid: Buffer, width: number, height: number, margin: number): Box | undefined {
  const white = [...grid.keys()].filter((index) => (grid[index] ?? 0) > NEARLY_PURE);
  if (white.length === 0) {
    return undefined;
  }
  const columns = white.map((index) => index % GRID);
  const rows = white.map((index) => Math.floor(index / GRID));
  const [left, right] = bounds(columns, width, margin);
  const [top, bottom] = bounds(rows, height, margin);
  return { left, top, width: right - left, height: bottom - top };
}

function bounds(cells: readonly number[], side: number, margin: number): readonly [number, number] {
  const first = cells.reduce((least, cell) => Math.min(least, cell), GRID);
  const last = cells.reduce((most, cell) => Math.max(most, cell), 0);
  const from = Math.floor((first / GRID) * side - margin);
  const to = Math.ceil(((last + 1) / GRID) * side + margin);
  return [Math.max(0, from), Math.min(side, to)];
}
