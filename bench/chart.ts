import { cellName } from './cell';
import type { Results } from './results';
import { figure, times } from './table';

const WIDTH = 760;
const LABEL_WIDTH = 230;
const VALUE_WIDTH = 140;
const BAR = 18;
const STEP = 26;
const HEAD = 92;
const GROUP_HEAD = 34;
const GROUP_GAP = 18;

/** Longer bars are truncated, with a sign: one slow contestant must not flatten all others. */
const MAX_RATIO = 8;

interface Bar {
  readonly label: string;
  readonly ratio: number;
  readonly ms: number;
  readonly isOurs: boolean;
}

/**
 * CPU per image as bars, a group per size, each bar a multiple of the byte pipe's. Readable on
 * light and dark backgrounds: the viewer's preference selects the colours.
 */
export function chartOf(results: Results): string {
  const groups = results.races
    .filter(({ cell }) => cell.size !== '60kb')
    .map(({ cell, standings }) => ({
      title: cellName(cell),
      bars: Object.entries(standings)
        .filter(([name]) => name !== 'direct')
        .map(([name, { cpuRatio, cpuMsPerImage }]): Bar => ({
          label: results.titles[name] ?? name,
          ratio: cpuRatio,
          ms: cpuMsPerImage,
          isOurs: name === 'easel',
        }))
        .sort((first, second) => first.ratio - second.ratio),
    }));
  let y = HEAD;
  const drawn = groups.map(({ title, bars }) => {
    const top = y;
    y += GROUP_HEAD + bars.length * STEP + GROUP_GAP;
    return group(title, bars, top);
  });
  const { machine } = results;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 20}" width="${WIDTH}" height="${y + 20}" role="img" aria-labelledby="title" font-family="system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif">
<title id="title">CPU per image, as a multiple of a byte pipe's</title>
<style>
  text { fill: #24292f; font-size: 13px }
  .heading { font-size: 18px; font-weight: 600 }
  .note { fill: #57606a; font-size: 12px }
  .group { font-weight: 600 }
  .other { fill: #afb8c1 }
  .ours { fill: #0969da }
  .floor { stroke: #57606a; stroke-dasharray: 3 3 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .note { fill: #9198a1 }
    .other { fill: #57606a }
    .ours { fill: #4493f8 }
    .floor { stroke: #9198a1 }
  }
</style>
<text class="heading" x="0" y="24">CPU per image</text>
<text class="note" x="0" y="46">As a multiple of what a plain byte pipe in Node takes for the same bytes (dashed line); shorter is better.</text>
<text class="note" x="0" y="64">${escaped(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node.slice(1)}, ${results.date}`)}</text>
${drawn.join('\n')}
</svg>
`;
}

function group(title: string, bars: readonly Bar[], top: number): string {
  const first = top + GROUP_HEAD - BAR + 2;
  const floor = LABEL_WIDTH + barWidth(1);
  const lines = bars.map((bar, index) => drawBar(bar, first + index * STEP));
  return [
    `<text class="group" x="0" y="${top}">${escaped(title)}</text>`,
    ...lines,
    `<line class="floor" x1="${floor}" x2="${floor}" y1="${first - 5}" y2="${first + bars.length * STEP - 3}"/>`,
  ].join('\n');
}

function drawBar({ label, ratio, ms, isOurs }: Bar, y: number): string {
  const width = barWidth(Math.min(ratio, MAX_RATIO));
  const base = y + BAR - 5;
  const cut = ratio > MAX_RATIO ? '… ' : '';
  const weight = isOurs ? ' font-weight="600"' : '';
  return [
    `<text x="${LABEL_WIDTH - 10}" y="${base}" text-anchor="end"${weight}>${escaped(label)}</text>`,
    `<rect class="${isOurs ? 'ours' : 'other'}" x="${LABEL_WIDTH}" y="${y}" width="${width}" height="${BAR}" rx="2"/>`,
    `<text x="${LABEL_WIDTH + Math.max(width, barWidth(1)) + 8}" y="${base}"${weight}>${cut}${times(ratio)}<tspan class="note" dx="6">${figure(ms)} ms</tspan></text>`,
  ].join('\n');
}

function barWidth(ratio: number): number {
  return Math.round((ratio / MAX_RATIO) * (WIDTH - LABEL_WIDTH - VALUE_WIDTH));
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
