import { GLYPHS, MARKS_ABOVE, MARKS_BELOW } from './glyphs';
import { LOOKALIKES } from './other-alphabets';

/**
 * Text drawn as strokes: Latin, Cyrillic and Greek. A slim container has no fonts, and an SVG
 * `<text>` would be rendered empty, so the caption's letters are drawn as lines.
 */

/** Baseline to baseline, in font units; a capital is 14 units high. */
export const LINE_HEIGHT = 25;
export const CAPITAL_HEIGHT = 14;

const LETTER_GAP = 3.5;
const SPACE_WIDTH = 2.4;
const BASELINE = 14;
const SMALL_LETTER_TOP = 4;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

interface DrawnCharacter {
  readonly width: number;
  readonly path: string;
  /** Extra strokes with their own offset, the accents. */
  readonly marks: readonly { readonly path: string; readonly x: number; readonly y: number }[];
}

const NOTHING: DrawnCharacter = { width: 0, path: '', marks: [] };

const drawn = new Map<string, DrawnCharacter>();

/**
 * The text without what the font lacks: an ellipsis stands for words of another script, emoji are
 * dropped. White space is collapsed.
 */
export function drawableText(text: string): string {
  const pieces = split(text).map((grapheme) => {
    if (/^\s+$/u.test(grapheme)) {
      return ' ';
    }
    const isLacking = characterOf(grapheme).path === '';
    return isLacking ? (/\p{L}/u.test(grapheme) ? '…' : '') : grapheme;
  });
  return pieces
    .join('')
    .replace(/…(?:\s*…)+/gu, '…')
    .replace(/ {2,}/gu, ' ')
    .trim();
}

/** The width of a text on one line, in font units, without the stroke's own thickness. */
export function textWidth(text: string): number {
  const widths = split(text)
    .filter((grapheme) => characterOf(grapheme) !== NOTHING)
    .map((grapheme) => characterOf(grapheme).width);
  return (
    widths.reduce((sum, width) => sum + width, 0) + Math.max(0, widths.length - 1) * LETTER_GAP
  );
}

/**
 * One line of text as SVG paths, to be put into a stroked group.
 * @param x left edge @param y top of the capitals @param scale pixels per font unit
 */
export function textPaths(text: string, x: number, y: number, scale: number): string {
  let pen = 0;
  const paths: string[] = [];
  for (const grapheme of split(text)) {
    const character = characterOf(grapheme);
    if (character === NOTHING) {
      continue;
    }
    paths.push(placed(character.path, pen, 0));
    for (const mark of character.marks) {
      paths.push(placed(mark.path, pen + mark.x, mark.y));
    }
    pen += character.width + LETTER_GAP;
  }
  return `<g transform="translate(${round(x)} ${round(y)}) scale(${round(scale)})">${paths.join('')}</g>`;
}

/**
 * Breaks a text into lines no wider than `width` font units; a text that is too long ends in an
 * ellipsis.
 */
export function wrapText(text: string, width: number, maxLines: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of wordsOf(text, width)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (textWidth(longer) <= width) {
      line = longer;
      continue;
    }
    if (lines.length === maxLines - 1) {
      return [...lines, withEllipsis(longer, width)];
    }
    lines.push(line);
    line = word;
  }
  return line === '' ? lines : [...lines, line];
}

function wordsOf(text: string, width: number): readonly string[] {
  const words = text.split(/\s+/u).filter((word) => word !== '');
  return words.flatMap((word) => (textWidth(word) <= width ? [word] : piecesOf(word, width)));
}

/**
 * A word longer than a line (a URL, or Chinese, which has no spaces) is split at the end of the
 * line.
 */
function piecesOf(word: string, width: number): readonly string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const grapheme of split(word)) {
    if (piece !== '' && textWidth(piece + grapheme) > width) {
      pieces.push(piece);
      piece = '';
    }
    piece += grapheme;
  }
  return [...pieces, piece];
}

function withEllipsis(text: string, width: number): string {
  const letters = [...split(text)];
  while (letters.length > 0 && textWidth(`${letters.join('')}…`) > width) {
    letters.pop();
  }
  return `${letters.join('').trimEnd()}…`;
}

function split(text: string): readonly string[] {
  return Array.from(graphemes.segment(text), ({ segment }) => segment);
}

function characterOf(grapheme: string): DrawnCharacter {
  const known = drawn.get(grapheme);
  if (known !== undefined) {
    return known;
  }
  const character = compose(grapheme);
  // Limited to what a script can contain; a hostile prompt must not make it grow for ever.
  if (drawn.size < 2000) {
    drawn.set(grapheme, character);
  }
  return character;
}

function compose(grapheme: string): DrawnCharacter {
  if (/^\s+$/u.test(grapheme)) {
    return { width: SPACE_WIDTH, path: '', marks: [] };
  }
  const whole = GLYPHS.get(grapheme);
  if (whole !== undefined) {
    return { ...whole, marks: [] };
  }
  const [first = '', ...marks] = Array.from(grapheme.normalize('NFKD'));
  const letter = LOOKALIKES.get(first) ?? first;
  const above = marks.filter((mark) => MARKS_ABOVE.has(mark));
  const base = above.length > 0 ? dotless(letter) : letter;
  const glyph = GLYPHS.get(base);
  if (glyph === undefined) {
    return NOTHING;
  }
  const top = topOf(base);
  return {
    width: glyph.width,
    path: glyph.path,
    marks: marks.flatMap((mark) => {
      const x = glyph.width / 2;
      const hat = MARKS_ABOVE.get(mark);
      const hook = MARKS_BELOW.get(mark);
      return [
        ...(hat === undefined ? [] : [{ path: hat, x, y: top - 3.4 * above.indexOf(mark) }]),
        ...(hook === undefined ? [] : [{ path: hook, x, y: BASELINE }]),
      ];
    }),
  };
}

function dotless(letter: string): string {
  return letter === 'i' ? 'ı' : letter === 'j' ? 'ȷ' : letter;
}

function topOf(letter: string): number {
  return /[acegımnopqrsuvwxyzȷæœøгиктαεηιουω]/u.test(letter) ? SMALL_LETTER_TOP : 0;
}

function placed(path: string, x: number, y: number): string {
  return path === '' ? '' : `<path transform="translate(${round(x)} ${round(y)})" d="${path}"/>`;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
