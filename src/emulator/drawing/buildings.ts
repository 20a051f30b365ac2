import type { Figure } from './figure';
import { darker, ellipse, lit, mirrored, paler } from './figure';
import type { Palette } from './palette';
import { circle, line, rectangle, shape } from './svg';

/** A window is lit by night and mirrors the sky by day. */
function pane({ night }: Palette): string {
  return night ? '#ffd97a' : '#a9d5ea';
}

export const house: Figure = (palette, random) => {
  const [roof = palette.near, door = palette.far] = random.shuffled(palette.accents);
  const wall = lit('#f3e7d3', palette);
  const window = (x: number, y: number): string =>
    rectangle({ x, y }, 20, 18, '#ffffff') +
    rectangle({ x: x + 2, y: y + 2 }, 16, 14, pane(palette)) +
    line(`M${x + 10} ${y + 2}v14M${x + 2} ${y + 9}h16`, '#ffffff', 1.6);
  return [
    ellipse(0, 0, 70, 4, '#00000026'),
    circle({ x: 42, y: -108 }, 5, '#ffffff', 0.5),
    circle({ x: 50, y: -118 }, 7, '#ffffff', 0.35),
    circle({ x: 62, y: -130 }, 9, '#ffffff', 0.2),
    rectangle({ x: 26, y: -98 }, 13, 34, darker(wall, 0.45)),
    rectangle({ x: -48, y: -56 }, 96, 56, wall),
    rectangle({ x: 14, y: -56 }, 34, 56, darker(wall, 0.08)),
    shape('M-60 -52L0 -100L60 -52Z', darker(roof, 0.1)),
    shape('M-60 -52L0 -100L6 -95L-46 -52Z', paler(roof, 0.2)),
    circle({ x: 0, y: -72 }, 7, '#ffffff'),
    circle({ x: 0, y: -72 }, 5, pane(palette)),
    window(-40, -44),
    window(20, -44),
    shape('M-11 0V-30C-11 -38 11 -38 11 -30V0Z', darker(door, 0.15)),
    circle({ x: 7, y: -14 }, 1.6, '#f4d35e'),
  ].join('');
};

/** Light that fades with its distance. */
function beam(side: 'left' | 'right', path: string, { night }: Palette): string {
  const id = `beam${side}`;
  const [from, to] = side === 'left' ? [1, 0] : [0, 1];
  return `<defs><linearGradient id="${id}" x1="${from}" x2="${to}"><stop offset="0" stop-color="#fff2b8" stop-opacity="${night ? 0.7 : 0.5}"/><stop offset="1" stop-color="#fff2b8" stop-opacity="0"/></linearGradient></defs>${shape(path, `url(#${id})`)}`;
}

/** On its rock, with a beam to either side. */
export const lighthouse: Figure = (palette, random) => {
  const band = lit(random.pick(['#d1493f', '#2f5d8a', '#c8553d']), palette);
  const white = lit('#fbf7ef', palette);
  const half = (y: number): number => 7 + ((y + 82) / 82) * 8;
  const bands = [-82, -52, -22].map((top) => {
    const foot = top + 15;
    return shape(`M${-half(top)} ${top}H${half(top)}L${half(foot)} ${foot}H${-half(foot)}Z`, band);
  });
  return [
    beam('left', 'M0 -89L-260 -128V-62Z', palette),
    beam('right', 'M0 -89L260 -124V-58Z', palette),
    shape(
      'M-58 14C-52 -2 -36 -4 -26 -10C-10 -16 14 -14 26 -8C40 -4 54 2 62 14Z',
      darker(palette.near, 0.1),
    ),
    shape('M-15 -2L-7 -82H7L15 -2Z', white),
    ...bands,
    shape('M3 -82H7L15 -2H7Z', '#101522', 0.14),
    rectangle({ x: -10, y: -85 }, 20, 3.4, '#2c3140'),
    rectangle({ x: -6, y: -94 }, 12, 9, '#ffe48a'),
    circle({ x: 0, y: -89.5 }, 12, '#fff2b8', 0.5),
    line('M-6 -94V-85M0 -94V-85M6 -94V-85', '#2c3140', 0.9),
    shape('M-8 -94C-6 -101 6 -101 8 -94Z', band),
    rectangle({ x: -2, y: -60 }, 4, 6, '#2c3140', 1, 2),
    rectangle({ x: -2.5, y: -34 }, 5, 7, '#2c3140', 1, 2),
    shape('M-4.5 -4V-13C-4.5 -18 4.5 -18 4.5 -13V-4Z', '#3a2c2a'),
  ].join('');
};

export const castle: Figure = (palette, random) => {
  const stone = lit('#b9b3ad', palette);
  const [roof = palette.near, flag = palette.light] = random.shuffled(palette.accents);
  const crown = (x: number, y: number, width: number): string =>
    shape(
      `M${x} ${y}V${y - 7}H${x + width / 5}V${y - 3}H${x + (2 * width) / 5}V${y - 7}H${x + (3 * width) / 5}V${y - 3}H${x + (4 * width) / 5}V${y - 7}H${x + width}V${y}Z`,
      stone,
    );
  const tower = (x: number, top: number, width: number): string =>
    [
      rectangle({ x, y: top }, width, -top, stone),
      rectangle({ x: x + width * 0.66, y: top }, width * 0.34, -top, darker(stone, 0.12)),
      line(`M${x + width / 2} ${top - 22}V${top - 34}`, '#4b4650', 1.4),
      shape(`M${x + width / 2} ${top - 34}l12 3.500l-12 3.500Z`, flag),
      shape(
        `M${x - 3} ${top}L${x + width / 2} ${top - 24}L${x + width + 3} ${top}Z`,
        darker(roof, 0.1),
      ),
      rectangle({ x: x + width / 2 - 2.5, y: top + 9 }, 5, 10, pane(palette), 1, 2.5),
    ].join('');
  return [
    ellipse(0, 0, 84, 4, '#00000026'),
    tower(-14, -66, 28),
    rectangle({ x: -52, y: -36 }, 104, 36, darker(stone, 0.06)),
    crown(-52, -36, 104),
    tower(-72, -54, 24),
    tower(48, -54, 24),
    shape('M-12 0V-18C-12 -30 12 -30 12 -18V0Z', '#4a3428'),
    line('M-6 0V-26M0 0V-27.500M6 0V-26', '#2d1f18', 1),
  ].join('');
};

export const tent: Figure = (palette, random) => {
  const cloth = lit(random.pick(palette.accents), palette);
  return [
    ellipse(0, 0, 92, 4, '#00000026'),
    shape('M-84 0L0 -92L84 0Z', cloth),
    shape('M0 -92L84 0H40Z', darker(cloth, 0.22)),
    shape('M-26 0L0 -70L26 0Z', palette.night ? '#ffd98a' : darker(cloth, 0.55)),
    shape('M0 -70L-26 0H-40Z', paler(cloth, 0.35)),
    line('M0 -92V-100M-84 0L-98 3M84 0L98 3', '#5b4334', 2),
  ].join('');
};

/** Towers of glass side by side, wider than they are high. */
export const skyline: Figure = (palette, random) => {
  const towers = [-128, -96, -66, -34, 0, 30, 62, 94].map((x, index) => {
    const height = [52, 74, 60, 96, 82, 100, 66, 48][index] ?? 60;
    const width = random.between(26, 34);
    const glass = darker(random.pick([palette.far, ...palette.accents]), palette.night ? 0.6 : 0.2);
    const rows = Math.floor((height - 10) / 8);
    const lights = Array.from({ length: rows * 3 }, (_, light) =>
      random.chance(0.62)
        ? `M${Math.round((x + 4 + (light % 3) * (width / 3.2)) * 10) / 10} ${-height + 6 + Math.floor(light / 3) * 8}h4.500v4h-4.500Z`
        : '',
    );
    return [
      rectangle({ x, y: -height }, width, height, glass),
      rectangle({ x: x + width * 0.8, y: -height }, width * 0.2, height, '#0b1020', 0.2),
      shape(`M0 0${lights.join('')}`, palette.night ? '#ffdf8c' : paler(palette.sky[2], 0.4), 0.8),
      height > 90 ? line(`M${x + width / 2} ${-height}v-12`, glass, 2) : '',
    ].join('');
  });
  return towers.join('');
};

export const windmill: Figure = (palette) => {
  const wall = lit('#f1e6d6', palette);
  const sail = (turn: number): string =>
    `<g transform="translate(0 -72) rotate(${turn})">${line('M0 0V-56', '#5b4334', 2.4)}${shape('M1 -12H14V-54H1Z', paler(palette.accents[0], 0.35))}${line('M1 -26H14M1 -40H14', '#5b4334', 1)}</g>`;
  return [
    ellipse(0, 0, 46, 4, '#00000026'),
    shape('M-28 0L-17 -70H17L28 0Z', wall),
    shape('M6 -70H17L28 0H12Z', darker(wall, 0.12)),
    shape('M-20 -69C-18 -88 18 -88 20 -69Z', darker(palette.accents[1], 0.2)),
    mirrored(rectangle({ x: 8, y: -46 }, 8, 10, pane(palette), 1, 2)),
    shape('M-8 0V-20C-8 -27 8 -27 8 -20V0Z', '#5b3d2c'),
    ...[22, 112, 202, 292].map(sail),
    circle({ x: 0, y: -72 }, 4, '#5b4334'),
  ].join('');
};
