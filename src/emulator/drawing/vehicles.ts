import type { Figure } from './figure';
import { darker, ellipse, lit, mirrored, paler } from './figure';
import { circle, line, rectangle, shape } from './svg';

export const rocket: Figure = (palette, random) => {
  const [fin, trim] = random.shuffled(palette.accents);
  const red = lit(fin ?? '#e2543f', palette);
  return [
    shape('M-9 -18C-20 0 -8 20 0 36C8 20 20 0 9 -18Z', '#ff9d3c', 0.95),
    shape('M-5 -18C-12 -4 -5 8 0 18C5 8 12 -4 5 -18Z', '#ffe9a3'),
    mirrored(shape('M12 -50C28 -40 32 -22 30 -6L12 -18Z', red)),
    shape('M-10 -20H10L7 -12H-7Z', '#4c5265'),
    shape('M0 -100C20 -84 24 -48 14 -18H-14C-24 -48 -20 -84 0 -100Z', '#f4f1ea'),
    shape('M0 -100C20 -84 24 -48 14 -18H6C14 -48 12 -84 0 -100Z', '#c6c9d4'),
    shape('M0 -100C9 -93 15 -83 18 -73H-18C-15 -83 -9 -93 0 -100Z', red),
    circle({ x: 0, y: -57 }, 10, darker(trim ?? '#35507d', 0.35)),
    circle({ x: 0, y: -57 }, 7.5, '#9ed6f2'),
    line('M-4 -59C-3 -62 0 -63 2 -63', '#ffffff', 1.6),
    rectangle({ x: -17.5, y: -32 }, 35, 4.5, red),
  ].join('');
};

/** Its foot is the waterline. */
export const boat: Figure = (palette, random) => {
  const [hull, sail] = random.shuffled(palette.accents);
  const wood = darker(hull ?? palette.near, 0.15);
  const cloth = paler(sail ?? palette.light, 0.15);
  return [
    line('M2 -14V-100', '#5b4334', 2.4),
    shape('M5 -96C34 -70 44 -44 44 -22H5Z', cloth),
    shape('M5 -44C20 -43 32 -42 41.5 -41C43 -34 44 -28 44 -22H5Z', paler(cloth, 0.45)),
    shape('M-1 -88V-22H-40C-36 -46 -20 -72 -1 -88Z', paler(cloth, 0.72)),
    shape('M2 -100L18 -95L2 -90Z', wood),
    shape('M-52 -14H58C52 0 42 9 28 10H-30C-42 8 -49 -2 -52 -14Z', wood),
    shape('M-52 -14H58L55.5 -8.5H-50Z', paler(wood, 0.75)),
  ].join('');
};

export const car: Figure = (palette, random) => {
  const paint = lit(random.pick(palette.accents), palette);
  const glass = palette.night ? '#ffe6a1' : '#bfe3f2';
  const wheel = (x: number): string =>
    circle({ x, y: -18 }, 18, '#23232c') +
    circle({ x, y: -18 }, 9.5, '#c9ccd6') +
    circle({ x, y: -18 }, 3.4, '#6d7180');
  return [
    ellipse(0, 1, 104, 4, '#0000002e'),
    shape(
      'M-98 -20C-100 -46 -90 -54 -62 -58C-46 -84 -32 -92 0 -92C32 -92 46 -80 60 -58C86 -54 98 -46 98 -20Z',
      paint,
    ),
    shape('M-50 -58C-40 -78 -30 -84 -6 -84V-58Z', glass),
    shape('M4 -84C28 -84 38 -76 48 -58H4Z', glass),
    shape('M-98 -26H98L98 -20H-98Z', darker(paint, 0.3)),
    line('M-1 -56V-24', darker(paint, 0.25), 1.6),
    rectangle({ x: 7, y: -50 }, 12, 3, darker(paint, 0.35), 1, 1.5),
    shape('M90 -46C97 -44 98 -38 97 -34H88Z', '#fff3c4'),
    shape('M-96 -46H-88V-36H-98Z', '#e5484d'),
    wheel(-56),
    wheel(56),
  ].join('');
};

export const bicycle: Figure = (palette, random) => {
  const paint = lit(random.pick(palette.accents), palette);
  const wheel = (x: number): string =>
    `<circle cx="${x}" cy="-30" r="28" fill="none" stroke="#2a2a34" stroke-width="4"/>` +
    line(
      `M${x} -58V-2M${x - 28} -30H${x + 28}M${x - 20} -50L${x + 20} -10M${x - 20} -10L${x + 20} -50`,
      '#9a9eab',
      0.9,
    );
  return [
    ellipse(0, 0, 84, 3, '#00000026'),
    wheel(-48),
    wheel(48),
    line('M-48 -30L-20 -74H34L0 -30H-48M-26 -84L0 -30M30 -88L48 -30', paint, 5),
    line('M-38 -86H-14', '#2a2a34', 6),
    line('M30 -88L26 -98H44', '#2a2a34', 4.4),
    circle({ x: 0, y: -30 }, 7, '#4c5265'),
    line('M0 -30L8 -12M3 -12H14', '#2a2a34', 3),
  ].join('');
};

/** In the sky, with its centre at the origin. */
export const plane: Figure = (palette, random) => {
  const paint = random.pick(palette.accents);
  return [
    shape('M-58 -6L-80 -38H-64L-38 -8Z', paint),
    shape('M-70 0C-50 -16 40 -18 66 -8C82 -2 82 8 66 11C30 16 -50 14 -70 0Z', '#f5f3ee'),
    shape('M-70 0C-50 14 30 16 66 11C76 9 80 6 79 3C40 8 -40 8 -70 0Z', '#cfd2da'),
    shape('M10 2L-22 46H-4L36 4Z', paint),
    shape('M10 -11L-6 -36H6L30 -12Z', darker(paint, 0.2)),
    shape('M58 -10C66 -8 72 -5 75 -2H58Z', '#8ecae6'),
    ...[-34, -20, -6, 8, 22, 36].map((x) => circle({ x, y: -4 }, 3, '#6fa8c9')),
  ].join('');
};

export const balloon: Figure = (palette, random) => {
  const [first = palette.light, second = palette.far] = random.shuffled(palette.accents);
  const gores = [40, 28, 15, 4].map((half, index) =>
    shape(
      `M0 -100C${half * 1.25} -100 ${half * 1.25} -54 ${half * 0.3} -26H${-half * 0.3}C${-half * 1.25} -54 ${-half * 1.25} -100 0 -100Z`,
      index % 2 === 0 ? first : paler(second, 0.3),
    ),
  );
  return [
    line('M-10 -27L-7 -10M10 -27L7 -10', '#4b3a33', 1.2),
    ...gores,
    shape('M-16 -92C-28 -82 -30 -66 -24 -54C-26 -70 -24 -82 -16 -92Z', '#ffffff', 0.35),
    rectangle({ x: -8.5, y: -11 }, 17, 12, '#8a5a34', 1, 2),
    line('M-8 -7H8', '#5f3d22', 1.4),
  ].join('');
};
