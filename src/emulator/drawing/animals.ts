import type { Figure } from './figure';
import { darker, ellipse, lit, mirrored, paler } from './figure';
import type { Palette } from './palette';
import { circle, line, shape } from './svg';

const INK = '#22202e';

const eye = (x: number, y: number, radius: number): string =>
  ellipse(x, y, radius, radius * 1.15, INK) +
  circle({ x: x + radius * 0.3, y: y - radius * 0.4 }, radius * 0.32, '#ffffff');

/** A body that sits, seen from the front, with its two forelegs. */
function sitting(coat: string, chest: string): string {
  return [
    shape('M-27 0C-33 -28 -22 -50 0 -54C22 -50 33 -28 27 0Z', coat),
    ellipse(-24, -7, 12, 8, darker(coat, 0.12)),
    ellipse(24, -7, 12, 8, darker(coat, 0.12)),
    shape('M-12 0C-16 -24 -12 -44 0 -50C12 -44 16 -24 12 0Z', chest),
    line('M0 -22V-3', darker(chest, 0.25), 1.2),
    ellipse(-8, -3.5, 8, 4.5, paler(coat, 0.2)),
    ellipse(8, -3.5, 8, 4.5, paler(coat, 0.2)),
  ].join('');
}

export const cat: Figure = (palette, random) => {
  const coat = lit(random.pick(['#e0913f', '#7d8697', '#4a4653', '#d9c3a0']), palette);
  const stripe = darker(coat, 0.3);
  const ear =
    shape('M6 -84L23 -100L26 -70Z', coat) +
    shape('M12 -84L21 -94L23 -76Z', lit('#e7a0a0', palette));
  const whiskers = line('M11 -60L36 -64M11 -57L36 -55', paler(coat, 0.6), 0.8);
  return [
    line('M24 -8C52 -2 54 -34 40 -46', coat, 9),
    line('M42.5 -43.500L40 -46', stripe, 9),
    sitting(coat, paler(coat, 0.5)),
    line('M-26 -30L-17 -27M-25 -21L-16 -19M26 -30L17 -27M25 -21L16 -19', stripe, 2.4),
    mirrored(ear),
    ellipse(0, -66, 27, 21, coat),
    line('M0 -86V-78M-7 -85L-5 -78M7 -85L5 -78', stripe, 2.4),
    ellipse(-6, -56.5, 8, 6.5, paler(coat, 0.5)),
    ellipse(6, -56.5, 8, 6.5, paler(coat, 0.5)),
    mirrored(ellipse(11, -68, 5.6, 6, '#cfe28a') + ellipse(11, -68, 2, 5, INK) + whiskers),
    shape('M-3.2 -62.500H3.200L0 -58.800Z', '#c9646e'),
    line('M0 -58.800C-1 -54 -6 -54 -7 -56.500M0 -58.800C1 -54 6 -54 7 -56.5', INK, 1.2),
  ].join('');
};

export const dog: Figure = (palette, random) => {
  const coat = lit(random.pick(['#b9793f', '#d8b07a', '#6b4a35', '#e6dccb']), palette);
  const ear = darker(coat, 0.32);
  return [
    line('M24 -12C40 -14 46 -28 44 -40', coat, 8),
    sitting(coat, paler(coat, 0.45)),
    shape('M-17 -50H17L14 -43H-14Z', palette.accents[0]),
    circle({ x: 0, y: -41 }, 4, '#f4c95d'),
    ellipse(0, -70, 25, 25, coat),
    mirrored(shape('M14 -92C30 -94 36 -74 31 -52C24 -50 18 -60 18 -74Z', ear)),
    ellipse(11, -73, 8.5, 10, darker(coat, 0.12)),
    ellipse(0, -58, 15, 12, paler(coat, 0.5)),
    eye(-11, -74, 4),
    eye(11, -74, 4),
    ellipse(0, -64, 6, 4.4, INK),
    line('M0 -60V-55C-2 -51 -8 -52 -9 -55M0 -55C2 -51 8 -52 9 -55', INK, 1.4),
    shape('M-4.5 -52.500H4.500V-47C4.5 -41 -4.5 -41 -4.5 -47Z', '#e5737d'),
  ].join('');
};

export const fox: Figure = (palette) => {
  const coat = lit('#d9622b', palette);
  const white = lit('#fdf3e6', palette);
  const ear = shape('M7 -84L27 -100L29 -68Z', coat) + shape('M15 -84L25 -94L26 -76Z', INK);
  return [
    shape('M20 -4C52 8 66 -26 46 -56C44 -36 34 -30 22 -22Z', coat),
    shape('M58.3 -28C60 -40 54 -50 46 -56C45.5 -46 43 -40 39 -36C46 -32 52 -30 58.3 -28Z', white),
    sitting(coat, white),
    mirrored(ellipse(8, -3.5, 8, 4.5, INK)),
    mirrored(ear),
    shape('M-30 -70C-24 -90 24 -90 30 -70C27 -58 10 -50 0 -45C-10 -50 -27 -58 -30 -70Z', coat),
    mirrored(shape('M0 -45C10 -50 27 -58 30 -70C18 -70 8 -66 0 -54Z', white)),
    mirrored(eye(11, -71, 3.4)),
    ellipse(0, -48, 4.4, 3.4, INK),
  ].join('');
};

export const rabbit: Figure = (palette, random) => {
  const coat = lit(random.pick(['#c9b8a6', '#f1ece4', '#8f8378']), palette);
  const ear =
    shape('M4 -68C2 -88 6 -100 13 -100C20 -100 19 -82 14 -66Z', coat) +
    shape('M8 -70C7 -86 9 -95 13 -95C16 -95 15 -82 12 -70Z', lit('#eaa9ad', palette));
  return [
    circle({ x: 27, y: -11 }, 9, paler(coat, 0.6)),
    sitting(coat, paler(coat, 0.5)),
    mirrored(ear),
    ellipse(0, -57, 21, 18, coat),
    mirrored(ellipse(5, -49.5, 7, 6, paler(coat, 0.55)) + eye(10, -60, 3.6)),
    shape('M-3 -54.500H3L0 -51.500Z', '#d9737d'),
    shape('M-2.6 -46.500H2.600V-41.500H-2.600Z', '#ffffff'),
  ].join('');
};

export const owl: Figure = (palette) => {
  const coat = lit('#8a6242', palette);
  const pale = lit('#ecd9b8', palette);
  const scales = [-44, -34, -24, -14].map((y, row) =>
    line(
      `M${row % 2 === 0 ? -14 : -9} ${y}q4.5 5 9 0q4.5 5 9 0${row % 2 === 0 ? 'q4.5 5 9 0' : ''}`,
      darker(pale, 0.35),
      1.6,
    ),
  );
  return [
    line('M-60 1C-20 -4 20 4 60 -2', darker(coat, 0.45), 6),
    shape(
      'M-30 -2C-40 -40 -34 -80 -24 -98C-14 -88 14 -88 24 -98C34 -80 40 -40 30 -2C16 8 -16 8 -30 -2Z',
      coat,
    ),
    shape('M-18 -2C-24 -28 -18 -50 0 -54C18 -50 24 -28 18 -2C10 4 -10 4 -18 -2Z', pale),
    ...scales,
    mirrored(shape('M24 -62C40 -50 42 -24 30 -4C24 -20 22 -40 24 -62Z', darker(coat, 0.25))),
    mirrored(
      circle({ x: 13, y: -70 }, 14.5, pale) +
        circle({ x: 12, y: -70 }, 9, '#f6b93b') +
        circle({ x: 12, y: -70 }, 5.5, INK) +
        circle({ x: 14, y: -72.5 }, 1.8, '#ffffff') +
        line('M6 3V-2M11 3V-2', '#e39b2e', 3.4),
    ),
    shape('M-4.5 -66H4.500L0 -54Z', '#e39b2e'),
  ].join('');
};

export const bird: Figure = (palette, random) => {
  const [coat = palette.light, wing = palette.far] = random.shuffled(palette.accents);
  return [
    line('M-4 0V-14M8 0V-14M-9 0H1M3 0H13', '#c98a2e', 2.6),
    shape('M-30 -34L-72 -22L-66 -38Z', darker(wing, 0.2)),
    shape(
      'M-40 -34C-24 -8 26 -4 40 -40C46 -58 52 -66 50 -76C46 -98 18 -98 14 -76C10 -54 -20 -52 -40 -34Z',
      coat,
    ),
    shape('M-8 -14C20 -8 36 -24 40 -44C30 -34 6 -34 -8 -14Z', paler(coat, 0.5)),
    shape('M14 -52C0 -54 -30 -44 -50 -24C-24 -16 12 -18 14 -52Z', wing),
    line('M8 -42C-6 -40 -22 -34 -34 -26M4 -34C-6 -32 -16 -28 -24 -24', darker(wing, 0.3), 1.6),
    shape('M49 -84L66 -76L49 -72Z', '#f0a52e'),
    eye(36, -80, 4),
  ].join('');
};

export const fish: Figure = (palette, random) => {
  const [coat = palette.light, stripe = palette.far] = random.shuffled(palette.accents);
  return [
    shape(
      'M-44 -50C-60 -64 -74 -84 -84 -82C-78 -62 -78 -38 -84 -18C-74 -16 -60 -36 -44 -50Z',
      darker(coat, 0.15),
    ),
    shape('M-16 -76C-4 -98 22 -102 34 -96C30 -86 30 -80 32 -74Z', darker(coat, 0.15)),
    shape('M-10 -22C-2 -6 14 -2 24 -4C20 -12 20 -18 22 -24Z', darker(coat, 0.15)),
    shape('M-52 -50C-30 -86 40 -92 72 -50C40 -8 -30 -14 -52 -50Z', coat),
    shape(
      'M-14 -73C-6 -58 -6 -42 -14 -27C-6 -25 2 -23.5 10 -23C18 -40 18 -60 10 -77C2 -76.5 -6 -75 -14 -73Z',
      paler(stripe, 0.55),
    ),
    shape('M34 -77C42 -60 42 -40 34 -23L40 -26C47 -40 47 -60 40 -74Z', paler(stripe, 0.55)),
    shape('M6 -46C-6 -52 -14 -46 -16 -38C-8 -32 2 -36 6 -46Z', darker(coat, 0.28)),
    circle({ x: 54, y: -56 }, 6.5, '#ffffff'),
    circle({ x: 55.5, y: -56 }, 3.8, INK),
    line('M70 -46C66 -43 62 -43 60 -44', darker(coat, 0.5), 1.6),
  ].join('');
};

export const whale: Figure = (palette: Palette) => {
  const coat = lit('#3f6f9c', palette);
  return [
    line('M28 -82C26 -96 16 -100 10 -94M28 -82C30 -96 40 -100 46 -94', lit('#d9f0fa', palette), 3),
    shape(
      'M-58 -34C-76 -36 -92 -48 -96 -66C-82 -66 -74 -60 -70 -52C-70 -62 -62 -72 -50 -74C-48 -58 -50 -46 -52 -38Z',
      coat,
    ),
    shape(
      'M-60 -40C-30 -40 -20 -74 28 -76C66 -76 84 -52 82 -28C80 -6 40 2 6 -2C-30 -6 -52 -20 -60 -40Z',
      coat,
    ),
    shape(
      'M82 -30C80 -6 40 2 6 -2C-10 -4 -22 -8 -32 -14C10 -4 44 -14 82 -30Z',
      lit('#dbe9f2', palette),
    ),
    shape('M14 -18C6 -10 2 0 6 8C18 4 28 -6 30 -16Z', darker(coat, 0.2)),
    line('M82 -34C72 -30 64 -30 58 -32', darker(coat, 0.4), 2),
    eye(60, -42, 3.6),
  ].join('');
};

export const butterfly: Figure = (palette, random) => {
  const [upper = palette.light, lower = palette.far, spot = palette.light] = random.shuffled(
    palette.accents,
  );
  const half = [
    shape('M2 8C20 30 44 36 46 16C46 2 20 -6 2 -2Z', lower),
    shape('M2 0C10 -40 50 -56 60 -40C68 -22 36 4 2 4Z', upper),
    shape('M14 -8C20 -30 44 -42 50 -34C54 -24 34 -8 14 -8Z', paler(spot, 0.45)),
    circle({ x: 30, y: 16 }, 6, paler(upper, 0.5)),
    line('M1 -16C4 -30 10 -38 18 -42', INK, 1.6),
  ];
  return mirrored(half.join('')) + ellipse(0, 2, 3.6, 20, INK) + circle({ x: 0, y: -18 }, 5, INK);
};
