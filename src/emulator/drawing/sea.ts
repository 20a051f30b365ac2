import { mix } from './palette';
import type { Palette } from './palette';
import type { Random } from './random';
import type { Canvas, Scene } from './scene';
import { birds, glitter, sky } from './sky';
import { fixed, gradient, rectangle, shape, smooth } from './svg';
import type { Point } from './svg';

/** Open water under a low sun, with islands, their mirror images, and a sail or two. */
export const sea: Scene = (canvas, palette, random) => {
  const horizon = canvas.height * random.between(0.46, 0.58);
  const light = {
    x: canvas.width * random.between(0.25, 0.75),
    y: horizon - Math.min(canvas.width, canvas.height) * random.between(0.04, 0.24),
  };
  const flock = { x: canvas.width * random.between(0.15, 0.85), y: horizon * 0.5 };
  return [
    sky(canvas, palette, random, light),
    birds(canvas, palette, random, flock),
    water(canvas, palette, horizon),
    islands(canvas, palette, random, horizon),
    glitter(canvas, palette, random, light, horizon),
    ripples(canvas, palette, random, horizon),
    boats(canvas, palette, random, horizon),
  ].join('');
};

export function water(canvas: Canvas, palette: Palette, horizon: number): string {
  const fade = gradient('water', [
    [0, mix(palette.sky[2], palette.far, 0.45)],
    [0.3, mix(palette.sky[1], palette.far, 0.5)],
    [1, mix(palette.sky[0], palette.near, 0.72)],
  ]);
  return `<defs>${fade}</defs>${rectangle({ x: 0, y: horizon }, canvas.width, canvas.height - horizon, 'url(#water)')}`;
}

function islands(canvas: Canvas, palette: Palette, random: Random, horizon: number): string {
  const short = Math.min(canvas.width, canvas.height);
  const count = Math.max(2, Math.min(6, Math.round(canvas.width / short) + 1));
  return Array.from({ length: count }, (_, index) => {
    const nearness = (index + 0.4) / count;
    const width = short * random.between(0.35, 0.8);
    const left = random.between(-0.15, 0.95) * canvas.width - width * 0.2;
    const rise = short * random.between(0.03, 0.1) * (1.15 - 0.4 * nearness);
    const steps = 9;
    const crest = Array.from({ length: steps + 1 }, (_unused, step) => ({
      x: left + (width * step) / steps,
      y: rise * Math.sin((Math.PI * step) / steps) ** 0.8 * random.between(0.55, 1.1),
    }));
    const colour = mix(palette.far, palette.near, 0.15 + 0.5 * nearness);
    const above = crest.map(({ x, y }) => ({ x, y: horizon - y }));
    const below = crest.map(({ x, y }) => ({ x, y: horizon + y * 0.7 }));
    return (
      shape(`${smooth(below)}Z`, mix(colour, palette.sky[1], 0.3), 0.45) +
      shape(`${smooth(above)}Z`, colour)
    );
  }).join('');
}

export function ripples(canvas: Canvas, palette: Palette, random: Random, horizon: number): string {
  const short = Math.min(canvas.width, canvas.height);
  const count = Math.round(26 * Math.max(1, canvas.width / short));
  return Array.from({ length: Math.min(count, 120) }, () => {
    const depth = random.between(0.02, 1);
    const y = horizon + depth ** 1.3 * (canvas.height - horizon);
    const length = short * random.between(0.04, 0.16) * (0.4 + depth);
    const x = random.between(-0.05, 1) * canvas.width;
    const sag = short * 0.006 * depth;
    const curve = `M${fixed(x)} ${fixed(y)}q${fixed(length / 2)} ${fixed(sag * 2)} ${fixed(length)} 0q${fixed(-length / 2)} ${fixed(sag)} ${fixed(-length)} 0z`;
    return shape(curve, random.chance(0.5) ? palette.light : palette.near, 0.1 + 0.14 * depth);
  }).join('');
}

function boats(canvas: Canvas, palette: Palette, random: Random, horizon: number): string {
  const short = Math.min(canvas.width, canvas.height);
  return Array.from({ length: random.integer(1, 3) }, () => {
    const depth = random.between(0.05, 0.36);
    const place = {
      x: canvas.width * random.between(0.12, 0.88),
      y: horizon + depth * (canvas.height - horizon),
    };
    const size = short * (0.035 + 0.12 * depth);
    return boat(place, size, random.pick(palette.accents), palette);
  }).join('');
}

function boat({ x, y }: Point, size: number, sail: string, palette: Palette): string {
  const at = (dx: number, dy: number): string => `${fixed(x + dx * size)} ${fixed(y + dy * size)}`;
  const mirror = `M${at(-0.62, 0.2)}L${at(0.62, 0.2)}L${at(0.1, 1.1)}Z`;
  const hull = `M${at(-0.72, 0)}L${at(0.78, 0)}C${at(0.66, 0.22)} ${at(0.5, 0.26)} ${at(0.36, 0.26)}L${at(-0.46, 0.26)}Z`;
  const main = `M${at(0.02, -1.5)}C${at(0.5, -1)} ${at(0.68, -0.5)} ${at(0.66, -0.1)}L${at(0.02, -0.1)}Z`;
  const jib = `M${at(-0.05, -1.25)}L${at(-0.05, -0.1)}L${at(-0.6, -0.1)}C${at(-0.5, -0.6)} ${at(-0.3, -1)} ${at(-0.05, -1.25)}Z`;
  return [
    shape(mirror, sail, 0.22),
    shape(hull, palette.near),
    shape(main, mix(sail, '#ffffff', 0.25)),
    shape(jib, mix(sail, '#ffffff', 0.65)),
  ].join('');
}
