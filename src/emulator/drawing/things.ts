import type { Figure } from './figure';
import { darker, ellipse, lit, mirrored, paler } from './figure';
import { circle, glow, line, rectangle, shape } from './svg';

const INK = '#22202e';

export const robot: Figure = (palette, random) => {
  const [plate = palette.light, trim = palette.far] = random.shuffled(palette.accents);
  const metal = lit(paler(plate, 0.25), palette);
  const limb = '#7f8699';
  return [
    ellipse(0, 0, 44, 4, '#00000026'),
    mirrored(
      [
        line('M11 -22V-6', limb, 7),
        shape('M3 0C3 -10 24 -10 24 0Z', darker(metal, 0.3)),
        line('M24 -46C36 -44 38 -34 36 -26', limb, 6),
        `<path d="M30 -21A6.5 6.5 0 1 1 42 -21" fill="none" stroke="${darker(metal, 0.3)}" stroke-width="4" stroke-linecap="round"/>`,
      ].join(''),
    ),
    rectangle({ x: -24, y: -54 }, 48, 34, metal, 1, 7),
    rectangle({ x: -14, y: -47 }, 28, 18, darker(metal, 0.45), 1, 3),
    line('M-10 -38H-5L-2 -44L2 -32L5 -38H10', '#8df0b8', 1.6),
    rectangle({ x: -6, y: -60 }, 12, 8, limb),
    line('M0 -88V-97', limb, 2.6),
    circle({ x: 0, y: -98 }, 4, trim),
    rectangle({ x: -28, y: -90 }, 56, 32, metal, 1, 9),
    rectangle({ x: -32, y: -80 }, 5, 12, trim, 1, 2),
    rectangle({ x: 27, y: -80 }, 5, 12, trim, 1, 2),
    rectangle({ x: -22, y: -85 }, 44, 22, '#1f2736', 1, 7),
    mirrored(
      circle({ x: 10, y: -75 }, 5.5, '#7fe7ff') + circle({ x: 11.5, y: -76.5 }, 1.8, '#ffffff'),
    ),
    line('M-6 -67.500C-3 -65.5 3 -65.5 6 -67.5', '#7fe7ff', 1.6),
  ].join('');
};

export const snowman: Figure = (palette, random) => {
  const white = lit('#fbfdff', palette);
  const scarf = random.pick(palette.accents);
  const ball = (y: number, radius: number): string =>
    circle({ x: 0, y }, radius, white) +
    shape(
      `M${radius * 0.4} ${y - radius * 0.92}A${radius} ${radius} 0 0 1 ${radius * 0.4} ${y + radius * 0.92}A${radius * 1.3} ${radius * 1.3} 0 0 0 ${radius * 0.4} ${y - radius * 0.92}Z`,
      '#9db8d6',
      0.4,
    );
  return [
    ellipse(0, 0, 40, 4, '#00000022'),
    line('M-18 -46L-46 -62M-38 -58L-44 -50M18 -46L46 -64M38 -59L47 -54', '#5b4030', 2.4),
    ball(-20, 24),
    ball(-50, 18),
    ball(-74, 14),
    shape('M-15 -66C-6 -60 6 -60 15 -66L15 -60C6 -54 -6 -54 -15 -60Z', scarf),
    shape('M8 -60L17 -40L9 -38L3 -58Z', darker(scarf, 0.15)),
    rectangle({ x: -11, y: -100 }, 22, 16, INK, 1, 1.5),
    rectangle({ x: -17, y: -86 }, 34, 3.6, INK, 1, 1.8),
    rectangle({ x: -11, y: -90 }, 22, 4, scarf),
    mirrored(circle({ x: 5, y: -77 }, 1.9, INK)),
    shape('M0 -75L17 -71.500L0 -70Z', '#ef8a32'),
    ...[-54, -46, -30, -20].map((y) => circle({ x: 0, y }, 1.7, INK)),
  ].join('');
};

export const cup: Figure = (palette, random) => {
  const china = lit(paler(random.pick(palette.accents), 0.15), palette);
  return [
    ellipse(0, -2, 70, 9, darker(china, 0.1)),
    ellipse(0, -4, 56, 6, paler(china, 0.35)),
    line(
      'M-14 -74C-22 -82 -8 -88 -14 -98M2 -76C-6 -84 8 -90 2 -100M18 -74C10 -82 24 -88 18 -98',
      '#ffffff',
      2.6,
      0.6,
    ),
    `<path d="M38 -52C60 -56 62 -26 32 -22" fill="none" stroke="${china}" stroke-width="7"/>`,
    shape('M-42 -62H42C42 -26 28 -6 16 -5H-16C-28 -6 -42 -26 -42 -62Z', china),
    shape('M20 -62H42C42 -26 28 -6 16 -5H6C16 -14 22 -38 20 -62Z', darker(china, 0.12)),
    ellipse(0, -62, 42, 9, paler(china, 0.4)),
    ellipse(0, -61, 36, 6.5, '#5a3524'),
    ellipse(-6, -61.5, 16, 2.6, '#a8744c'),
  ].join('');
};

/** Light around a figure in the sky. */
function halo(name: string, radius: number, colour: string): string {
  const id = `${name}light`;
  const fade = glow(id, [
    [0, colour, 0.75],
    [0.4, colour, 0.4],
    [1, colour, 0],
  ]);
  return `<defs>${fade}</defs>${circle({ x: 0, y: 0 }, radius, `url(#${id})`)}`;
}

/** In the sky, like the three below: the centre is at the origin. */
export const heart: Figure = (palette) => {
  const red = lit('#dd3f55', palette);
  return [
    shape(
      'M0 46C-60 6 -62 -44 -28 -48C-12 -50 -2 -38 0 -28C2 -38 12 -50 28 -48C62 -44 60 6 0 46Z',
      red,
    ),
    shape('M0 46C60 6 62 -44 28 -48C52 -34 44 6 0 46Z', darker(red, 0.15)),
    shape(
      'M-40 -28C-38 -38 -30 -42 -24 -41C-34 -34 -37 -24 -36 -12C-40 -16 -41 -22 -40 -28Z',
      '#ffffff',
      0.5,
    ),
  ].join('');
};

export const star: Figure = () => {
  const points = Array.from({ length: 10 }, (_, index) => {
    const radius = index % 2 === 0 ? 50 : 21;
    const turn = (index * Math.PI) / 5 - Math.PI / 2;
    return `${Math.round(radius * Math.cos(turn) * 10) / 10} ${Math.round(radius * Math.sin(turn) * 10) / 10}`;
  });
  return [
    halo('star', 90, '#ffe9a0'),
    `<path d="M${points.join('L')}Z" fill="#ffd24a" stroke="#ffd24a" stroke-width="8" stroke-linejoin="round"/>`,
    shape('M0 -50L12 -17L0 0Z', '#ffffff', 0.3),
  ].join('');
};

export const sun: Figure = () => {
  const rays = Array.from(
    { length: 12 },
    (_, index) =>
      `<path d="M-5 -60L0 -84L5 -60Z" transform="rotate(${index * 30})" fill="#ffc94d"/>`,
  );
  return [
    halo('sun', 150, '#fff0b8'),
    ...rays,
    circle({ x: 0, y: 0 }, 50, '#ffcf4f'),
    circle({ x: -8, y: -8 }, 38, '#ffe08a', 0.7),
  ].join('');
};

export const moon: Figure = () => {
  const craters = (
    [
      [-18, -14, 11],
      [14, -24, 7],
      [20, 12, 13],
      [-10, 22, 8],
      [-30, 12, 5],
      [2, 2, 5],
    ] as const
  ).map(
    ([x, y, radius]) =>
      circle({ x, y }, radius, '#cfc7ad') +
      circle({ x: x + 1.2, y: y + 1.2 }, radius * 0.84, '#ded7c0'),
  );
  return [
    halo('moon', 120, '#f5efd5'),
    circle({ x: 0, y: 0 }, 50, '#efe9d4'),
    ...craters,
    shape('M22 -45A50 50 0 0 1 22 45A62 62 0 0 0 22 -45Z', '#1a2140', 0.22),
  ].join('');
};

export const mountain: Figure = (palette) => {
  const rock = lit('#6d7690', palette);
  const snow = lit('#fbfdff', palette);
  return [
    shape('M-150 0L-84 -62L-70 -54L-30 -76L40 0Z', darker(rock, 0.05)),
    shape('M-20 0L70 -66L90 -52L160 0Z', darker(rock, 0.12)),
    shape('M-110 0L-16 -92L0 -100L12 -90L110 0Z', rock),
    shape('M0 -100L12 -90L110 0H24L14 -34L22 -52L4 -70Z', darker(rock, 0.28)),
    shape(
      'M0 -100L12 -90L36 -68L24 -58L16 -66L6 -52L-6 -64L-18 -54L-26 -64L-40 -56L-34 -74L-16 -92Z',
      snow,
    ),
    shape('M0 -100L12 -90L36 -68L24 -58L16 -66L6 -52L4 -70Z', '#aebfdb', 0.6),
  ].join('');
};

export const crane: Figure = (palette, random) => {
  const paper = paler(random.pick(palette.accents), 0.2);
  return [
    ellipse(0, 0, 60, 4, '#00000026'),
    shape('M-10 -30L-78 -66L-34 -12Z', darker(paper, 0.1)),
    shape('M10 -34L46 -96L30 -14Z', paper),
    shape('M46 -96L66 -84L44 -82Z', darker(paper, 0.2)),
    shape('M-40 -8L0 -44L38 -8L0 0Z', darker(paper, 0.28)),
    shape('M-30 -14L-22 -100L26 -12Z', paler(paper, 0.35)),
    shape('M-22 -100L26 -12L4 -18Z', paper),
  ].join('');
};
