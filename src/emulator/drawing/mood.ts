import { balloons, blossoms, lanterns, nightSky, printBorder, snow } from './additions';
import type { Random } from './random';
import { randomFrom } from './random';
import type { Scene } from './scene';

/** How an edit without a mask changes a picture: other light, and added objects. */
export interface Mood {
  /** Any of these words in the prompt selects it. */
  readonly words: readonly string[];
  /** Factors; 1 leaves the picture unchanged. */
  readonly saturation: number;
  readonly brightness: number;
  /** A veil of colour from top to bottom, and how it is blended over the picture. */
  readonly veil: readonly [top: string, bottom: string];
  readonly opacity: number;
  readonly blend: 'multiply' | 'soft-light' | 'screen' | 'over';
  readonly additions: Scene;
}

const MOODS: readonly [Mood, ...Mood[]] = [
  {
    words: ['night', 'midnight', 'moon', 'moonlight', 'stars', 'starry', 'dark'],
    saturation: 0.75,
    brightness: 0.8,
    veil: ['#2b3f86', '#36427c'],
    opacity: 0.92,
    blend: 'multiply',
    additions: nightSky,
  },
  {
    words: ['snow', 'snowy', 'winter', 'ice', 'frozen', 'frost', 'cold', 'christmas'],
    saturation: 0.45,
    brightness: 1.05,
    veil: ['#c9dcf0', '#eef5fb'],
    opacity: 0.42,
    blend: 'over',
    additions: snow,
  },
  {
    words: ['sunset', 'dusk', 'evening', 'lantern', 'lanterns', 'autumn', 'warm', 'golden', 'fire'],
    saturation: 1.1,
    brightness: 0.86,
    veil: ['#7a3b6e', '#f0863a'],
    opacity: 0.5,
    blend: 'over',
    additions: lanterns,
  },
  {
    words: ['spring', 'flower', 'flowers', 'blossom', 'blossoms', 'pink', 'garden', 'romantic'],
    saturation: 1.05,
    brightness: 1.06,
    veil: ['#f6c6d6', '#fdeee6'],
    opacity: 0.34,
    blend: 'over',
    additions: blossoms,
  },
  {
    words: ['old', 'vintage', 'sepia', 'retro', 'antique', 'monochrome', 'photograph'],
    saturation: 0.1,
    brightness: 1.07,
    veil: ['#f0cd94', '#c99a5e'],
    opacity: 0.75,
    blend: 'multiply',
    additions: printBorder,
  },
  {
    words: ['balloon', 'balloons', 'party', 'festival', 'happy', 'summer', 'sky', 'colourful'],
    saturation: 1.3,
    brightness: 1.04,
    veil: ['#4fb3e8', '#ffd77a'],
    opacity: 0.3,
    blend: 'over',
    additions: balloons,
  },
];

/** The mood that the prompt's words ask for; otherwise one that depends on the prompt. */
export function moodOf(prompt: string): Mood {
  const words = new Set(prompt.toLowerCase().split(/[^\p{L}]+/u));
  const random: Random = randomFrom(`mood ${prompt}`);
  return MOODS.find((mood) => mood.words.some((word) => words.has(word))) ?? random.pick(MOODS);
}
