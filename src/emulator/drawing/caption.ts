import type { Palette } from './palette';
import type { Canvas } from './scene';
import {
  CAPITAL_HEIGHT,
  drawableText,
  LINE_HEIGHT,
  textPaths,
  textWidth,
  wrapText,
} from './stroke-font';
import { rectangle } from './svg';

/**
 * The size of the small line relative to the prompt above it; its pen is broader, or it would look
 * faded.
 */
const SMALL = 0.74;
const PEN = 1.75;
const SMALL_PEN = 2.05;

/**
 * No panel has room for more, and measuring the 32,000 characters of a prompt would take seconds.
 */
const MAX_SHOWN = 600;

interface Row {
  readonly text: string;
  readonly size: number;
  readonly pen: number;
  readonly opacity: number;
}

/** A drawn panel, and how far down the canvas it begins. */
interface Caption {
  readonly drawing: string;
  readonly top: number;
}

/**
 * The panel at the lower left with the prompt and, below it, the facts (model, ratio, size). The
 * font size follows the picture's area but never outgrows a narrow picture's width.
 */
export function caption(
  canvas: Canvas,
  palette: Palette,
  prompt: string,
  facts: readonly string[],
): Caption {
  const capitals = Math.min(0.0205 * Math.sqrt(canvas.width * canvas.height), 0.042 * canvas.width);
  const scale = capitals / CAPITAL_HEIGHT;
  const margin = 1.1 * capitals;
  const padding = 1.25 * capitals;
  const room = (canvas.width - 2 * margin - 2 * padding) / scale;
  const narrow = canvas.width < canvas.height / 2;
  const rows: readonly Row[] = [
    ...wrapText(shownText(prompt), room, narrow ? 6 : 3).map((text) => ({
      text,
      size: 1,
      pen: PEN,
      opacity: 1,
    })),
    ...factRows(facts, room / SMALL).map((text) => ({
      text,
      size: SMALL,
      pen: SMALL_PEN,
      opacity: 0.82,
    })),
  ];
  const textBlock = rows.reduce((sum, row) => sum + row.size * LINE_HEIGHT * scale, 0);
  const height = textBlock - 0.55 * capitals + 2 * padding;
  const widest = Math.max(...rows.map((row) => textWidth(row.text) * row.size * scale));
  const width = Math.min(widest + 2 * padding, canvas.width - 2 * margin);
  const top = canvas.height - margin - height;
  const drawing = [
    rectangle({ x: margin, y: top }, width, height, palette.near, 0.96, 0.7 * capitals),
    '<g fill="none" stroke="#ffffff" stroke-linecap="round" stroke-linejoin="round">',
    ...lines(rows, margin + padding, top + padding, scale),
    '</g>',
  ].join('');
  return { drawing, top };
}

/** A prompt in a script that the font lacks gets no row: an ellipsis alone says nothing. */
function shownText(prompt: string): string {
  const text = drawableText(prompt.slice(0, MAX_SHOWN));
  return text === '…' ? '' : text;
}

function lines(rows: readonly Row[], x: number, top: number, scale: number): readonly string[] {
  let y = top;
  return rows.map((row) => {
    const drawn = textPaths(row.text, x, y, row.size * scale);
    y += row.size * LINE_HEIGHT * scale;
    return `<g stroke-width="${row.pen}" stroke-opacity="${row.opacity}">${drawn}</g>`;
  });
}

/** All facts on one line if they fit, otherwise one line each. */
function factRows(facts: readonly string[], room: number): readonly string[] {
  const joined = facts.join('   ·   ');
  return textWidth(joined) <= room ? [joined] : facts.flatMap((fact) => wrapText(fact, room, 2));
}
