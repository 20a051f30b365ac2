import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Results } from '../../bench/results';

const PROJECT = join(__dirname, '../..');
const COMPILED = join(PROJECT, 'node_modules/.cache/easel-bench');

/**
 * How much CPU Easel may take for an image, as a multiple of what a byte pipe takes in the same run, by
 * size and n. A figure in milliseconds would be one of the machine's. On two cores 0.6 to 1.2, 0.8 to 1.2 and 1.4
 * to 1.7 were measured, and the limits leave room for a machine that has other things to do: an image that
 * goes through fresh memory costs about twice as much, and one that has become a string 5 times the pipe's CPU.
 */
const LIMITS = [
  ['16mb', 1, 1.6],
  ['5mb', 4, 1.9],
  ['1.5mb', 1, 2.4],
] as const;

/** A machine that was disturbed is asked again; what is slow stays slow. */
const TRIES = 3;

/** The ratio of each cell that has a limit, by size and n. */
function measuredRatios(): ReadonlyMap<string, number> {
  const out = mkdtempSync(join(tmpdir(), 'easel-guard-'));
  const sizes = LIMITS.map(([size]) => size).join(',');
  const options = ['--only', 'easel', '--part', 'race', '--rounds', '3', '--size', sizes];
  run([join(COMPILED, 'bench/main.js'), ...options, '--out', out]);
  const results = JSON.parse(readFileSync(join(out, 'performance.json'), 'utf8')) as Results;
  rmSync(out, { recursive: true });
  return new Map(
    results.races.map(({ cell, readyIndexes }) => [
      `${cell.size} ${cell.n}`,
      readyIndexes['easel']?.cpuRatio ?? Number.POSITIVE_INFINITY,
    ]),
  );
}

function run(args: readonly string[]): void {
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: PROJECT, encoding: 'utf8' });
  if (status !== 0) {
    throw new Error(stderr);
  }
}

// CPU is read from /proc.
const isMeasurable = process.platform === 'linux';
if (!isMeasurable) {
  process.stderr.write('SKIPPED: the CPU that an image takes is measured on Linux only\n');
}

(isMeasurable ? describe : describe.skip)('the CPU that an image takes', () => {
  beforeAll(() => {
    run([require.resolve('typescript/bin/tsc'), '-p', 'bench', '--noCheck']);
  });

  it('is not many times that of a byte pipe', () => {
    const best = new Map<string, number>();
    for (let tries = 0; tries < TRIES; tries += 1) {
      for (const [cell, ratio] of measuredRatios()) {
        best.set(cell, Math.min(ratio, best.get(cell) ?? ratio));
      }
      if (LIMITS.every(([size, n, limit]) => (best.get(`${size} ${n}`) ?? limit) < limit)) {
        break;
      }
    }
    for (const [size, n, limit] of LIMITS) {
      expect(best.get(`${size} ${n}`)).toBeLessThan(limit);
    }
  }, 240_000);
});
