import type { OverlayOptions, Sharp } from 'sharp';
import sharp from 'sharp';

import { caption } from './caption';
import { draftOf } from './draft';
import type { Stage } from './draft';
import { paintEdit } from './edit';
import type { Painting } from './edit';
import { figuredScene } from './figured-scene';
import { figuresIn } from './figure-words';
import { garden } from './garden';
import { grainTile } from './grain';
import { hills } from './hills';
import { readable } from './input-pixels';
import { insets } from './insets';
import { orbit } from './orbit';
import { isSnowy, paletteOf } from './light';
import type { Palette } from './palette';
import { randomFrom } from './random';
import { rawImage } from './raw-image';
import { ribbons } from './ribbons';
import type { Canvas, Scene } from './scene';
import { sea } from './sea';
import { tiles } from './tiles';

/** What is to be drawn, and in which pixels. */
interface PictureOrder {
  readonly prompt: string;
  /** The beginning of the caption's small line: model, ratio, size. */
  readonly facts: readonly string[];
  /** The units of the composition (the 1K size of the ratio), so that every size shows the same. */
  readonly canvas: Canvas;
  readonly width: number;
  readonly height: number;
  readonly mimeType: 'image/jpeg' | 'image/png';
  /** The same prompt, nonce and inputs draw the same picture. */
  readonly nonce: string;
  /** Encoded images that an edit starts from. */
  readonly inputs: readonly Buffer[];
  /** The partial images of a thinking model show the picture before it is finished. */
  readonly stage: Stage;
  /** As large in bytes as Google's pictures, instead of a tenth. */
  readonly detailed: boolean;
}

/** Version 1.1, 72 dots per inch, no thumbnail. */
const JFIF = Buffer.from('ffe000104a46494600010101004800480000', 'hex');

const SCENES: readonly [Scene, ...Scene[]] = [hills, sea, ribbons, tiles, orbit, garden];

/**
 * Draws and encodes one picture.
 * @returns the bytes of a JPEG or PNG of exactly `width` × `height` pixels
 * @throws {UnreadableImage} if an input image cannot be decoded
 */
export async function drawPicture(order: PictureOrder): Promise<Buffer> {
  const { width, height, stage } = order;
  const scene = sceneOf(order.prompt);
  const random = randomFrom(`${order.nonce} ${order.prompt}`);
  const palette = paletteOf(order.prompt, random);
  const painting =
    order.inputs.length === 0
      ? paint(order, scene(order.canvas, palette, random))
      : await paintEdit({ ...order, palette, random, scene });
  const facts = [...source(order.inputs.length, painting.masked), ...progress(stage)];
  const sheet = order.inputs.length === 0 ? 'painting' : 'edit';
  const grain = grainTile(order.detailed ? `detailed ${sheet}` : sheet);
  const marks = [
    ...(await insets(painting.others, width, height)),
    panel(order, palette, facts),
    { input: grain.data, raw: grain.raw, tile: true, blend: 'soft-light' },
  ] satisfies readonly OverlayOptions[];
  const { ground, layers } = painting;
  if (stage === 'final') {
    return readable(encoded(ground.composite([...layers, ...marks]), order));
  }
  const picture = await readable(rawImage(ground.composite([...layers]), width, height));
  const draft = await draftOf(picture, stage, random);
  return encoded(sharp(draft.data, { raw: draft.raw }).composite([...marks]), order);
}

/**
 * What the prompt names, otherwise any scene. It depends on the prompt alone: n pictures of one
 * prompt are variations of one another.
 */
function sceneOf(prompt: string): Scene {
  const [first, ...others] = figuresIn(prompt);
  return first === undefined
    ? randomFrom(`scene ${prompt}`).pick(SCENES)
    : figuredScene([first, ...others], isSnowy(prompt));
}

async function encoded(picture: Sharp, { mimeType, detailed }: PictureOrder): Promise<Buffer> {
  const opaque = picture.toColourspace('srgb').removeAlpha();
  return mimeType === 'image/png'
    ? opaque.png({ compressionLevel: 6 }).toBuffer()
    : withJfif(await opaque.jpeg({ quality: detailed ? 97 : 88 }).toBuffer());
}

/** Google's JPEGs begin with a JFIF header (`/9j/4AAQ` in base64); sharp's do not. */
export function withJfif(jpeg: Buffer): Buffer {
  return Buffer.concat([jpeg.subarray(0, 2), JFIF, jpeg.subarray(2)]);
}

function paint({ canvas, width, height }: PictureOrder, drawing: string): Painting {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${canvas.width} ${canvas.height}" preserveAspectRatio="none">${drawing}</svg>`;
  return { ground: sharp(Buffer.from(svg)).flatten(), layers: [], others: [], masked: false };
}

/** The sources of a picture. */
function source(inputs: number, masked: boolean): readonly string[] {
  const images = masked ? inputs - 1 : inputs;
  const from = images === 1 ? 'from 1 image' : `from ${images} images`;
  return images === 0 ? [] : [masked ? `${from} and a mask` : from];
}

function progress(stage: Stage): readonly string[] {
  return stage === 'final' ? [] : [stage];
}

/** The caption, as a strip no higher than it needs. */
function panel(order: PictureOrder, palette: Palette, more: readonly string[]): OverlayOptions {
  const { canvas, width, height } = order;
  const facts = [...order.facts, ...more, 'Gemini emulator'];
  const { drawing, top } = caption(canvas, palette, order.prompt, facts);
  const from = Math.max(0, Math.floor((top / canvas.height) * height));
  const viewTop = (from / height) * canvas.height;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height - from}" viewBox="0 ${viewTop} ${canvas.width} ${canvas.height - viewTop}" preserveAspectRatio="none">${drawing}</svg>`;
  return { input: Buffer.from(svg), left: 0, top: from };
}
