import { figuresIn } from './figure-words';
import { PALETTES } from './palette';
import { randomFrom } from './random';

const namesIn = (prompt: string): string =>
  figuresIn(prompt)
    .map(({ name }) => name)
    .join(' ');

describe('figuresIn', () => {
  it.each([
    ['A minimalist rocket icon, flat design', 'rocket'],
    ['a boat', 'boat'],
    ['three sailboats at sea', 'boat'],
    ['A CAT and a dog', 'cat dog'],
    ['a dog that chases a cat', 'dog cat'],
    ['a red fox in the snow', 'fox'],
    ['A fox under a maple tree', 'fox tree'],
    ['A house by the mountains under a full moon', 'house mountain moon'],
    ['flowers, a fish, a car', 'flower fish car'],
    ['A lighthouse at dusk, waves against the rocks', 'lighthouse'],
    ['A single red maple leaf', 'leaf'],
    ['A paper crane on a wooden table', 'crane'],
    ['sunrise', 'sun'],
    ['un phare et un bateau', 'lighthouse boat'],
    ['ein Haus am Baum', 'house tree'],
    ['un gato y un perro', 'cat dog'],
    ['кот и ракета', 'cat rocket'],
    ['μια γάτα', 'cat'],
    // One of each, and no more than three.
    ['cats, more cats, a cat', 'cat'],
    ['a cat, a dog, a fox, a car', 'cat dog fox'],
    // Whole words only.
    ['a catalogue of doghouses', ''],
    ['test', ''],
    ['', ''],
  ])('finds in %j: %s', (prompt, names) => {
    expect(namesIn(prompt)).toBe(names);
  });

  it('draws each the same for the same numbers, with no number that is none', () => {
    const words =
      'cat dog fox rabbit owl bird fish whale butterfly rocket boat car bicycle plane balloon house lighthouse castle tent skyline windmill tree fir flower mushroom cactus apple leaf robot snowman cup heart star sun moon mountain crane';
    for (const word of words.split(' ')) {
      const [figure] = figuresIn(word);
      expect(figure?.name).toBe(word);
      const drawn = figure?.draw(PALETTES[0], randomFrom('x')) ?? '';
      expect(drawn).toBe(figure?.draw(PALETTES[0], randomFrom('x')));
      expect(drawn).not.toMatch(/NaN|undefined|Infinity/u);
      expect(drawn.length).toBeGreaterThan(100);
    }
  });
});
