import sharp from 'sharp';

import type { Random } from './random';
import { rawImage } from './raw-image';
import type { RawImage } from './raw-image';
import { shape, smooth } from './svg';

/**
 * The stage of a picture: a pencil sketch, colour roughly laid in under it, or the finished
 * picture.
 */
export type Stage = 'sketch' | 'underpainting' | 'final';

/** Laplace's kernel: zero where a picture is flat, large where it changes. */
const EDGES = [-1, -1, -1, -1, 8, -1, -1, -1, -1];

/** The steps of a soft gradient are not outlines. */
const FAINTEST = 4;

const PAPER = '#f8f5ec';

/** The same picture at an earlier stage. */
export function draftOf(
  picture: RawImage,
  stage: Exclude<Stage, 'final'>,
  random: Random,
): Promise<RawImage> {
  switch (stage) {
    case 'sketch':
      return sketch(picture);
    case 'underpainting':
      return underpainting(picture, random);
  }
}

/** A pencil drawing on warm paper: pale shade, dark outlines. */
async function sketch(picture: RawImage): Promise<RawImage> {
  const { width, height } = picture.raw;
  const raw = { width, height, channels: 1 } as const;
  const grey = await sharp(picture.data, { raw: picture.raw })
    .greyscale()
    .toColourspace('b-w')
    .raw()
    .toBuffer();
  const shade = await sharp(grey, { raw })
    .blur(Math.max(3, Math.min(width, height) / 170))
    .linear(0.17, 212)
    .toColourspace('b-w')
    .raw()
    .toBuffer();
  const paper = sharp({ create: { width, height, channels: 3, background: PAPER } });
  const drawing = paper.composite([
    { input: shade, raw, blend: 'multiply' },
    { input: await outlines(grey, raw, 6), raw, blend: 'multiply' },
  ]);
  return rawImage(drawing, width, height);
}

/** Colour in broad, soft areas with a trace of the pencil, not yet extended to the paper's edge. */
async function underpainting(picture: RawImage, random: Random): Promise<RawImage> {
  const { width, height } = picture.raw;
  const short = Math.min(width, height);
  const raw = { width, height, channels: 1 } as const;
  const areas = await rawImage(
    sharp(picture.data, { raw: picture.raw })
      .blur(short / 55)
      .modulate({ saturation: 0.85 }),
    width,
    height,
  );
  const grey = await sharp(picture.data, { raw: picture.raw })
    .greyscale()
    .toColourspace('b-w')
    .raw()
    .toBuffer();
  const painted = sharp(areas.data, { raw: areas.raw }).composite([
    { input: await outlines(grey, raw, 2.5), raw, blend: 'multiply' },
    { input: Buffer.from(barePaper(width, height, random)) },
  ]);
  return rawImage(painted, width, height);
}

function outlines(
  grey: Buffer,
  raw: { readonly width: number; readonly height: number; readonly channels: 1 },
  strength: number,
): Promise<Buffer> {
  return sharp(grey, { raw })
    .blur(1.1)
    .convolve({ width: 3, height: 3, kernel: EDGES, scale: 1 })
    .linear(strength, -FAINTEST * strength)
    .negate()
    .toColourspace('b-w')
    .raw()
    .toBuffer();
}

/** The margin that is not painted yet, as an SVG: uneven, and thinner towards the paint. */
function barePaper(width: number, height: number, random: Random): string {
  const short = Math.min(width, height);
  const layers = [0.022, 0.03, 0.037, 0.043, 0.048, 0.052].map((depth, index) =>
    shape(
      `M0 0H${width}V${height}H0Z${paintedEdge(width, height, short * depth, random)}`,
      PAPER,
      index === 0 ? 1 : 0.35,
    ),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="${width}" height="${height}" fill="${PAPER}" fill-opacity="0.16"/><g fill-rule="evenodd">${layers.join('')}</g></svg>`;
}

/** A wavering outline `depth` inside the paper. */
function paintedEdge(width: number, height: number, depth: number, random: Random): string {
  const corners = [
    { x: depth, y: depth },
    { x: width - depth, y: depth },
    { x: width - depth, y: height - depth },
    { x: depth, y: height - depth },
  ];
  const short = Math.min(width, height);
  const points = corners.flatMap((from, index) => {
    const to = corners[(index + 1) % corners.length] ?? from;
    const steps = Math.max(
      4,
      Math.round(Math.hypot(to.x - from.x, to.y - from.y) / (short * 0.14)),
    );
    return Array.from({ length: steps }, (_, step) => ({
      x: from.x + ((to.x - from.x) * step) / steps + depth * random.between(-0.4, 0.4),
      y: from.y + ((to.y - from.y) * step) / steps + depth * random.between(-0.4, 0.4),
    }));
  });
  const start = points.slice(0, 1);
  return `${smooth([...points, ...start])}Z`;
}
