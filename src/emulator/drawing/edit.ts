import type { OverlayOptions, Sharp } from 'sharp';

import { inputTo, uprightSize } from './input-pixels';
import { findMask, regionOf } from './mask';
import type { Box, Region } from './mask';
import { moodOf } from './mood';
import type { Palette } from './palette';
import type { Random } from './random';
import type { Canvas, Scene } from './scene';
import { gradient, rectangle } from './svg';

/** An edit to be drawn. */
export interface EditOrder {
  readonly prompt: string;
  readonly canvas: Canvas;
  readonly width: number;
  readonly height: number;
  /** At least one. */
  readonly inputs: readonly Buffer[];
  readonly palette: Palette;
  readonly random: Random;
  /** What is drawn where a mask asks for a change. */
  readonly scene: Scene;
}

/**
 * A picture still to be rendered: the ground, and the layers over it. At 4K the pixels of one layer
 * are 50 MB, and freeing such a buffer can block the process for 50 ms, so they never leave sharp.
 */
export interface Painting {
  readonly ground: Sharp;
  readonly layers: readonly OverlayOptions[];
  /** The inputs that are not in it yet. */
  readonly others: readonly Buffer[];
  readonly masked: boolean;
}

/**
 * The first input with a change: a new scene where a mask is white, or, without a mask, the whole
 * picture in another mood. The ground is an input image: rendering has to be `readable`.
 * @throws {UnreadableImage} if the header of the first input, or a mask, cannot be read
 */
export async function paintEdit(order: EditOrder): Promise<Painting> {
  const [first = Buffer.alloc(0)] = order.inputs;
  const maskAt = await findMask(order.inputs);
  const mask = maskAt === undefined ? undefined : order.inputs[maskAt];
  const others = order.inputs.filter((_, index) => index !== 0 && index !== maskAt);
  const painted =
    mask === undefined ? await restyled(order, first) : await repainted(order, first, mask);
  return { ...painted, others, masked: mask !== undefined };
}

type Painted = Pick<Painting, 'ground' | 'layers'>;

/** Below this the input is stretched a little rather than cropped: tables of ratios have gaps. */
const STRETCHED = 0.15;

async function restyled(order: EditOrder, first: Buffer): Promise<Painted> {
  const { canvas, width, height, palette, random } = order;
  const shape = await uprightSize(first);
  const gap = Math.abs(Math.log(shape.width / shape.height / (width / height)));
  const mood = moodOf(order.prompt);
  const veil = wash(canvas, mood.veil, mood.opacity);
  return {
    ground: inputTo(first, width, height, gap < STRETCHED ? 'fill' : 'cover').modulate({
      saturation: mood.saturation,
      brightness: mood.brightness,
    }),
    layers: [
      { input: sheet(order, veil), blend: mood.blend },
      { input: sheet(order, mood.additions(canvas, palette, random)) },
    ],
  };
}

/**
 * With a mask the input is stretched to the output whatever its ratio, so that everything the mask
 * marks is included. Like Gemini, this changes more than was asked for: the overall tone, and the
 * seam of the mask.
 */
async function repainted(order: EditOrder, first: Buffer, mask: Buffer): Promise<Painted> {
  const { canvas, width, height, palette } = order;
  const region = await regionOf(mask, width, height);
  const tone = wash(canvas, [palette.accents[0], palette.light], 0.14) + vignette(canvas);
  return {
    ground: inputTo(first, width, height, 'fill').modulate({ saturation: 0.86 }),
    layers: [
      { input: sheet(order, tone) },
      ...(region === undefined ? [] : [patchLayer(order, region)]),
    ],
  };
}

/** A separate scene, composed for the box and clipped by the mask. */
function patchLayer({ scene, palette, random }: EditOrder, { box, mask }: Region): OverlayOptions {
  const canvas = sceneCanvas(box);
  const size = `width="${box.width}" height="${box.height}"`;
  const cut = `<mask id="cut" maskUnits="userSpaceOnUse" x="0" y="0" ${size}><image ${size} href="data:image/png;base64,${mask.toString('base64')}"/></mask>`;
  const drawing = `<svg ${size} viewBox="0 0 ${canvas.width} ${canvas.height}" preserveAspectRatio="xMidYMid slice">${scene(canvas, palette, random)}</svg>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" ${size}><defs>${cut}</defs><g mask="url(#cut)">${drawing}</g></svg>`;
  return { input: Buffer.from(svg), left: box.left, top: box.top };
}

/** Scenes are composed for about a million square units, and for ratios of at most eight to one. */
const SCENE_SIDE = 900;
const MAX_RATIO = 8;

function sceneCanvas({ width, height }: Box): Canvas {
  const ratio = Math.min(MAX_RATIO, Math.max(1 / MAX_RATIO, width / height));
  return { width: SCENE_SIDE * Math.sqrt(ratio), height: SCENE_SIDE / Math.sqrt(ratio) };
}

function wash(canvas: Canvas, colours: readonly [string, string], opacity: number): string {
  const fade = gradient('veil', [
    [0, colours[0], opacity],
    [1, colours[1], opacity],
  ]);
  return `<defs>${fade}</defs>${rectangle({ x: 0, y: 0 }, canvas.width, canvas.height, 'url(#veil)')}`;
}

function vignette(canvas: Canvas): string {
  return `<defs><radialGradient id="corners" r="0.72"><stop offset="0.6" stop-color="#14101c" stop-opacity="0"/><stop offset="1" stop-color="#14101c" stop-opacity="0.4"/></radialGradient></defs>${rectangle({ x: 0, y: 0 }, canvas.width, canvas.height, 'url(#corners)')}`;
}

function sheet({ canvas, width, height }: EditOrder, drawing: string): Buffer {
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${canvas.width} ${canvas.height}" preserveAspectRatio="none">${drawing}</svg>`,
  );
}
