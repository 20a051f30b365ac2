import { mix } from './palette';
import type { Palette } from './palette';
import type { Random } from './random';
import type { Canvas, Scene } from './scene';
import { circle, fixed, line, rectangle, shape } from './svg';
import type { Point } from './svg';

/** Plants cut from coloured paper: stems with leaves and blossoms before a large, quiet disc. */
export const garden: Scene = (canvas, palette, random) => {
  const short = Math.min(canvas.width, canvas.height);
  const disc = {
    x: canvas.width * random.between(0.3, 0.7),
    y: canvas.height * random.between(0.3, 0.45),
  };
  const stems = Math.max(5, Math.round((canvas.width / short) * 7));
  const tallest = Math.min(canvas.height * 0.86, short * 1.15);
  return [
    rectangle({ x: 0, y: 0 }, canvas.width, canvas.height, palette.paper),
    circle(disc, short * random.between(0.24, 0.34), mix(palette.accents[4], palette.paper, 0.35)),
    Array.from({ length: stems }, (_, index) => {
      const x = (canvas.width * (index + random.between(0.2, 0.8))) / stems;
      const height = tallest * random.between(0.45, 1);
      return plant({ x, y: canvas.height * 1.01 }, height, short, palette, random);
    }).join(''),
    meadow(canvas, palette, random, short),
  ].join('');
};

function plant(
  foot: Point,
  height: number,
  short: number,
  palette: Palette,
  random: Random,
): string {
  const lean = short * random.between(-0.14, 0.14);
  const stem = mix(palette.near, palette.accents[3], random.between(0, 0.5));
  const top = { x: foot.x + lean, y: foot.y - height };
  const bend = { x: foot.x + lean * 0.1, y: foot.y - height * 0.6 };
  const on = (share: number): Point => ({
    x: (1 - share) ** 2 * foot.x + 2 * share * (1 - share) * bend.x + share ** 2 * top.x,
    y: (1 - share) ** 2 * foot.y + 2 * share * (1 - share) * bend.y + share ** 2 * top.y,
  });
  const leafColour = mix(random.pick(palette.accents), palette.near, random.between(0, 0.3));
  const pairs = random.integer(4, 7);
  const leaves = Array.from({ length: pairs }, (_, index) => {
    const share = 0.3 + (0.62 * index) / pairs;
    const length = short * random.between(0.07, 0.12) * (1.15 - 0.5 * share);
    return (
      leaf(on(share), length, -random.between(20, 50), leafColour) +
      leaf(
        on(share + 0.03),
        length,
        180 + random.between(20, 50),
        mix(leafColour, palette.near, 0.14),
      )
    );
  });
  const path = `M${fixed(foot.x)} ${fixed(foot.y)}Q${fixed(bend.x)} ${fixed(bend.y)} ${fixed(top.x)} ${fixed(top.y)}`;
  const crown = random.chance(0.65)
    ? blossom(top, short * random.between(0.035, 0.065), palette, random)
    : leaf(top, short * 0.09, -90, leafColour);
  return line(path, stem, short * 0.006) + leaves.join('') + crown;
}

export function leaf(at: Point, length: number, angle: number, colour: string): string {
  const [l, w] = [length, length * 0.3];
  const outline = `M0 0C${fixed(l * 0.25)} ${fixed(-w)} ${fixed(l * 0.75)} ${fixed(-w)} ${fixed(l)} 0C${fixed(l * 0.75)} ${fixed(w)} ${fixed(l * 0.25)} ${fixed(w)} 0 0Z`;
  return `<g transform="translate(${fixed(at.x)} ${fixed(at.y)}) rotate(${fixed(angle)})">${shape(outline, colour)}</g>`;
}

export function blossom(at: Point, radius: number, palette: Palette, random: Random): string {
  const petals = random.integer(5, 8);
  const [colour, heart] = random.shuffled(palette.accents);
  const ring = Array.from({ length: petals }, (_, index) => {
    const angle = (2 * Math.PI * index) / petals;
    const place = { x: at.x + radius * Math.cos(angle), y: at.y + radius * Math.sin(angle) };
    return circle(place, radius * 0.62, mix(colour ?? palette.light, '#ffffff', 0.12));
  });
  return ring.join('') + circle(at, radius * 0.55, heart ?? palette.near);
}

/** Blades of grass along the lower edge, so that the stems do not end in the air. */
function meadow(canvas: Canvas, palette: Palette, random: Random, short: number): string {
  const count = Math.round(canvas.width / (short * 0.018));
  const blades = Array.from({ length: count }, (_, index) => {
    const x = (canvas.width * index) / count;
    const height = short * random.between(0.05, 0.16);
    const sway = short * random.between(-0.03, 0.03);
    const half = short * 0.006;
    return `M${fixed(x - half)} ${fixed(canvas.height)}Q${fixed(x)} ${fixed(canvas.height - height * 0.6)} ${fixed(x + sway)} ${fixed(canvas.height - height)}Q${fixed(x + half)} ${fixed(canvas.height - height * 0.5)} ${fixed(x + half)} ${fixed(canvas.height)}Z`;
  });
  return shape(blades.join(''), mix(palette.near, palette.accents[3], 0.25));
}
