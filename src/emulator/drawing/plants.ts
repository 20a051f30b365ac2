import type { Figure } from './figure';
import { darker, ellipse, lit, mirrored, paler } from './figure';
import { circle, fixed, line, shape } from './svg';

export const tree: Figure = (palette, random) => {
  const green = lit(random.pick(['#4f8f4a', '#6a9a3f', '#3f7d5a', '#d98a35', '#c95f3c']), palette);
  const clumps = (
    [
      [-30, -50, 21],
      [30, -52, 21],
      [-18, -70, 22],
      [20, -72, 21],
      [0, -56, 24],
      [0, -80, 20],
    ] as const
  ).map(([x, y, radius]) => circle({ x, y }, radius, green));
  const light = Array.from({ length: 26 }, () => {
    const turn = random.between(0, 2 * Math.PI);
    const far = Math.sqrt(random.between(0, 1));
    const place = { x: -6 + 36 * far * Math.cos(turn), y: -68 + 26 * far * Math.sin(turn) };
    return circle(place, random.between(3, 6), paler(green, 0.22), 0.55);
  });
  return [
    ellipse(0, 0, 44, 4, '#00000026'),
    shape('M-9 0C-4 -14 -5 -28 -5 -46H6C6 -28 5 -14 11 0Z', lit('#6b4a32', palette)),
    line('M0 -30L-16 -46M1 -36L16 -50', lit('#6b4a32', palette), 4),
    ...clumps.map((clump, index) => (index < 2 ? clump.replace(green, darker(green, 0.2)) : clump)),
    ...light,
  ].join('');
};

export const fir: Figure = (palette) => {
  const green = lit('#2f6b4f', palette);
  const tier = (y: number, half: number, height: number): string =>
    shape(
      `M${-half} ${y}C${-half * 0.5} ${y - 6} -6 ${y - height + 8} 0 ${y - height}C6 ${y - height + 8} ${half * 0.5} ${y - 6} ${half} ${y}C${half * 0.4} ${y + 4} ${-half * 0.4} ${y + 4} ${-half} ${y}Z`,
      green,
    ) +
    shape(
      `M0 ${y - height}C6 ${y - height + 8} ${half * 0.5} ${y - 6} ${half} ${y}C${half * 0.6} ${y + 2} 8 ${y + 2} 6 ${y}Z`,
      darker(green, 0.22),
    );
  return [
    ellipse(0, 0, 34, 3.5, '#00000026'),
    shape('M-5 0V-16H5V0Z', lit('#5f4230', palette)),
    tier(-12, 36, 40),
    tier(-34, 29, 36),
    tier(-56, 22, 30),
    tier(-74, 15, 26),
  ].join('');
};

export const flower: Figure = (palette, random) => {
  const petal = random.pick(palette.accents);
  const green = lit('#4d8a4e', palette);
  const petals = Array.from(
    { length: 10 },
    (_, index) =>
      `<ellipse cx="0" cy="-17" rx="7" ry="14" transform="translate(0 -72) rotate(${index * 36})" fill="${index % 2 === 0 ? petal : paler(petal, 0.22)}"/>`,
  );
  const seeds = Array.from({ length: 22 }, (_, index) => {
    const turn = index * 2.4;
    const far = 1.6 * Math.sqrt(index);
    return circle({ x: far * Math.cos(turn), y: -72 + far * Math.sin(turn) }, 0.9, '#8a5a1f');
  });
  return [
    line('M0 0C4 -20 -3 -44 0 -64', green, 3.4),
    shape('M1 -14C12 -34 28 -38 40 -36C36 -22 20 -10 1 -14Z', green),
    shape('M0 -24C-10 -42 -24 -46 -36 -44C-32 -30 -18 -20 0 -24Z', darker(green, 0.12)),
    line('M3 -15C14 -24 24 -30 36 -34M-2 -25C-12 -34 -22 -39 -32 -42', paler(green, 0.3), 0.9),
    ...petals,
    circle({ x: 0, y: -72 }, 9.5, '#f2b632'),
    ...seeds,
  ].join('');
};

export const mushroom: Figure = (palette) => {
  const cap = lit('#cf3f35', palette);
  return [
    ellipse(0, 0, 40, 4, '#00000026'),
    shape(
      'M-15 0C-20 -20 -12 -34 -12 -48H12C12 -34 20 -20 15 0C8 4 -8 4 -15 0Z',
      lit('#f4ead7', palette),
    ),
    shape('M-20 -46C-14 -34 14 -34 20 -46Z', lit('#e2d3b8', palette)),
    shape('M-52 -46C-50 -82 -24 -100 0 -100C24 -100 50 -82 52 -46C30 -38 -30 -38 -52 -46Z', cap),
    shape(
      'M20 -96C42 -86 51 -68 52 -46C44 -43 34 -41.5 24 -40.500C38 -56 36 -80 20 -96Z',
      darker(cap, 0.18),
    ),
    ...(
      [
        [-8, -82, 7],
        [-32, -64, 6],
        [6, -58, 8],
        [30, -68, 6],
        [-16, -50, 4],
      ] as const
    ).map(([x, y, radius]) => ellipse(x, y, radius, radius * 0.85, '#fff7ea')),
  ].join('');
};

export const cactus: Figure = (palette) => {
  const green = lit('#4f8a5b', palette);
  const ribs = line('M-5 -4V-90M5 -4V-90M-33 -34V-52M31 -44V-64', darker(green, 0.25), 1.4);
  return [
    ellipse(0, 0, 40, 4, '#00000026'),
    line('M-6 -24H-24C-32 -24 -33 -30 -33 -38V-54', green, 13),
    line('M6 -34H22C30 -34 31 -40 31 -48V-66', green, 13),
    shape('M-13 0V-84C-13 -104 13 -104 13 -84V0Z', green),
    ribs,
    circle({ x: 0, y: -99 }, 5, palette.accents[0]),
    circle({ x: 31, y: -73 }, 3.6, palette.accents[0]),
  ].join('');
};

export const apple: Figure = (palette, random) => {
  const skin = lit(random.pick(['#d23c3c', '#7fb23f', '#e0a43a']), palette);
  return [
    ellipse(0, 0, 42, 4, '#00000033'),
    line('M0 -78C1 -88 5 -95 11 -99', '#5b4030', 4),
    shape('M3 -84C14 -100 32 -100 42 -92C34 -78 16 -76 3 -84Z', lit('#5c9b4a', palette)),
    shape(
      'M0 -76C18 -90 48 -80 47 -46C46 -16 24 4 8 0C3 -1.5 -3 -1.5 -8 0C-24 4 -46 -16 -47 -46C-48 -80 -18 -90 0 -76Z',
      skin,
    ),
    shape('M30 -78C44 -70 48 -58 47 -46C46 -16 24 4 8 0C34 -12 44 -44 30 -78Z', darker(skin, 0.18)),
    shape(
      'M-34 -62C-30 -72 -22 -76 -16 -75C-26 -68 -30 -58 -31 -46C-36 -50 -36 -56 -34 -62Z',
      '#ffffff',
      0.45,
    ),
  ].join('');
};

export const leaf: Figure = (palette, random) => {
  const red = lit(random.pick(['#c8412f', '#d9772b', '#b8342f']), palette);
  const half = 'L7 -78L16 -82L13 -62L30 -76L31 -67L48 -68L41 -56L52 -50L30 -34L33 -27L4 -30';
  return [
    line('M0 -30C1 -18 3 -8 8 0', darker(red, 0.35), 3),
    mirrored(shape(`M0 -100${half}L0 -26Z`, red)),
    shape(`M0 -100${half}L0 -26Z`, darker(red, 0.1)),
    line('M0 -28V-86M0 -34L32 -60M0 -34L-32 -60M0 -32L28 -36M0 -32L-28 -36', paler(red, 0.35), 1.2),
  ].join('');
};

/** A meadow's grass: blades in tufts. */
export function tuft(x: number, y: number, size: number, colour: string): string {
  const blades = [-0.6, -0.2, 0.25, 0.65].map(
    (lean) =>
      `M${fixed(x + lean * size * 0.4)} ${fixed(y)}q${fixed(lean * size * 0.2)} ${fixed(-size * 0.6)} ${fixed(lean * size)} ${fixed(-size)}`,
  );
  return line(blades.join(''), colour, size * 0.14);
}
