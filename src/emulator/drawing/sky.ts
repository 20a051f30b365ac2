import type { Palette } from './palette';
import type { Random } from './random';
import type { Canvas } from './scene';
import { circle, fixed, glow, gradient, line, rectangle, shape } from './svg';
import type { Point } from './svg';

/** Sky down to the bottom edge, with stars by night, a sun or moon with its halo, and thin clouds. */
export function sky(canvas: Canvas, palette: Palette, random: Random, light: Point): string {
  const [zenith, middle, horizon] = palette.sky;
  const short = Math.min(canvas.width, canvas.height);
  const radius = short * random.between(0.055, 0.1);
  return [
    '<defs>',
    gradient('sky', [
      [0, zenith],
      [0.4, middle],
      [0.72, horizon],
    ]),
    glow('halo', [
      [0, palette.light, 0.9],
      [0.25, palette.light, 0.45],
      [1, palette.light, 0],
    ]),
    '</defs>',
    rectangle({ x: 0, y: 0 }, canvas.width, canvas.height, 'url(#sky)'),
    palette.night ? stars(canvas, palette, random) : '',
    circle(light, radius * 5, 'url(#halo)', palette.night ? 0.5 : 0.75),
    circle(light, radius, palette.light),
    palette.night ? craters(light, radius, palette) : '',
    clouds(canvas, palette, random, short),
  ].join('');
}

/** A few birds far away, where the sky is free. */
export function birds(canvas: Canvas, palette: Palette, random: Random, centre: Point): string {
  if (palette.night) {
    return '';
  }
  const span = Math.min(canvas.width, canvas.height) * 0.018;
  return Array.from({ length: random.integer(3, 6) }, () => {
    const size = span * random.between(0.6, 1.3);
    const x = centre.x + random.between(-8, 8) * span;
    const y = centre.y + random.between(-3, 3) * span;
    const wing = `${fixed(size * 0.5)} ${fixed(-size * 0.7)} ${fixed(size)} 0`;
    return line(`M${fixed(x - size)} ${fixed(y)}q${wing}q${wing}`, palette.near, size * 0.16, 0.65);
  }).join('');
}

function stars(canvas: Canvas, palette: Palette, random: Random): string {
  const count = Math.round((canvas.width * canvas.height) / 9000);
  return Array.from({ length: count }, () => {
    const place = { x: random.between(0, canvas.width), y: random.between(0, canvas.height * 0.6) };
    return circle(place, random.between(0.5, 1.7), palette.light, random.between(0.3, 0.95));
  }).join('');
}

function craters(centre: Point, radius: number, palette: Palette): string {
  return [
    circle(
      { x: centre.x - radius * 0.3, y: centre.y - radius * 0.2 },
      radius * 0.22,
      palette.far,
      0.16,
    ),
    circle(
      { x: centre.x + radius * 0.35, y: centre.y + radius * 0.1 },
      radius * 0.16,
      palette.far,
      0.14,
    ),
    circle(
      { x: centre.x - radius * 0.05, y: centre.y + radius * 0.45 },
      radius * 0.13,
      palette.far,
      0.14,
    ),
  ].join('');
}

/** Flat banks of cloud: rounded bars of different length laid over each other. */
function clouds(canvas: Canvas, palette: Palette, random: Random, short: number): string {
  const banks = Math.max(2, Math.round((3 * canvas.width) / canvas.height));
  return Array.from({ length: Math.min(banks, 9) }, () => {
    const x = random.between(-0.1, 0.95) * canvas.width;
    const y = random.between(0.08, 0.42) * canvas.height;
    const thickness = short * random.between(0.012, 0.026);
    const opacity = random.between(0.25, 0.5) * (palette.night ? 0.4 : 1);
    // One path for all bars of a bank: where they overlap they are no denser, and need no layer of
    // their own.
    const bars = Array.from({ length: random.integer(3, 5) }, (_, row) => {
      const length = short * random.between(0.12, 0.4);
      const left = x + random.between(-0.08, 0.08) * short;
      return bar({ x: left, y: y + row * thickness * 0.8 }, length, thickness);
    });
    return shape(bars.join(''), palette.light, opacity);
  }).join('');
}

function bar({ x, y }: Point, length: number, thickness: number): string {
  const radius = fixed(thickness / 2);
  const straight = length - thickness;
  return `M${fixed(x + thickness / 2)} ${fixed(y)}h${fixed(straight)}a${radius} ${radius} 0 0 1 0 ${fixed(thickness)}h${fixed(-straight)}a${radius} ${radius} 0 0 1 0 ${fixed(-thickness)}z`;
}

/** The reflection path of the light on water, as short strokes that widen towards the viewer. */
export function glitter(
  canvas: Canvas,
  palette: Palette,
  random: Random,
  light: Point,
  horizon: number,
): string {
  const short = Math.min(canvas.width, canvas.height);
  return Array.from({ length: 46 }, (_, index) => {
    const depth = (index + random.between(0, 1)) / 46;
    const y = horizon + depth ** 1.25 * (canvas.height - horizon);
    const reach = short * (0.05 + 0.2 * depth);
    const length = reach * random.between(0.25, 1);
    const x = light.x + random.between(-0.6, 0.6) * reach - length / 2;
    const thickness = short * (0.0022 + 0.006 * depth);
    return shape(
      `M${fixed(x)} ${fixed(y)}h${fixed(length)}v${fixed(thickness)}h${fixed(-length)}z`,
      palette.light,
      0.62 * (1 - 0.55 * depth) * random.between(0.5, 1),
    );
  }).join('');
}
