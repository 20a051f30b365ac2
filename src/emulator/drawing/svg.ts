/** SVG helpers, so that the scenes read as drawings rather than string handling. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Coordinates with a tenth of a unit: finer than a pixel at every size, and short. */
export function fixed(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** A vertical gradient; stops are `[offset 0…1, colour, opacity]`. */
export function gradient(
  id: string,
  stops: readonly (readonly [offset: number, colour: string, opacity?: number])[],
): string {
  return `<linearGradient id="${id}" x1="0" y1="0" x2="0" y2="1">${stopElements(stops)}</linearGradient>`;
}

/** A round gradient that fills its shape, from the centre outwards. */
export function glow(
  id: string,
  stops: readonly (readonly [offset: number, colour: string, opacity?: number])[],
): string {
  return `<radialGradient id="${id}">${stopElements(stops)}</radialGradient>`;
}

export function circle(centre: Point, radius: number, fill: string, opacity = 1): string {
  return `<circle cx="${fixed(centre.x)}" cy="${fixed(centre.y)}" r="${fixed(radius)}" fill="${fill}"${alpha(opacity)}/>`;
}

export function rectangle(
  corner: Point,
  width: number,
  height: number,
  fill: string,
  opacity = 1,
  radius = 0,
): string {
  const rounded = radius === 0 ? '' : ` rx="${fixed(radius)}"`;
  return `<rect x="${fixed(corner.x)}" y="${fixed(corner.y)}" width="${fixed(width)}" height="${fixed(height)}"${rounded} fill="${fill}"${alpha(opacity)}/>`;
}

export function shape(path: string, fill: string, opacity = 1): string {
  return `<path d="${path}" fill="${fill}"${alpha(opacity)}/>`;
}

export function line(path: string, colour: string, width: number, opacity = 1): string {
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="${fixed(width)}" stroke-linecap="round" stroke-linejoin="round"${alpha(opacity, 'stroke')}/>`;
}

/** A smooth curve through all points (Catmull-Rom, written as cubic Béziers), beginning with `M`. */
export function smooth(points: readonly Point[]): string {
  const at = (index: number): Point =>
    points[Math.min(points.length - 1, Math.max(0, index))] ?? { x: 0, y: 0 };
  const start = at(0);
  let path = `M${fixed(start.x)} ${fixed(start.y)}`;
  for (let index = 0; index < points.length - 1; index += 1) {
    const [before, from, to, after] = [at(index - 1), at(index), at(index + 1), at(index + 2)];
    path += `C${fixed(from.x + (to.x - before.x) / 6)} ${fixed(from.y + (to.y - before.y) / 6)} `;
    path += `${fixed(to.x - (after.x - from.x) / 6)} ${fixed(to.y - (after.y - from.y) / 6)} `;
    path += `${fixed(to.x)} ${fixed(to.y)}`;
  }
  return path;
}

/** A polygon or open line of straight strokes, beginning with `M`. */
export function straight(points: readonly Point[]): string {
  return `M${points.map(({ x, y }) => `${fixed(x)} ${fixed(y)}`).join('L')}`;
}

function stopElements(
  stops: readonly (readonly [offset: number, colour: string, opacity?: number])[],
): string {
  return stops
    .map(
      ([offset, colour, opacity = 1]) =>
        `<stop offset="${offset}" stop-color="${colour}"${opacity === 1 ? '' : ` stop-opacity="${opacity}"`}/>`,
    )
    .join('');
}

/**
 * `fill-opacity`, never `opacity`: the renderer gives each element with `opacity` a layer of its own
 * as large as the picture, and at 4K that costs seconds.
 */
function alpha(opacity: number, of: 'fill' | 'stroke' = 'fill'): string {
  return opacity === 1 ? '' : ` ${of}-opacity="${Math.round(opacity * 1000) / 1000}"`;
}
