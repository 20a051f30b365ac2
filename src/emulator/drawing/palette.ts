/** The colours of one picture, as `#rrggbb`. */
export interface Palette {
  /** From the zenith down to the horizon. */
  readonly sky: readonly [string, string, string];
  /** Sun or moon. */
  readonly light: string;
  /** The farthest ridge, almost swallowed by the air, and the nearest one. */
  readonly far: string;
  readonly near: string;
  /** For sails, tiles, leaves and planets. */
  readonly accents: readonly [string, string, string, string, string];
  readonly paper: string;
  readonly night: boolean;
}

function palette(
  sky: string,
  light: string,
  far: string,
  near: string,
  accents: string,
  paper: string,
  night = false,
): Palette {
  const [zenith = '', middle = '', horizon = ''] = sky.split(' ');
  const [a = '', b = '', c = '', d = '', e = ''] = accents.split(' ');
  return {
    sky: [zenith, middle, horizon],
    light,
    far,
    near,
    accents: [a, b, c, d, e],
    paper,
    night,
  };
}

export const PALETTES: readonly [Palette, ...Palette[]] = [
  // Dawn, noon, gold, dusk.
  palette(
    '#34467e #b7698a #fbc4a0',
    '#fff1d6',
    '#a8748f',
    '#2a1d3c',
    '#f67280 #c06c84 #6c5b7b #355c7d #f8b195',
    '#fdf1e7',
  ),
  palette(
    '#3a86c8 #8ccbea #eaf6f1',
    '#fffbe6',
    '#9cc5cf',
    '#1c4a48',
    '#2a9d8f #e9c46a #f4a261 #e76f51 #264653',
    '#fbf7ea',
  ),
  palette(
    '#577399 #f0a868 #ffe2a8',
    '#fff8dc',
    '#d9a06e',
    '#3a2532',
    '#ee964b #f95738 #0d3b66 #83a598 #f4d35e',
    '#fdf6e3',
  ),
  palette(
    '#1f1650 #85306f #ff9473',
    '#ffdcb5',
    '#8d4c7c',
    '#180c2e',
    '#ff8e72 #ed6a5a #7b2d68 #36827f #f4d58d',
    '#f8efe4',
  ),
  // Night: blue, and the green of northern lights.
  palette(
    '#060a22 #16285c #4674ab',
    '#f7f4e0',
    '#33588c',
    '#050817',
    '#8ecae6 #219ebc #ffb703 #fb8500 #e0fbfc',
    '#eef4f8',
    true,
  ),
  palette(
    '#03141d #0c4350 #54bfae',
    '#ecfff6',
    '#247678',
    '#03131a',
    '#80ed99 #57cc99 #38a3a5 #22577a #f2cc8f',
    '#eef6f1',
    true,
  ),
  // Mist, spring, rose, desert, autumn, ice.
  palette(
    '#8da3ae #c5d5d9 #f2f3ec',
    '#ffffff',
    '#b4c4c6',
    '#31474d',
    '#6b9080 #a4c3b2 #f6bd60 #84a59d #f28482',
    '#f6f5ef',
  ),
  palette(
    '#78b4e4 #c0e4ee #fdf4dd',
    '#fffdf0',
    '#b0d2b6',
    '#2b5a3a',
    '#90be6d #43aa8b #f9c74f #f8961e #577590',
    '#fcf9ec',
  ),
  palette(
    '#6a6ca8 #dba8c2 #fee6dd',
    '#fff8f1',
    '#c7a2c0',
    '#433052',
    '#b56576 #e56b6f #eaac8b #6d597a #355070',
    '#fcf0ec',
  ),
  palette(
    '#3c7fa8 #b3d3cc #fde5bf',
    '#fff5de',
    '#e0b58d',
    '#74381f',
    '#bc6c25 #dda15e #606c38 #99582a #457b9d',
    '#fbf3e2',
  ),
  palette(
    '#6b7a8f #e3b78a #fdeccb',
    '#fffaf0',
    '#c98f5f',
    '#4a2318',
    '#d1495b #edae49 #66a182 #00798c #8d5b4c',
    '#fbf4e6',
  ),
  palette(
    '#4d7ea8 #a9cbe0 #f4fafc',
    '#ffffff',
    '#a5bfd3',
    '#1f3a55',
    '#62b6cb #1b4965 #bee9e8 #5fa8d3 #ffb5a7',
    '#f3f9fc',
  ),
];

/** A colour between two others: 0 is the first, 1 the second. */
export function mix(from: string, to: string, share: number): string {
  const a = channels(from);
  const b = channels(to);
  const mixed = a.map((value, index) => Math.round(value + ((b[index] ?? value) - value) * share));
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

function channels(colour: string): readonly number[] {
  return [1, 3, 5].map((start) => Number.parseInt(colour.slice(start, start + 2), 16));
}
