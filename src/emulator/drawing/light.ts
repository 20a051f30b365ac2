import { PALETTES } from './palette';
import type { Palette } from './palette';
import type { Random } from './random';

/** Words for a light, and whether a palette has it. */
const LIGHTS: readonly (readonly [
  words: ReadonlySet<string>,
  has: (palette: Palette) => boolean,
])[] = [
  [
    wordSet(
      'night midnight moon moonlight star stars starry nuit nacht noche notte ночь ночью луна νύχτα φεγγάρι',
    ),
    ({ night }) => night,
  ],
  [
    wordSet(
      'sunset dusk dawn sunrise twilight evening lantern crépuscule dämmerung закат рассвет ηλιοβασίλεμα',
    ),
    (palette) => !palette.night && isWarm(palette.sky[2]),
  ],
  [wordSet('day noon morning sun sunny summer spring солнце ήλιος soleil'), ({ night }) => !night],
];

/** A random palette among those that the prompt's words ask for. */
export function paletteOf(prompt: string, random: Random): Palette {
  const words = prompt
    .slice(0, 2000)
    .toLowerCase()
    .split(/[^\p{L}]+/u);
  const light = LIGHTS.find(([named]) => words.some((word) => named.has(word)));
  const [first, ...others] = PALETTES.filter((palette) => light?.[1](palette) ?? true);
  return first === undefined ? random.pick(PALETTES) : random.pick([first, ...others]);
}

const SNOW = wordSet(
  'snow snowy snowing winter christmas snowman neige hiver schnee nieve neve снег снегу зима снеговик χιόνι χειμώνας',
);

export function isSnowy(prompt: string): boolean {
  return wordsOf(prompt).some((word) => SNOW.has(word));
}

function wordsOf(prompt: string): readonly string[] {
  return prompt
    .slice(0, 2000)
    .toLowerCase()
    .split(/[^\p{L}]+/u);
}

function wordSet(words: string): ReadonlySet<string> {
  return new Set(words.split(' '));
}

/** Far more red than blue, as the sky is when the sun is low. */
function isWarm(colour: string): boolean {
  const red = Number.parseInt(colour.slice(1, 3), 16);
  const blue = Number.parseInt(colour.slice(5, 7), 16);
  return red - blue > 60;
}
