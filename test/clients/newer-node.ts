import { spawnSync } from 'node:child_process';

const OLDEST = 22;

const PROGRAM = [process.execPath, process.env['EASEL_NEWER_NODE'] ?? ''].find(isNewEnough);

const isRequired = process.env['EASEL_REQUIRE_NEWER_NODE'] === '1';

function isNewEnough(program: string): boolean {
  if (program === '') {
    return false;
  }
  const { stdout, status } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return status === 0 && Number(/^v(\d+)/.exec(stdout)?.[1]) >= OLDEST;
}

/**
 * Tests that run a program on a newer Node than the oldest one that Easel runs on: this one, or the
 * one that EASEL_NEWER_NODE names. A machine without one can still run all others, and is told so;
 * CI may not take this way out.
 */
export function describeWithNewerNode(name: string, tests: (node: string) => void): void {
  const needs = `Node ${OLDEST} or later; name its program in EASEL_NEWER_NODE`;
  if (PROGRAM !== undefined) {
    describe(name, () => {
      tests(PROGRAM);
    });
  } else if (isRequired) {
    it(name, () => {
      throw new Error(`EASEL_REQUIRE_NEWER_NODE is set, but there is no ${needs}`);
    });
  } else {
    // Not console.warn: Jest drops what is written to the console of a file with no test to run.
    process.stderr.write(`SKIPPED: "${name}" needs ${needs}\n`);
    describe.skip(name, () => {
      tests('');
    });
  }
}
