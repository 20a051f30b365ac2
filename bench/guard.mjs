// Fails when an image takes many times the CPU of a byte pipe: `npm run bench:guard`, once in `npm run check`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import build, { BUILD } from '../test/test-build.mjs';

const PROJECT = fileURLToPath(new URL('..', import.meta.url));
const COMPILED = join(PROJECT, 'node_modules/.cache/easel-bench');

/**
 * How much CPU Easel may take for an image, as a multiple of what a byte pipe takes in the same run, by
 * size, n and requests at once. A figure in milliseconds would be one of the machine's. On two cores 0.6 to 1.2, 0.8 to 1.2 and 1.4
 * to 1.7 were measured, and the limits leave room for a machine that has other things to do: an image that
 * goes through fresh memory costs about twice as much, and one that has become a string 5 times the pipe's CPU. Small
 * images, which cost a pipe next to nothing, took 5 to 7 times one at a time and 7 to 9 times 16 at once.
 */
const LIMITS = [
  ['16mb', 1, 1, 1.6],
  ['5mb', 4, 1, 1.9],
  ['1.5mb', 1, 1, 2.4],
  ['60kb', 1, 1, 10],
  ['60kb', 1, 16, 12],
];

/** A machine that was disturbed is asked again; what is slow stays slow. */
const TRIES = 3;

/** The ratio of each cell, by size, n and requests at once. */
function measuredRatios() {
  const out = mkdtempSync(join(tmpdir(), 'easel-guard-'));
  const sizes = [...new Set(LIMITS.map(([size]) => size))].join(',');
  const options = ['--only', 'easel', '--part', 'race', '--rounds', '3', '--size', sizes];
  run([join(COMPILED, 'bench/main.js'), ...options, '--out', out]);
  const results = JSON.parse(readFileSync(join(out, 'performance.json'), 'utf8'));
  rmSync(out, { recursive: true });
  return new Map(
    results.races.map(({ cell, readyIndexes }) => [
      nameOf(cell.size, cell.n, cell.concurrency),
      readyIndexes.easel?.cpuRatio ?? Number.POSITIVE_INFINITY,
    ]),
  );
}

function nameOf(size, n, atOnce) {
  return `${size}, n = ${n}, ${atOnce} at once`;
}

function run(args) {
  const { status, stderr } = spawnSync(process.execPath, args, {
    cwd: PROJECT,
    encoding: 'utf8',
    env: { ...process.env, EASEL_DIST: BUILD },
  });
  if (status !== 0) {
    throw new Error(stderr);
  }
}

/** A cell that was not measured is over its limit. */
function isWithin(best, [size, n, atOnce, limit]) {
  return (best.get(nameOf(size, n, atOnce)) ?? Number.POSITIVE_INFINITY) < limit;
}

function guard() {
  build();
  run([createRequire(import.meta.url).resolve('typescript/bin/tsc'), '-p', 'bench', '--noCheck']);
  const best = new Map();
  for (let tries = 0; tries < TRIES; tries += 1) {
    for (const [cell, ratio] of measuredRatios()) {
      best.set(cell, Math.min(ratio, best.get(cell) ?? ratio));
    }
    if (LIMITS.every((limit) => isWithin(best, limit))) {
      break;
    }
  }
  console.log('The CPU that an image takes, as a multiple of what a byte pipe takes:');
  for (const limit of LIMITS) {
    const [size, n, atOnce, most] = limit;
    const cell = nameOf(size, n, atOnce);
    const verdict = isWithin(best, limit) ? 'is under' : 'IS NOT UNDER';
    console.log(`  ${cell}: ${best.get(cell)?.toFixed(2)} ${verdict} ${most}`);
    if (!isWithin(best, limit)) {
      process.exitCode = 1;
    }
  }
}

if (process.platform === 'linux') {
  guard();
} else {
  // CPU is read from /proc.
  console.warn('SKIPPED: the CPU that an image takes is measured on Linux only');
}
