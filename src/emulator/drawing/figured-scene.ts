import { BACKDROPS, grass, meadow } from './backdrops';
import { placed } from './figure';
import type { KnownFigure } from './figure-words';
import type { Palette } from './palette';
import type { Random } from './random';
import type { Canvas, Scene } from './scene';

/** Where figures stand, as a fraction of the height: above the caption. */
const FOOT = 0.79;
const WATERLINE = 0.7;
const MOUNTAIN_FOOT = 0.68;
/** Large figures stand behind small ones, and so a little higher. */
const BEHIND = 0.735;

/** By the number of figures: each needs its part of the width. */
const SHARES = [1, 1, 0.8, 0.66];

interface Stage {
  readonly canvas: Canvas;
  readonly palette: Palette;
  readonly random: Random;
  readonly short: number;
}

/**
 * A scene with what the prompt names. The first figure that stands on something decides the ground;
 * things in the sky are above it.
 */
export function figuredScene(
  figures: readonly [KnownFigure, ...KnownFigure[]],
  isSnowy: boolean,
): Scene {
  const above = figures.filter(({ home }) => home === 'sky');
  const below = figures.filter(({ home }) => home !== 'sky');
  const home = below[0]?.home ?? 'sky';
  const hasLight = above.some(({ name }) => ['sun', 'moon'].includes(name));
  return (canvas, palette, random) => {
    const stage = { canvas, palette, random, short: Math.min(canvas.width, canvas.height) };
    const backdrop = BACKDROPS[home](canvas, palette, random, { hasLight, isSnowy });
    if (below.length === 0) {
      return (
        backdrop + above.map((figure, index) => alone(stage, figure, index, above.length)).join('')
      );
    }
    const sky = above.map((figure, index) => overhead(stage, figure, index));
    if (home === 'depth' || home === 'space') {
      return [
        backdrop,
        ...sky,
        ...below.map((figure, index) => afloat(stage, figure, index, below.length)),
      ].join('');
    }
    const isMeadow = home === 'meadow';
    const mountains = below.filter(({ name }) => name === 'mountain');
    const others = below.filter(({ name }) => name !== 'mountain');
    const placedOthers = others.map((figure, index) => ({
      figure,
      drawing: standing(stage, figure, { index, count: others.length, home }),
    }));
    return [
      backdrop,
      ...sky,
      ...mountains.map((figure) => farAway(stage, figure)),
      mountains.length > 0 && isMeadow ? meadow(canvas, palette, random, 0.66, isSnowy) : '',
      ...placedOthers.filter(({ figure }) => figure.isLarge).map(({ drawing }) => drawing),
      ...placedOthers.filter(({ figure }) => !figure.isLarge).map(({ drawing }) => drawing),
      isMeadow && !isSnowy ? grass(canvas, palette, random) : '',
    ].join('');
  };
}

function share(count: number): number {
  return SHARES[count] ?? 0.5;
}

/** The middle for a single figure; several are spaced evenly. */
function across({ canvas, random }: Stage, index: number, count: number): number {
  return canvas.width * ((index + 1) / (count + 1) + random.between(-0.025, 0.025));
}

/** In the middle of the sky, with nothing standing below. */
function alone(stage: Stage, figure: KnownFigure, index: number, count: number): string {
  const { canvas, palette, random, short } = stage;
  const place = { x: across(stage, index, count), y: canvas.height * random.between(0.36, 0.44) };
  return placed(
    hung(figure, palette, random),
    place,
    short * figure.size * share(count),
    tilt(figure),
  );
}

/** In an upper corner. */
function overhead(
  { canvas, palette, random, short }: Stage,
  figure: KnownFigure,
  index: number,
): string {
  const place = {
    x: canvas.width * ([0.8, 0.2, 0.5][index] ?? 0.5),
    y: canvas.height * random.between(0.17, 0.22),
  };
  return placed(hung(figure, palette, random), place, short * figure.size * 0.55, tilt(figure));
}

function tilt({ name }: KnownFigure): number {
  return name === 'plane' ? -10 : name === 'butterfly' ? 14 : 0;
}

/**
 * A balloon is drawn from its foot like standing figures; other things in the sky around their
 * centre.
 */
function hung({ name, draw }: KnownFigure, palette: Palette, random: Random): string {
  const drawing = draw(palette, random);
  return name === 'balloon' ? placed(drawing, { x: 0, y: 50 }, 100) : drawing;
}

/** In space and under water nothing stands on the ground. */
function afloat(stage: Stage, figure: KnownFigure, index: number, count: number): string {
  const { canvas, palette, random, short } = stage;
  const size = short * figure.size * share(count);
  const turn = figure.name === 'rocket' ? random.between(18, 32) : random.between(-5, 5);
  const middle = { x: across(stage, index, count), y: canvas.height * random.between(0.4, 0.46) };
  return placed(placed(figure.draw(palette, random), { x: 0, y: 50 }, 100), middle, size, turn);
}

function farAway({ canvas, palette, random, short }: Stage, figure: KnownFigure): string {
  const place = { x: canvas.width * random.between(0.42, 0.58), y: canvas.height * MOUNTAIN_FOOT };
  return placed(figure.draw(palette, random), place, short * figure.size);
}

function standing(
  stage: Stage,
  figure: KnownFigure,
  { index, count, home }: { readonly index: number; readonly count: number; readonly home: string },
): string {
  const { canvas, palette, random, short } = stage;
  const isBehind = figure.isLarge && count > 1 && home === 'meadow';
  const foot = home === 'water' ? WATERLINE : isBehind ? BEHIND : FOOT;
  const place = {
    x: across(stage, index, count),
    y: canvas.height * (foot + random.between(-0.01, 0.01)),
  };
  const size = short * figure.size * (isBehind ? 1.1 : share(count) * (count > 1 ? 0.85 : 1));
  return placed(figure.draw(palette, random), place, size);
}
