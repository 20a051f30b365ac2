import type { Palette } from './palette';
import type { Random } from './random';

/** The area that a scene is drawn on, in units of the 1K picture of the same ratio. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
}

/**
 * Draws one picture as SVG elements that fill the canvas. Pure: all variety comes from `random`.
 */
export type Scene = (canvas: Canvas, palette: Palette, random: Random) => string;
