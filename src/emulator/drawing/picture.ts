import type { Sharp } from 'sharp';
import sharp from 'sharp';

import { caption } from './caption';
import { garden } from './garden';
import { grainTile } from './grain';
import { hills } from './hills';
import { decodeImage, fill } from './input-pixels';
import { insets } from './insets';
import { orbit } from './orbit';
import { PALETTES } from './palette';
import type { Palette } from './palette';
import { pencil } from './pencil';
import { randomFrom } from './random';
import { bands, ribbons } from './ribbons';
import type { Canvas, Scene } from './scene';
import { sea } from './sea';
import { rectangle } from './svg';
import { tiles } from './tiles';

/** What is to be drawn, and in which pixels. */
interface PictureOrder {
  readonly prompt: string;
  /** What the small line of the caption says: model, ratio, size. */
  readonly facts: readonly string[];
  /** The units of the composition (the 1K size of the ratio), so that every tier shows the same. */
  readonly canvas: Canvas;
  readonly width: number;
  readonly height: number;
  readonly mimeType: 'image/jpeg' | 'image/png';
  /** The same prompt, nonce and inputs draw the same picture. */
  readonly nonce: string;
  /** Encoded images that an edit starts from. */
  readonly inputs: readonly Buffer[];
  /** A pencil draft, as the interim images of a thinking model are drafts. */
  readonly draft: boolean;
}

/** Version 1.1, 72 dots per inch, no thumbnail. */
const JFIF = Buffer.from('ffe000104a46494600010101004800480000', 'hex');

const SCENES: readonly [Scene, ...Scene[]] = [hills, sea, ribbons, tiles, orbit, garden];

/**
 * Draws and encodes one picture.
 * @returns the bytes of a JPEG or PNG of exactly `width` × `height` pixels
 * @throws {UnreadableImage} when an input image cannot be decoded
 */
export async function drawPicture(order: PictureOrder): Promise<Buffer> {
  const picture = order.inputs.length === 0 ? paint(order) : await edit(order);
  const drawn = order.draft ? await pencil(picture, order.width, order.height) : picture;
  const grained = drawn.composite([
    { input: grainTile().data, raw: grainTile().raw, tile: true, blend: 'soft-light' },
  ]);
  return order.mimeType === 'image/png'
    ? grained.removeAlpha().png({ compressionLevel: 6 }).toBuffer()
    : withJfif(await grained.jpeg({ quality: 88 }).toBuffer());
}

/** Google's JPEGs begin with a JFIF header (`/9j/4AAQ` in base64); sharp's go without one. */
function withJfif(jpeg: Buffer): Buffer {
  return Buffer.concat([jpeg.subarray(0, 2), JFIF, jpeg.subarray(2)]);
}

function paint(order: PictureOrder): Sharp {
  // The prompt alone chooses the subject: n pictures of one prompt are variations of one another.
  const scene = randomFrom(`scene ${order.prompt}`).pick(SCENES);
  const random = randomFrom(`${order.nonce} ${order.prompt}`);
  const palette = random.pick(PALETTES);
  return sharp(sheet(order, palette, scene(order.canvas, palette, random))).flatten();
}

/** The first input tinted, with bands of colour over its lower part, and all inputs as small prints. */
async function edit(order: PictureOrder): Promise<Sharp> {
  const { canvas, width, height } = order;
  const random = randomFrom(`${order.nonce} ${order.prompt}`);
  const palette = random.pick(PALETTES);
  const tint = rectangle({ x: 0, y: 0 }, canvas.width, canvas.height, palette.accents[0], 0.24);
  const marks = sheet(order, palette, tint + bands(canvas, palette, random, 0.66));
  const images = await Promise.all(order.inputs.map(decodeImage));
  const [first] = images;
  if (first === undefined) {
    return sharp(marks).flatten();
  }
  const backdrop = await fill(first, width, height);
  const composed = await sharp(backdrop.data, { raw: backdrop.raw })
    .composite([{ input: marks }, ...(await insets(images, width, height))])
    .removeAlpha()
    .raw()
    .toBuffer();
  return sharp(composed, { raw: backdrop.raw });
}

function sheet(order: PictureOrder, palette: Palette, drawing: string): Buffer {
  const { canvas, width, height } = order;
  const panel = caption(canvas, palette, order.prompt, order.facts);
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${canvas.width} ${canvas.height}" preserveAspectRatio="none">${drawing}${panel}</svg>`,
  );
}
