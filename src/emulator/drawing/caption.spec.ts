import { caption } from './caption';
import { PALETTES } from './palette';

const CANVAS = { width: 1024, height: 1024 };

const rowsOf = (prompt: string): number => {
  const { drawing } = caption(CANVAS, PALETTES[0], prompt, ['gemini-3-pro-image']);
  return (drawing.match(/<g stroke-width/gu) ?? []).length;
};

describe('caption', () => {
  it.each([
    ['a red fox', 2],
    ['рыжая лиса', 2],
    ['μια κόκκινη αλεπού', 2],
    ['une affiche 東京', 2],
    // Nothing of these can be drawn, so the facts stand alone.
    ['東京の夜', 1],
    ['🚀', 1],
  ])('gives %s %i rows', (prompt, rows) => {
    expect(rowsOf(prompt)).toBe(rows);
  });
});
