import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

interface Cruise {
  readonly modules: readonly {
    readonly source: string;
    readonly dependencies: readonly { readonly resolved: string }[];
  }[];
}

/** The room of a file of src; files of the wiring, such as `src/main.ts`, are in none. */
function roomOf(file: string): string | undefined {
  return /^src\/([^/]+)\//.exec(file)?.[1];
}

/** The imports between rooms, as dependency-cruiser finds them; specs may import more. */
function importedArrows(): readonly string[] {
  const depcruise = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const json = execFileSync(process.execPath, [depcruise, 'src', '--output-type', 'json'], {
    cwd: ROOT,
    maxBuffer: 100_000_000,
  });
  const { modules } = JSON.parse(json.toString()) as Cruise;
  return arrows(
    modules
      .filter(({ source }) => !source.endsWith('.spec.ts'))
      .flatMap(({ source, dependencies }) =>
        dependencies.map(({ resolved }) => [roomOf(source), roomOf(resolved)] as const),
      ),
  );
}

/** `a & b --> c & d` in the flowcharts of a page is four arrows. */
function drawnArrows(page: string): readonly string[] {
  const charts = [...page.matchAll(/^```mermaid\nflowchart \w\w\n(.*?)^```$/gms)];
  return arrows(
    charts
      .flatMap(([, chart = '']) => [...chart.matchAll(/^ *(.+?) --> (.+)$/gm)])
      .flatMap(([, from = '', to = '']) =>
        from.split(' & ').flatMap((one) => to.split(' & ').map((other) => [one, other] as const)),
      ),
  );
}

function arrows(
  pairs: readonly (readonly [string | undefined, string | undefined])[],
): readonly string[] {
  const between = pairs.filter(
    ([from, to]) => from !== undefined && to !== undefined && from !== to,
  );
  return [...new Set(between.map(([from, to]) => `${from} --> ${to}`))].sort();
}

/** First cells of the rows of a table; a cell may name several. */
function namesIn(table: string): readonly string[] {
  return [...table.matchAll(/^\| (.*?) +\|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([\w-]+)\/?`/g)].map(([, name = '']) => name),
  );
}

describe('every room of src', () => {
  const rooms = readdirSync(join(ROOT, 'src'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const page = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');
  const [, purposes = '', edges = ''] = page.split(/^##+ (?:Rooms|Allowed edges)$/m);
  const rules = readFileSync(join(ROOT, '.dependency-cruiser.cjs'), 'utf8');

  it.each(rooms)(
    '%s has a rule in .dependency-cruiser.cjs: without one it may import all',
    (room) => {
      expect([`'${room}'`, `'${room}-imports'`].some((name) => rules.includes(name))).toBe(true);
    },
  );

  it.each(rooms)('%s is in both tables of docs/architecture.md', (room) => {
    expect(namesIn(purposes)).toContain(room);
    expect(namesIn(edges.split('\n## ')[0] ?? '')).toContain(room);
  });
});

describe('the pictures of the rooms in docs/architecture.md', () => {
  it('have an arrow for each import between two rooms, and no other', () => {
    const drawn = drawnArrows(readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8'));
    expect(drawn.length).toBeGreaterThan(20);
    expect(drawn).toEqual(importedArrows());
  });
});
