import { isSnowy, paletteOf } from './light';
import type { Palette } from './palette';
import { randomFrom } from './random';

const drawn = (prompt: string): readonly Palette[] =>
  Array.from({ length: 40 }, (_, index) => paletteOf(prompt, randomFrom(`${index}`)));

describe('paletteOf', () => {
  it.each([
    ['a fox at night', true],
    ['Лиса НОЧЬЮ', true],
    ['a boat at dusk', false],
    ['a sunny day', false],
  ])('%s is in the dark: %s', (prompt, night) => {
    const palettes = drawn(prompt);
    expect(new Set(palettes.map((palette) => palette.night))).toEqual(new Set([night]));
    expect(new Set(palettes).size).toBeGreaterThan(1);
  });

  it('chooses the light at random if no word selects one', () => {
    expect(new Set(drawn('a boat').map(({ night }) => night)).size).toBe(2);
    expect(drawn('a boat')).toEqual(drawn('a boat'));
  });
});

describe('isSnowy', () => {
  it.each([
    ['a red fox in the snow', true],
    ['Лиса в снегу', true],
    ['a snowman', true],
    ['a snowboard', false],
    ['', false],
  ])('%j: %s', (prompt, expected) => {
    expect(isSnowy(prompt)).toBe(expected);
  });
});
