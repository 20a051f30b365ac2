import type { KnownFigure } from './figure-words';
import { darker, paler } from './figure';
import { nebulae, stars } from './orbit';
import { mix } from './palette';
import type { Palette } from './palette';
import { tuft } from './plants';
import type { Random } from './random';
import type { Canvas } from './scene';
import { ripples, water } from './sea';
import { birds, glitter, sky } from './sky';
import { circle, fixed, glow, gradient, line, rectangle, shape, smooth } from './svg';
import type { Point } from './svg';

/** What the prompt says about the place. */
interface Setting {
  /** Whether sun or moon is one of the figures, so that the sky has none of its own. */
  readonly hasLight: boolean;
  readonly isSnowy: boolean;
}

type Backdrop = (canvas: Canvas, palette: Palette, random: Random, setting: Setting) => string;

/** The background of a figure, by its habitat. */
export const BACKDROPS: Readonly<Record<KnownFigure['home'], Backdrop>> = {
  meadow: (canvas, palette, random, { hasLight, isSnowy }) => {
    const light = hasLight ? beyond(canvas) : sunAt(canvas, random);
    const flock = { x: canvas.width * random.between(0.2, 0.8), y: canvas.height * 0.22 };
    return [
      sky(canvas, palette, random, light),
      birds(canvas, palette, random, flock),
      range(canvas, random, 0.56, mix(palette.far, palette.sky[2], 0.35)),
      range(canvas, random, 0.62, palette.far),
      meadow(canvas, palette, random, 0.68, isSnowy),
      isSnowy ? snowfall(canvas, random) : '',
    ].join('');
  },
  water: (canvas, palette, random, { hasLight }) => {
    const horizon = canvas.height * 0.55;
    const low = {
      x: canvas.width * random.between(0.2, 0.8),
      y: horizon - canvas.height * random.between(0.08, 0.22),
    };
    const light = hasLight ? beyond(canvas) : low;
    const flock = { x: canvas.width * random.between(0.2, 0.8), y: canvas.height * 0.2 };
    return [
      sky(canvas, palette, random, light),
      birds(canvas, palette, random, flock),
      water(canvas, palette, horizon),
      glitter(canvas, palette, random, light, horizon),
      ripples(canvas, palette, random, horizon),
    ].join('');
  },
  depth: underWater,
  space: (canvas, palette, random) => {
    const short = Math.min(canvas.width, canvas.height);
    const world = {
      x: canvas.width * random.between(0.12, 0.24),
      y: canvas.height * random.between(0.16, 0.26),
    };
    const radius = short * random.between(0.07, 0.1);
    const colour = random.pick(palette.accents);
    return [
      rectangle({ x: 0, y: 0 }, canvas.width, canvas.height, mix(palette.near, '#0a0f2c', 0.72)),
      nebulae(canvas, palette, random, short),
      stars(canvas, palette, random),
      circle(world, radius, colour),
      circle(
        { x: world.x + radius * 0.22, y: world.y + radius * 0.22 },
        radius * 0.78,
        darker(colour, 0.2),
      ),
      `<ellipse cx="${fixed(world.x)}" cy="${fixed(world.y)}" rx="${fixed(radius * 1.7)}" ry="${fixed(radius * 0.36)}" fill="none" stroke="${paler(colour, 0.5)}" stroke-width="${fixed(radius * 0.1)}" transform="rotate(-18 ${fixed(world.x)} ${fixed(world.y)})"/>`,
    ].join('');
  },
  sky: (canvas, palette, random) =>
    [
      // Without a light: it would be behind the figure.
      sky(canvas, palette, random, beyond(canvas)),
      range(canvas, random, 0.8, mix(palette.far, palette.sky[2], 0.2)),
      range(canvas, random, 0.87, mix(palette.far, palette.near, 0.4)),
    ].join(''),
  table: (canvas, palette, random) => {
    const wall = mix(palette.paper, palette.accents[2], palette.night ? 0.5 : 0.16);
    const wood = mix('#a8754a', palette.near, palette.night ? 0.5 : 0.2);
    const edge = canvas.height * 0.66;
    const shine = glow('lamp', [
      [0, '#ffffff', 0.55],
      [1, '#ffffff', 0],
    ]);
    const grains = Array.from({ length: 26 }, () => {
      const y = edge + (canvas.height - edge) * random.between(0.06, 1);
      const x = canvas.width * random.between(-0.1, 0.9);
      const length = canvas.width * random.between(0.1, 0.4);
      return line(
        `M${fixed(x)} ${fixed(y)}q${fixed(length / 2)} ${fixed(random.between(-4, 4))} ${fixed(length)} 0`,
        darker(wood, 0.3),
        1.6,
        0.35,
      );
    });
    return [
      `<defs>${shine}</defs>`,
      rectangle({ x: 0, y: 0 }, canvas.width, canvas.height, wall),
      circle(
        { x: canvas.width * 0.5, y: canvas.height * 0.4 },
        Math.max(canvas.width, canvas.height) * 0.5,
        'url(#lamp)',
      ),
      rectangle({ x: 0, y: edge }, canvas.width, canvas.height - edge, wood),
      rectangle({ x: 0, y: edge }, canvas.width, canvas.height * 0.008, paler(wood, 0.3)),
      ...grains,
    ].join('');
  },
};

function sunAt(canvas: Canvas, random: Random): Point {
  return {
    x: canvas.width * (random.pick([0.16, 0.84]) + random.between(-0.05, 0.05)),
    y: canvas.height * random.between(0.22, 0.32),
  };
}

/** Outside the picture. */
function beyond(canvas: Canvas): Point {
  return { x: canvas.width / 2, y: -canvas.height };
}

/** Rounded hills from border to border. */
function range(canvas: Canvas, random: Random, level: number, colour: string): string {
  const steps = 8;
  const crest = Array.from({ length: steps + 1 }, (_, step) => ({
    x: (canvas.width * step) / steps,
    y: canvas.height * (level + random.between(-0.035, 0.03)),
  }));
  return shape(
    `${smooth(crest)}L${fixed(canvas.width)} ${fixed(canvas.height)}L0 ${fixed(canvas.height)}Z`,
    colour,
  );
}

/** The ground that figures stand on, down to the lower border. */
export function meadow(
  canvas: Canvas,
  palette: Palette,
  random: Random,
  level: number,
  isSnowy: boolean,
): string {
  const ground = groundColour(palette, isSnowy);
  const id = `meadow${Math.round(level * 100)}`;
  const fade = gradient(id, [
    [0, paler(ground, 0.16)],
    [1, darker(ground, isSnowy ? 0.12 : 0.35)],
  ]);
  const steps = 4;
  const crest = Array.from({ length: steps + 1 }, (_, step) => ({
    x: (canvas.width * step) / steps,
    y: canvas.height * (level + random.between(-0.02, 0.02)),
  }));
  return `<defs>${fade}</defs>${shape(`${smooth(crest)}L${fixed(canvas.width)} ${fixed(canvas.height)}L0 ${fixed(canvas.height)}Z`, `url(#${id})`)}`;
}

function groundColour({ night, near }: Palette, isSnowy: boolean): string {
  if (isSnowy) {
    return mix('#eef4fa', night ? '#5a74a6' : near, night ? 0.45 : 0.08);
  }
  return night ? mix('#2c5a52', near, 0.35) : mix('#7fa65a', near, 0.22);
}

function snowfall(canvas: Canvas, random: Random): string {
  const short = Math.min(canvas.width, canvas.height);
  return Array.from({ length: 160 }, () => {
    const place = {
      x: canvas.width * random.between(0, 1),
      y: canvas.height * random.between(0, 1),
    };
    return circle(
      place,
      short * random.between(0.0015, 0.005),
      '#ffffff',
      random.between(0.5, 0.95),
    );
  }).join('');
}

/** Tufts and small flowers, thicker towards the lower border. */
export function grass(canvas: Canvas, palette: Palette, random: Random): string {
  const short = Math.min(canvas.width, canvas.height);
  const green = groundColour(palette, false);
  const count = Math.min(150, Math.round((46 * canvas.width) / short));
  return Array.from({ length: count }, (_, index) => {
    const depth = index / count;
    const x = canvas.width * random.between(0, 1);
    const y = canvas.height * (0.74 + 0.26 * depth);
    const size = short * (0.008 + 0.022 * depth);
    const blades = tuft(x, y, size, random.chance(0.5) ? darker(green, 0.3) : paler(green, 0.18));
    return random.chance(0.25)
      ? blades + circle({ x, y: y - size }, size * 0.2, random.pick(palette.accents))
      : blades;
  }).join('');
}

function underWater(canvas: Canvas, palette: Palette, random: Random): string {
  const short = Math.min(canvas.width, canvas.height);
  const fade = gradient('depth', [
    [0, mix('#6fd0dc', palette.sky[1], 0.25)],
    [0.55, mix('#1f7fa8', palette.sky[0], 0.3)],
    [1, mix('#0c3554', palette.near, 0.3)],
  ]);
  const rays = Array.from({ length: 5 }, () => {
    const x = canvas.width * random.between(0, 1);
    const width = canvas.width * random.between(0.03, 0.09);
    return shape(
      `M${fixed(x)} 0H${fixed(x + width)}L${fixed(x + width * 0.4 - canvas.width * 0.16)} ${fixed(canvas.height * 0.9)}H${fixed(x - width * 1.6 - canvas.width * 0.16)}Z`,
      '#ffffff',
      0.08,
    );
  });
  const bubbles = Array.from({ length: 34 }, () => {
    const place = {
      x: canvas.width * random.between(0, 1),
      y: canvas.height * random.between(0.05, 0.8),
    };
    const radius = short * random.between(0.003, 0.013);
    return `<circle cx="${fixed(place.x)}" cy="${fixed(place.y)}" r="${fixed(radius)}" fill="#ffffff" fill-opacity="0.14" stroke="#ffffff" stroke-opacity="0.5" stroke-width="${fixed(radius * 0.16)}"/>`;
  });
  const weeds = Array.from(
    { length: Math.min(40, Math.round((13 * canvas.width) / short)) },
    () => {
      const x = canvas.width * random.between(0, 1);
      const height = short * random.between(0.1, 0.3);
      const foot = canvas.height * 0.94;
      const sway = short * random.between(-0.05, 0.05);
      const colour = mix(
        random.pick(['#3f9a6a', '#2f7d6d', '#7fb26a', '#c9567a']),
        palette.near,
        0.2,
      );
      return line(
        `M${fixed(x)} ${fixed(foot)}q${fixed(sway)} ${fixed(-height / 4)} 0 ${fixed(-height / 2)}t0 ${fixed(-height / 2)}`,
        colour,
        short * random.between(0.006, 0.013),
        0.9,
      );
    },
  );
  return [
    `<defs>${fade}</defs>`,
    rectangle({ x: 0, y: 0 }, canvas.width, canvas.height, 'url(#depth)'),
    ...rays,
    range(canvas, random, 0.84, mix('#2b6f86', palette.near, 0.35)),
    ...weeds,
    range(canvas, random, 0.91, mix('#d9c79a', palette.near, 0.3)),
    ...bubbles,
  ].join('');
}
