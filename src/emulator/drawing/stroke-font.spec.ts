import fc from 'fast-check';

import { UNKNOWN_GLYPH } from './glyphs';
import { textPaths, textWidth, wrapText } from './stroke-font';

const isBox = (character: string): boolean =>
  textPaths(character, 0, 0, 1).includes(UNKNOWN_GLYPH.path);

describe('the stroke font', () => {
  it('draws printable ASCII, and Latin-1 but for three signs nobody types', () => {
    const codes = [...Array(0x100).keys()].filter(
      (code) => (code > 0x20 && code < 0x7f) || (code > 0xa0 && code !== 0xad),
    );
    const boxes = codes.map((code) => String.fromCharCode(code)).filter(isBox);
    expect(boxes).toEqual(['¤', '¯', '¸']);
  });

  it.each(['é', 'à', 'ç', 'ù', 'ï', 'œ', 'Ÿ', 'ß', 'ø', 'ł', 'ế'])('draws %s', (letter) => {
    expect(isBox(letter)).toBe(false);
  });

  it('sets the accent on the letter, and takes the dot off the i', () => {
    expect(textPaths('é', 0, 0, 1).match(/<path/gu)).toHaveLength(2);
    expect(textPaths('ï', 0, 0, 1)).not.toContain(textPaths('i', 0, 0, 1));
    expect(textPaths('e\u0301', 0, 0, 1)).toBe(textPaths('é', 0, 0, 1));
  });

  it.each(['日', '🦊', '👨‍👩‍👧', '🇫🇷', 'ع'])('draws %s as one box', (character) => {
    expect(isBox(character)).toBe(true);
    expect(textWidth(character)).toBe(UNKNOWN_GLYPH.width);
  });

  it('never puts the text itself into the SVG', () => {
    expect(textPaths('<b>&"</b>', 0, 0, 1)).not.toMatch(/<b>|&/u);
  });
});

describe('wrapText', () => {
  const text = 'The quick brown fox jumps over the lazy dog';

  it('keeps a short text on one line', () => {
    expect(wrapText('A  fox\n', 1000, 3)).toEqual(['A fox']);
  });

  it('ends what does not fit with an ellipsis', () => {
    const lines = wrapText(text, 120, 2);
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(/…$/u);
  });

  it('fits any text into the lines it is given', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 120 }),
        fc.integer({ min: 30, max: 400 }),
        fc.integer({ min: 1, max: 6 }),
        (prompt, width, most) => {
          const lines = wrapText(prompt, width, most);
          expect(lines.length).toBeLessThanOrEqual(most);
          for (const line of lines) {
            expect(textWidth(line)).toBeLessThanOrEqual(width);
          }
        },
      ),
    );
  });

  it('loses nothing when there is room', () => {
    fc.assert(
      fc.property(fc.lorem({ maxCount: 30 }), (prompt) => {
        expect(wrapText(prompt, 200, 100).join(' ')).toBe(prompt.split(/\s+/u).join(' '));
      }),
    );
  });
});
