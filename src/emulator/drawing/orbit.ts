import { mix } from './palette';
import type { Palette } from './palette';
import type { Random } from './random';
import type { Canvas, Scene } from './scene';
import { circle, fixed, glow, rectangle } from './svg';
import type { Point } from './svg';

/** Deep space: a shaded planet, perhaps with a ring, moons on thin orbits, and clouds of light. */
export const orbit: Scene = (canvas, palette, random) => {
  const short = Math.min(canvas.width, canvas.height);
  const deep = mix(palette.near, '#080a1c', 0.78);
  const centre = {
    x: canvas.width * random.between(0.36, 0.64),
    y: canvas.height * random.between(0.34, 0.46),
  };
  const radius = short * random.between(0.17, 0.25);
  return [
    rectangle({ x: 0, y: 0 }, canvas.width, canvas.height, deep),
    nebulae(canvas, palette, random, short),
    stars(canvas, palette, random),
    orbits(centre, radius, palette, random),
    planet(centre, radius, palette, random),
  ].join('');
};

export function nebulae(canvas: Canvas, palette: Palette, random: Random, short: number): string {
  const count = Math.min(8, 2 + Math.round(Math.max(canvas.width, canvas.height) / short));
  return Array.from({ length: count }, (_, index) => {
    const colour = mix(random.pick(palette.accents), '#5b5fd0', 0.45);
    const id = `nebula${index}`;
    const fade = glow(id, [
      [0, colour, random.between(0.28, 0.5)],
      [0.5, colour, 0.12],
      [1, colour, 0],
    ]);
    const place = {
      x: random.between(0, 1) * canvas.width,
      y: random.between(0, 1) * canvas.height,
    };
    return `<defs>${fade}</defs>${circle(place, short * random.between(0.3, 0.6), `url(#${id})`)}`;
  }).join('');
}

export function stars(canvas: Canvas, palette: Palette, random: Random): string {
  const count = Math.round((canvas.width * canvas.height) / 5200);
  return Array.from({ length: count }, () => {
    const place = { x: random.between(0, canvas.width), y: random.between(0, canvas.height) };
    const size = random.chance(0.06) ? random.between(1.6, 2.8) : random.between(0.4, 1.3);
    return circle(place, size, palette.light, random.between(0.35, 1));
  }).join('');
}

function orbits(centre: Point, radius: number, palette: Palette, random: Random): string {
  const tilt = random.between(-28, 28);
  const paths = [1.75, 2.35, 3.1].map((factor, index) => {
    const rx = radius * factor;
    const ry = rx * 0.3;
    const angle = random.between(0, 2 * Math.PI);
    const moon = { x: centre.x + rx * Math.cos(angle), y: centre.y + ry * Math.sin(angle) };
    const colour = palette.accents[index] ?? palette.light;
    return [
      `<ellipse cx="${fixed(centre.x)}" cy="${fixed(centre.y)}" rx="${fixed(rx)}" ry="${fixed(ry)}" fill="none" stroke="${palette.light}" stroke-width="${fixed(radius * 0.008)}" stroke-opacity="0.35"/>`,
      circle(moon, radius * random.between(0.06, 0.13), mix(colour, '#ffffff', 0.3)),
    ].join('');
  });
  return `<g transform="rotate(${fixed(tilt)} ${fixed(centre.x)} ${fixed(centre.y)})">${paths.join('')}</g>`;
}

function planet(centre: Point, radius: number, palette: Palette, random: Random): string {
  const [body, second, third] = random.shuffled(palette.accents);
  const base = body ?? palette.far;
  const tilt = random.between(-26, 26);
  const stripes = Array.from({ length: random.integer(4, 7) }, (_, index) => {
    const y = centre.y + radius * random.between(-0.85, 0.85);
    const colour = (index % 2 === 0 ? second : third) ?? palette.light;
    const height = radius * random.between(0.06, 0.2);
    return rectangle({ x: centre.x - radius * 1.3, y }, radius * 2.6, height, colour, 0.55);
  });
  const turned = `rotate(${fixed(tilt)} ${fixed(centre.x)} ${fixed(centre.y)})`;
  const ringed = random.chance(0.6);
  const ring = (far: boolean): string =>
    ringed ? `<g transform="${turned}">${ringHalf(centre, radius, palette, far)}</g>` : '';
  return [
    '<defs>',
    glow('air', [
      [0.72, base, 0.55],
      [1, base, 0],
    ]),
    '<radialGradient id="shade" cx="0.32" cy="0.28" r="0.85">',
    '<stop offset="0" stop-color="#ffffff" stop-opacity="0.45"/>',
    '<stop offset="0.35" stop-color="#ffffff" stop-opacity="0"/>',
    '<stop offset="1" stop-color="#02030a" stop-opacity="0.82"/></radialGradient>',
    `<clipPath id="disc"><circle cx="${fixed(centre.x)}" cy="${fixed(centre.y)}" r="${fixed(radius)}"/></clipPath>`,
    '</defs>',
    circle(centre, radius * 1.3, 'url(#air)', 0.8),
    ring(true),
    circle(centre, radius, base),
    `<g clip-path="url(#disc)"><g transform="${turned}">${stripes.join('')}</g></g>`,
    circle(centre, radius, 'url(#shade)'),
    ring(false),
  ].join('');
}

/** One half of the ring: the far one is drawn before the planet, the near one after it. */
function ringHalf({ x, y }: Point, radius: number, palette: Palette, far: boolean): string {
  const bands = [
    { factor: 1.45, thickness: 0.07, opacity: 0.7 },
    { factor: 1.58, thickness: 0.04, opacity: 0.55 },
    { factor: 1.68, thickness: 0.02, opacity: 0.4 },
  ];
  return bands
    .map(({ factor, thickness, opacity }) => {
      const rx = radius * factor;
      const arc = `M${fixed(x - rx)} ${fixed(y)}A${fixed(rx)} ${fixed(rx * 0.24)} 0 0 ${far ? 1 : 0} ${fixed(x + rx)} ${fixed(y)}`;
      return `<path d="${arc}" fill="none" stroke="${palette.light}" stroke-width="${fixed(radius * thickness)}" stroke-opacity="${far ? opacity * 0.6 : opacity}"/>`;
    })
    .join('');
}
