import fc from 'fast-check';

import { drawableText, textPaths, textWidth, wrapText } from './stroke-font';

const isDrawn = (character: string): boolean => textPaths(character, 0, 0, 1).includes('<path');

const RUSSIAN = 'абвгдеёжзийклмнопрстуфхцчшщъыьэюя';
const GREEK = 'αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ';

describe('the stroke font', () => {
  it('draws printable ASCII and Latin-1', () => {
    const codes = [...Array(0x100).keys()].filter(
      (code) => (code > 0x20 && code < 0x7f) || (code > 0xa0 && code !== 0xad),
    );
    const missing = codes.map((code) => String.fromCharCode(code)).filter((sign) => !isDrawn(sign));
    expect(missing).toEqual([]);
  });

  it.each([
    ['Western Europe', 'éàçùïœŸßøåñðþæ'],
    ['Central Europe', 'łčěřžśźęąőűňťďľ'],
    ['the north and the south-east', 'ħğışțșāēīūģķļņđ'],
    ['Vietnam', 'ếợữẵộ'],
    ['Russian', RUSSIAN],
    ['Ukrainian and Belarusian', 'ґєіїў'],
    ['Serbian and Macedonian', 'ђјљњћџѓќѕ'],
    ['Greek', GREEK],
    ['quotation and dashes', '„“”‚‘’«»…–—‐№'],
  ])('draws the letters of %s, small and capital', (_name, letters) => {
    const all = Array.from(
      new Intl.Segmenter().segment(letters + letters.toUpperCase()),
      ({ segment }) => segment,
    );
    expect(all.filter((letter) => !isDrawn(letter))).toEqual([]);
    expect(drawableText(all.join(''))).toBe(all.join(''));
  });

  it('draws different glyphs for letters that differ in any font', () => {
    for (const letters of [RUSSIAN, GREEK]) {
      const drawn = Array.from(letters, (letter) => textPaths(letter, 0, 0, 1));
      expect(new Set(drawn).size).toBe(letters.length);
    }
  });

  it('sets the accent on the letter, and takes the dot off the i', () => {
    expect(textPaths('é', 0, 0, 1).match(/<path/gu)).toHaveLength(2);
    expect(textPaths('ï', 0, 0, 1)).not.toContain(textPaths('i', 0, 0, 1));
    expect(textPaths('e\u0301', 0, 0, 1)).toBe(textPaths('é', 0, 0, 1));
    expect(textPaths('ї', 0, 0, 1)).toBe(textPaths('ï', 0, 0, 1));
    expect(textPaths('й', 0, 0, 1).match(/<path/gu)).toHaveLength(2);
  });

  it.each(['日', '🦊', '👨‍👩‍👧', '🇫🇷', 'ع', '\u0000'])('draws nothing for %j', (character) => {
    expect(isDrawn(character)).toBe(false);
    expect(textWidth(character)).toBe(0);
  });

  it('never puts the text itself into the SVG', () => {
    expect(textPaths('<b>&"</b>', 0, 0, 1)).not.toMatch(/<b>|&/u);
  });
});

describe('drawableText', () => {
  it.each([
    ['a red fox', 'a red fox'],
    ['a fox 🦊 in the snow ❄️', 'a fox in the snow'],
    ['a poster that says 東京 2026', 'a poster that says … 2026'],
    ['東京 の 夜', '…'],
    ['🚀', ''],
    ['شمس', '…'],
    ['рыжая лиса', 'рыжая лиса'],
    ['μια βάρκα', 'μια βάρκα'],
    ['é'.normalize('NFD'), 'é'.normalize('NFD')],
    ['  a\nb ', 'a b'],
  ])('%j is %j', (text, expected) => {
    expect(drawableText(text)).toBe(expected);
  });
});

describe('wrapText', () => {
  const text = 'The quick brown fox jumps over the lazy dog';

  it('keeps a short text on one line', () => {
    expect(wrapText('A  fox\n', 1000, 3)).toEqual(['A fox']);
  });

  it('ends text that does not fit with an ellipsis', () => {
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

  it('keeps the whole text if it fits', () => {
    fc.assert(
      fc.property(fc.lorem({ maxCount: 30 }), (prompt) => {
        expect(wrapText(prompt, 200, 100).join(' ')).toBe(prompt.split(/\s+/u).join(' '));
      }),
    );
  });
});
