import { spawnSync } from 'node:child_process';

/** The interpreter of tests in Python: the one that EASEL_PYTHON names, or the machine's own. */
export const PYTHON = process.env['EASEL_PYTHON'] ?? 'python3';

const hasOpenAi = spawnSync(PYTHON, ['-c', 'import openai']).status === 0;

/**
 * Tests with OpenAI's package for Python. A machine without it can still run all others, and is told
 * so; where EASEL_REQUIRE_PYTHON is 1 they are run, and fail.
 */
export function describeWithPython(name: string, tests: () => void): void {
  if (hasOpenAi || process.env['EASEL_REQUIRE_PYTHON'] === '1') {
    describe(name, tests);
  } else {
    // Not console.warn: Jest drops what is written to the console of a file with no test to run.
    process.stderr.write(
      `SKIPPED: "${name}" needs Python with the package openai; name it in EASEL_PYTHON\n`,
    );
    describe.skip(name, tests);
  }
}
