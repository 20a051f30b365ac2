import { mix } from './palette';
import type { Palette } from './palette';
import type { Random } from './random';
import type { Canvas, Scene } from './scene';
import { birds, sky } from './sky';
import { fixed, gradient, shape, smooth, straight } from './svg';
import type { Point } from './svg';

/** Ranges of hills one behind the other, each paler than the one in front of it. */
export const hills: Scene = (canvas, palette, random) => {
  const light = {
    x: canvas.width * random.between(0.18, 0.82),
    y: canvas.height * random.between(0.2, 0.4),
  };
  const flock = { x: canvas.width * random.between(0.2, 0.8), y: canvas.height * 0.26 };
  return [
    sky(canvas, palette, random, light),
    birds(canvas, palette, random, flock),
    ridges(canvas, palette, random),
  ].join('');
};

function ridges(canvas: Canvas, palette: Palette, random: Random): string {
  const count = random.integer(5, 7);
  const horizon = random.between(0.4, 0.5);
  return Array.from({ length: count }, (_, index) => {
    const nearness = index / (count - 1);
    const crest = canvas.height * (horizon + (0.92 - horizon) * nearness ** 1.15);
    const rise = canvas.height * (0.1 - 0.04 * nearness) * random.between(0.7, 1.25);
    const peaked = nearness < 0.45 && random.chance(0.7);
    const points = peaked
      ? peaks(canvas, random, crest, rise * 1.3)
      : waves(canvas, random, crest, rise);
    const colour = mix(palette.far, palette.near, nearness ** 0.9);
    const outline = peaked ? straight(points) : smooth(points);
    const ground = `${outline}L${fixed(canvas.width)} ${fixed(canvas.height)}L0 ${fixed(canvas.height)}Z`;
    const id = `ridge${index}`;
    const mist = mix(colour, palette.sky[2], 0.45 * (1 - nearness));
    const fade = `<defs>${gradient(id, [
      [0, colour],
      [0.55, mist],
    ])}</defs>`;
    const wood = nearness > 0.55 ? firs(canvas, random, points, colour) : '';
    return fade + wood + shape(ground, `url(#${id})`);
  }).join('');
}

/** Rounded hills: three waves of different length laid over each other. */
function waves(canvas: Canvas, random: Random, crest: number, rise: number): readonly Point[] {
  const short = Math.min(canvas.width, canvas.height);
  const parts = (
    [
      [1.9, 0.62],
      [0.9, 0.28],
      [0.35, 0.1],
    ] as const
  ).map(([length, share]) => ({
    length: short * length * random.between(0.8, 1.2),
    height: rise * share,
    phase: random.between(0, 2 * Math.PI),
  }));
  const steps = Math.ceil(canvas.width / (short * 0.05));
  return Array.from({ length: steps + 1 }, (_, step) => {
    const x = (canvas.width * step) / steps;
    const swell = parts.map(
      ({ length, height, phase }) => height * Math.sin((2 * Math.PI * x) / length + phase),
    );
    return { x, y: crest - swell.reduce((sum, value) => sum + value, 0) };
  });
}

/** Mountains: midpoints displaced up and down, less and less with the length of the slope. */
function peaks(canvas: Canvas, random: Random, crest: number, rise: number): readonly Point[] {
  const short = Math.min(canvas.width, canvas.height);
  const summits = Math.max(3, Math.round(canvas.width / (short * 0.3)));
  let points: readonly Point[] = Array.from({ length: summits + 1 }, (_, index) => ({
    x: (canvas.width * (index + (index % summits === 0 ? 0 : random.between(-0.3, 0.3)))) / summits,
    y: crest - rise * (index % 2 === 0 ? random.between(-0.5, 0.1) : random.between(0.5, 1.2)),
  }));
  for (let push = rise * 0.4; push > rise * 0.03; push *= 0.5) {
    points = points.flatMap((point, index) => {
      const next = points[index + 1];
      return next === undefined
        ? [point]
        : [
            point,
            {
              x: (point.x + next.x) / 2,
              y: (point.y + next.y) / 2 + push * random.between(-0.5, 0.5),
            },
          ];
    });
  }
  return points;
}

/** A wood on a crest. Each fir is two narrow triangles. */
function firs(canvas: Canvas, random: Random, crest: readonly Point[], colour: string): string {
  const short = Math.min(canvas.width, canvas.height);
  const trees: string[] = [];
  crest.forEach((point, index) => {
    const next = crest[index + 1];
    if (next === undefined || !random.chance(0.62)) {
      return;
    }
    for (let tree = random.integer(1, 4); tree > 0; tree -= 1) {
      const along = random.between(0, 1);
      const height = short * random.between(0.018, 0.045);
      const x = point.x + (next.x - point.x) * along;
      const foot = point.y + (next.y - point.y) * along + height * 0.2;
      const half = height * 0.24;
      trees.push(
        `M${fixed(x - half)} ${fixed(foot)}L${fixed(x)} ${fixed(foot - height * 0.75)}L${fixed(x + half)} ${fixed(foot)}Z`,
        `M${fixed(x - half * 0.7)} ${fixed(foot - height * 0.4)}L${fixed(x)} ${fixed(foot - height * 1.1)}L${fixed(x + half * 0.7)} ${fixed(foot - height * 0.4)}Z`,
      );
    }
  });
  return trees.length === 0 ? '' : shape(trees.join(''), colour);
}
