import { mix } from './palette';
import type { Palette } from './palette';
import type { Random } from './random';
import type { Canvas, Scene } from './scene';
import { fixed, gradient, rectangle, shape, smooth } from './svg';
import type { Point } from './svg';

/** Broad bands of colour flowing through the picture, each laid over the last with a soft shadow. */
export const ribbons: Scene = (canvas, palette, random) => {
  const [zenith, middle] = palette.sky;
  const ground = gradient('ground', [
    [0, mix(zenith, palette.paper, 0.25)],
    [1, mix(middle, palette.paper, 0.4)],
  ]);
  return [
    `<defs>${ground}</defs>`,
    rectangle({ x: 0, y: 0 }, canvas.width, canvas.height, 'url(#ground)'),
    bands(canvas, palette, random, 0.12),
  ].join('');
};

/** The bands alone, from `top` (a fraction of the height) down. */
function bands(canvas: Canvas, palette: Palette, random: Random, top: number): string {
  const count = random.integer(6, 8);
  const short = Math.min(canvas.width, canvas.height);
  const tilt = canvas.height * (1 - top) * random.between(-0.28, 0.28);
  const colours = bandColours(palette, random, count);
  return Array.from({ length: count }, (_, index) => {
    const y = canvas.height * (top + (1 - top) * (index / count));
    const edge = flow(canvas, random, y, short * 0.11, tilt);
    const id = `band${index}`;
    const colour = colours[index] ?? palette.near;
    const fade = gradient(id, [
      [0, mix(colour, '#ffffff', 0.2)],
      [0.5, colour],
      [1, mix(colour, palette.near, 0.35)],
    ]);
    const shadows = [0.03, 0.021, 0.013, 0.006].map((lift) =>
      shape(below(canvas, edge, -short * lift), palette.near, 0.045),
    );
    return `<defs>${fade}</defs>${shadows.join('')}${shape(below(canvas, edge, 0), `url(#${id})`)}`;
  }).join('');
}

function bandColours(palette: Palette, random: Random, count: number): readonly string[] {
  const order = random.shuffled(palette.accents);
  return Array.from({ length: count }, (_, index) => {
    const place = (index / (count - 1)) * (order.length - 1);
    const from = order[Math.floor(place)] ?? palette.far;
    return mix(from, order[Math.ceil(place)] ?? from, place % 1);
  });
}

function flow(
  canvas: Canvas,
  random: Random,
  y: number,
  swing: number,
  tilt: number,
): readonly Point[] {
  const short = Math.min(canvas.width, canvas.height);
  const steps = Math.max(4, Math.round(canvas.width / (short * 0.32)));
  const phase = random.between(0, 2 * Math.PI);
  return Array.from({ length: steps + 3 }, (_, step) => {
    const share = (step - 1) / steps;
    const wave = Math.sin(phase + step * 1.25) * swing * random.between(0.5, 1);
    return { x: canvas.width * share, y: y + wave + tilt * (share - 0.5) };
  });
}

function below(canvas: Canvas, edge: readonly Point[], shift: number): string {
  const moved = edge.map(({ x, y }) => ({ x, y: y + shift }));
  const right = fixed((moved.at(-1)?.x ?? canvas.width) + 1);
  const left = fixed((moved[0]?.x ?? 0) - 1);
  return `${smooth(moved)}L${right} ${fixed(canvas.height + 1)}L${left} ${fixed(canvas.height + 1)}Z`;
}
