import type { Palette } from './palette';
import { mix } from './palette';
import type { Random } from './random';
import { fixed } from './svg';
import type { Point } from './svg';

/**
 * Draws one thing as SVG elements, a hundred units high and with its foot at the origin: y runs
 * from -100 to 0. Things in the sky have their centre at the origin instead.
 */
export type Figure = (palette: Palette, random: Random) => string;

/** A figure in its position, scaled so that a hundred units are `height` high. */
export function placed(drawing: string, { x, y }: Point, height: number, turn = 0): string {
  const scale = Math.round(height * 100) / 10_000;
  const turned = turn === 0 ? '' : ` rotate(${fixed(turn)})`;
  return `<g transform="translate(${fixed(x)} ${fixed(y)}) scale(${scale})${turned}">${drawing}</g>`;
}

/** A figure's own colour in the light of the picture. */
export function lit(colour: string, palette: Palette): string {
  return palette.night ? mix(colour, palette.sky[1], 0.3) : mix(colour, palette.sky[2], 0.06);
}

export function darker(colour: string, share = 0.25): string {
  return mix(colour, '#10131f', share);
}

export function paler(colour: string, share = 0.3): string {
  return mix(colour, '#ffffff', share);
}

export function ellipse(x: number, y: number, rx: number, ry: number, fill: string): string {
  return `<ellipse cx="${x}" cy="${y}" rx="${rx}" ry="${ry}" fill="${fill}"/>`;
}

/** A drawing and its mirror image at the vertical axis. */
export function mirrored(drawing: string): string {
  return `${drawing}<g transform="scale(-1 1)">${drawing}</g>`;
}
