import { mix } from './palette';
import type { Random } from './random';
import type { Scene } from './scene';
import { circle, fixed, rectangle, shape } from './svg';
import type { Point } from './svg';

/** A wall of geometric tiles: quarter and half circles, rings, triangles, in five colours. */
export const tiles: Scene = (canvas, palette, random) => {
  const ink = [...palette.accents, palette.near, palette.paper] as const;
  const short = Math.min(canvas.width, canvas.height);
  const rows = Math.max(1, Math.round(canvas.height / (short / random.integer(3, 5))));
  const size = canvas.height / rows;
  const columns = Math.ceil(canvas.width / size);
  const left = (canvas.width - columns * size) / 2;
  const cells: string[] = [rectangle({ x: 0, y: 0 }, canvas.width, canvas.height, palette.paper)];
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const corner = { x: left + column * size, y: row * size };
      const [ground = palette.paper, figure = palette.near, third = palette.paper] =
        random.shuffled(ink);
      // Half a unit wider than the cell, so that no gap shows between neighbours.
      cells.push(rectangle(corner, size + 0.5, size + 0.5, mix(ground, palette.paper, 0.12)));
      cells.push(tile(corner, size, figure, third, random));
    }
  }
  return cells.join('');
};

function tile(corner: Point, size: number, figure: string, third: string, random: Random): string {
  const centre = { x: corner.x + size / 2, y: corner.y + size / 2 };
  const turn = random.integer(0, 3) * 90;
  const drawing = random.pick([quarters, halves, rings, triangles, leaf, dots])(
    corner,
    size,
    figure,
    third,
  );
  return `<g transform="rotate(${turn} ${fixed(centre.x)} ${fixed(centre.y)})">${drawing}</g>`;
}

function quarter({ x, y }: Point, radius: number, fill: string): string {
  const r = fixed(radius);
  return shape(`M${fixed(x)} ${fixed(y)}h${r}a${r} ${r} 0 0 1-${r} ${r}z`, fill);
}

function quarters(corner: Point, size: number, figure: string, third: string): string {
  return quarter(corner, size, figure) + quarter(corner, size * 0.55, third);
}

function halves({ x, y }: Point, size: number, figure: string, third: string): string {
  const r = fixed(size / 2);
  const half = (dy: number, fill: string): string =>
    shape(`M${fixed(x)} ${fixed(y + dy)}a${r} ${r} 0 0 1 ${fixed(size)} 0z`, fill);
  return half(size / 2, figure) + half(size, third);
}

function rings({ x, y }: Point, size: number, figure: string, third: string): string {
  const centre = { x: x + size / 2, y: y + size / 2 };
  return [
    circle(centre, size * 0.46, figure),
    circle(centre, size * 0.3, third),
    circle(centre, size * 0.14, figure),
  ].join('');
}

function triangles({ x, y }: Point, size: number, figure: string, third: string): string {
  const s = fixed(size);
  return (
    shape(`M${fixed(x)} ${fixed(y)}h${s}l-${s} ${s}z`, figure) +
    circle({ x: x + size * 0.7, y: y + size * 0.7 }, size * 0.16, third)
  );
}

function leaf({ x, y }: Point, size: number, figure: string, third: string): string {
  const s = fixed(size);
  return (
    shape(`M${fixed(x)} ${fixed(y)}a${s} ${s} 0 0 1 ${s} ${s}a${s} ${s} 0 0 1-${s}-${s}z`, figure) +
    circle({ x: x + size * 0.82, y: y + size * 0.18 }, size * 0.1, third)
  );
}

function dots({ x, y }: Point, size: number, figure: string, third: string): string {
  return [0, 1, 2]
    .flatMap((row) => [0, 1, 2].map((column) => ({ row, column })))
    .map(({ row, column }) =>
      circle(
        { x: x + size * (0.2 + 0.3 * column), y: y + size * (0.2 + 0.3 * row) },
        size * 0.085,
        row === column ? third : figure,
      ),
    )
    .join('');
}
