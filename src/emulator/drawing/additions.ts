import { blossom, leaf } from './garden';
import { mix } from './palette';
import type { Palette } from './palette';
import type { Random } from './random';
import type { Canvas, Scene } from './scene';
import { circle, fixed, glow, line, rectangle, shape, smooth } from './svg';
import type { Point } from './svg';

/** Objects that an edit adds to its input picture. Each leaves most of the picture free. */

/** Hot-air balloons, the smaller ones farther away. */
export const balloons: Scene = (canvas, palette, random) => {
  const short = Math.min(canvas.width, canvas.height);
  const count = Math.max(3, Math.min(7, Math.round((canvas.width / short) * 3)));
  const shade =
    '<radialGradient id="gloss" cx="0.3" cy="0.25" r="0.9"><stop offset="0" stop-color="#ffffff" stop-opacity="0.4"/><stop offset="0.45" stop-color="#ffffff" stop-opacity="0"/><stop offset="1" stop-color="#10142a" stop-opacity="0.45"/></radialGradient>';
  const sizes = Array.from(
    { length: count },
    (_, index) => 0.035 + 0.1 * (index / (count - 1)) ** 2,
  );
  const columns = random.shuffled(sizes.map((_, index) => index));
  const drawn = sizes.map((size, index) => {
    const radius = short * size * random.between(0.9, 1.15);
    const column = columns[index] ?? index;
    const centre = {
      x: (canvas.width * (column + random.between(0.3, 0.7))) / count,
      y: canvas.height * random.between(0.16, 0.4) + radius * 0.4,
    };
    return balloon(centre, radius, palette, random);
  });
  return `<defs>${shade}</defs>${drawn.join('')}`;
};

function balloon(centre: Point, radius: number, palette: Palette, random: Random): string {
  const [first = palette.light, second = palette.near, basket = palette.near] = random.shuffled(
    palette.accents,
  );
  const at = (x: number, y: number): string =>
    `${fixed(centre.x + x * radius)} ${fixed(centre.y + y * radius)}`;
  // The gores are the same outline, ever narrower.
  const envelope = (share: number): string =>
    `M${at(-share, 0)}A${fixed(share * radius)} ${fixed(radius)} 0 0 1 ${at(share, 0)}C${at(share, 0.55)} ${at(share * 0.36, 1)} ${at(share * 0.2, 1.3)}L${at(share * -0.2, 1.3)}C${at(share * -0.36, 1)} ${at(-share, 0.55)} ${at(-share, 0)}Z`;
  const gores = [1, 0.72, 0.42, 0.14].map((share, index) =>
    shape(envelope(share), index % 2 === 0 ? first : mix(second, '#ffffff', 0.35)),
  );
  const corner = { x: centre.x - radius * 0.15, y: centre.y + radius * 1.55 };
  return [
    line(
      `M${at(-0.19, 1.28)}L${at(-0.13, 1.58)}M${at(0.19, 1.28)}L${at(0.13, 1.58)}`,
      palette.near,
      radius * 0.03,
    ),
    ...gores,
    shape(envelope(1), 'url(#gloss)'),
    rectangle(
      corner,
      radius * 0.3,
      radius * 0.24,
      mix(basket, palette.near, 0.6),
      1,
      radius * 0.05,
    ),
  ].join('');
}

/** Paper lanterns rising, each in its own light. */
export const lanterns: Scene = (canvas, _palette, random) => {
  const short = Math.min(canvas.width, canvas.height);
  const count = Math.round(
    14 * Math.min(2.2, canvas.width / short) * Math.min(1.6, canvas.height / short),
  );
  const light = glow('lantern', [
    [0, '#ffd98a', 0.75],
    [0.35, '#ffae52', 0.3],
    [1, '#ff9a3c', 0],
  ]);
  const paper =
    '<linearGradient id="lit" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#f2843c"/><stop offset="0.7" stop-color="#ffd27a"/><stop offset="1" stop-color="#fff3cf"/></linearGradient>';
  const drawn = Array.from({ length: count }, (_, index) => {
    const near = index / count;
    const size = short * (0.012 + 0.05 * near ** 2) * random.between(0.85, 1.15);
    const x = canvas.width * random.between(0.03, 0.97);
    const y = canvas.height * random.between(0.05, 0.62);
    const at = (dx: number, dy: number): string =>
      `${fixed(x + dx * size)} ${fixed(y + dy * size)}`;
    const body = `M${at(-0.5, 0.7)}L${at(-0.72, -0.5)}C${at(-0.7, -0.85)} ${at(0.7, -0.85)} ${at(0.72, -0.5)}L${at(0.5, 0.7)}Z`;
    return circle({ x, y: y + size * 0.2 }, size * 3.2, 'url(#lantern)') + shape(body, 'url(#lit)');
  });
  return `<defs>${light}${paper}</defs>${drawn.join('')}`;
};

/** A crescent moon in its halo, and stars over the upper half. */
export const nightSky: Scene = (canvas, _palette, random) => {
  const short = Math.min(canvas.width, canvas.height);
  const radius = short * random.between(0.07, 0.1);
  const moon = {
    x: canvas.width * random.between(0.62, 0.86),
    y: canvas.height * 0.06 + radius * 2,
  };
  const at = (x: number, y: number): string =>
    `${fixed(moon.x + x * radius)} ${fixed(moon.y + y * radius)}`;
  const r = fixed(radius);
  const crescent = `M${at(0.25, -0.97)}A${r} ${r} 0 1 0 ${at(0.97, 0.35)}A${fixed(radius * 0.82)} ${fixed(radius * 0.82)} 0 0 1 ${at(0.25, -0.97)}Z`;
  const stars = Array.from({ length: Math.round((canvas.width * canvas.height) / 9000) }, () => {
    const place = {
      x: canvas.width * random.between(0, 1),
      y: canvas.height * 0.6 * random.between(0, 1) ** 1.4,
    };
    return random.chance(0.12)
      ? sparkle(place, short * random.between(0.006, 0.013))
      : circle(place, short * random.between(0.0008, 0.0022), '#fdf6dc', random.between(0.4, 1));
  });
  const halo = glow('moonlight', [
    [0, '#fff6d8', 0.55],
    [0.3, '#cfd9ff', 0.2],
    [1, '#cfd9ff', 0],
  ]);
  return [
    `<defs>${halo}</defs>`,
    ...stars,
    circle(moon, radius * 4.5, 'url(#moonlight)'),
    shape(crescent, '#fff4cf'),
  ].join('');
};

function sparkle({ x, y }: Point, size: number): string {
  const at = (dx: number, dy: number): string => `${fixed(x + dx * size)} ${fixed(y + dy * size)}`;
  const waist = 0.12;
  return shape(
    `M${at(0, -1)}L${at(waist, -waist)}L${at(1, 0)}L${at(waist, waist)}L${at(0, 1)}L${at(-waist, waist)}L${at(-1, 0)}L${at(-waist, -waist)}Z`,
    '#fffbea',
    0.9,
  );
}

/** Snow in the air, near flakes large and soft, and drifts along the lower edge. */
export const snow: Scene = (canvas, _palette, random) => {
  const short = Math.min(canvas.width, canvas.height);
  const flakes = Array.from({ length: Math.round((canvas.width * canvas.height) / 3600) }, () => {
    const near = random.between(0, 1) ** 5;
    const place = {
      x: canvas.width * random.between(0, 1),
      y: canvas.height * random.between(0, 1),
    };
    return circle(place, short * (0.0016 + 0.011 * near), '#ffffff', 0.9 - 0.5 * near);
  });
  const soft = glow('flake', [
    [0, '#ffffff', 0.75],
    [1, '#ffffff', 0],
  ]);
  const blurred = Array.from({ length: 12 }, () => {
    const place = {
      x: canvas.width * random.between(0, 1),
      y: canvas.height * random.between(0, 1),
    };
    return circle(place, short * random.between(0.02, 0.045), 'url(#flake)');
  });
  const drifts = [0.9, 0.945].map((level, index) =>
    drift(canvas, random, level, index === 0 ? '#dbe7f3' : '#f7fbff'),
  );
  return `<defs>${soft}</defs>${drifts.join('')}${flakes.join('')}${blurred.join('')}`;
};

function drift(canvas: Canvas, random: Random, level: number, colour: string): string {
  const short = Math.min(canvas.width, canvas.height);
  const steps = Math.max(3, Math.round(canvas.width / (short * 0.4)));
  const crest = Array.from({ length: steps + 1 }, (_, step) => ({
    x: (canvas.width * step) / steps,
    y: canvas.height * level + short * random.between(-0.035, 0.035),
  }));
  return shape(
    `${smooth(crest)}L${fixed(canvas.width)} ${fixed(canvas.height)}L0 ${fixed(canvas.height)}Z`,
    colour,
    0.94,
  );
}

/** A blossoming branch from an upper corner, and petals carried by the wind. */
export const blossoms: Scene = (canvas, palette, random) => {
  const short = Math.min(canvas.width, canvas.height);
  const pinks: Palette = {
    ...palette,
    accents: ['#f7a8b8', '#fbd0d9', '#e8718d', '#fff0f3', '#f4c95d'],
  };
  const side = random.chance(0.5) ? 1 : -1;
  const root = side === 1 ? canvas.width : 0;
  const on = (share: number): Point => ({
    x: root - side * share * short * 0.75,
    y: short * (0.06 + 0.3 * share + 0.12 * Math.sin(share * 5)),
  });
  const stations = Array.from({ length: 15 }, (_, index) => on(index / 14));
  const wood = [0.02, 0.014, 0.008].map((width, index) =>
    line(
      smooth(stations.slice(index * 4, index === 2 ? 15 : index * 4 + 6)),
      '#4a3038',
      short * width,
    ),
  );
  const flowers = stations.slice(2).map((station) => {
    const place = {
      x: station.x + short * random.between(-0.03, 0.03),
      y: station.y + short * random.between(-0.035, 0.04),
    };
    const green = leaf(place, short * 0.05, random.between(0, 360), '#7ba05b');
    return green + blossom(place, short * random.between(0.018, 0.032), pinks, random);
  });
  const petals = Array.from({ length: 46 }, () => {
    const place = {
      x: canvas.width * random.between(0, 1),
      y: canvas.height * random.between(0.1, 1),
    };
    const length = short * random.between(0.012, 0.026);
    return leaf(
      place,
      length,
      random.between(0, 360),
      random.pick(['#f7a8b8', '#fbd0d9', '#fff0f3']),
    );
  });
  return [...wood, ...flowers, ...petals].join('');
};

/** The white border of an old print, with a little shade inside it. */
export const printBorder: Scene = (canvas) => {
  const { width, height } = canvas;
  const rim = 0.035 * Math.min(width, height);
  const frame = (inner: number): string =>
    `M0 0H${fixed(width)}V${fixed(height)}H0ZM${fixed(inner)} ${fixed(inner)}V${fixed(height - inner)}H${fixed(width - inner)}V${fixed(inner)}Z`;
  return [
    '<defs><radialGradient id="corners" r="0.75"><stop offset="0.55" stop-color="#1d0f05" stop-opacity="0"/><stop offset="1" stop-color="#1d0f05" stop-opacity="0.42"/></radialGradient></defs>',
    rectangle({ x: 0, y: 0 }, width, height, 'url(#corners)'),
    shape(frame(rim * 1.15), '#3a2614', 0.35),
    shape(frame(rim), '#f6eedb'),
  ].join('');
};
