import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { installedClient } from './installed-client';
import type { Interpreter } from './sdk-program';

/** The oldest that the packages in the lock files are for. */
const OLDEST = [3, 11] as const;

const isRequired = process.env['EASEL_REQUIRE_PYTHON'] === '1';

/** What runs a client's script, and the folder that the client is installed in. */
interface Stage {
  readonly python: Interpreter;
  readonly folder: string;
}

/** The stage, or what it lacks. */
function stageOf(client: string): Stage | string {
  const program = process.env['EASEL_PYTHON'] ?? 'python3';
  const say = 'import sys, pip; print("%d.%d" % sys.version_info[:2])';
  const { status, stdout } = spawnSync(program, ['-c', say], { encoding: 'utf8' });
  const version = status === 0 ? stdout.trim() : '';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    return `Python ${OLDEST.join('.')} or later with pip; name its program in EASEL_PYTHON`;
  }
  const options = ['--no-deps', '--only-binary', ':all:', '--target', 'packages', '--quiet'];
  const quiet = ['--disable-pip-version-check', '--no-warn-conflicts', '--root-user-action=ignore'];
  try {
    const folder = installedClient(client, {
      command: [
        program,
        ...['-m', 'pip', 'install', '-r', 'requirements.txt'],
        ...options,
        ...quiet,
      ],
      platform: version,
    });
    return { python: { program, env: { PYTHONPATH: join(folder, 'packages') } }, folder };
  } catch (error) {
    return `its package. ${String(error)}`;
  }
}

/**
 * Tests of a client in Python, installed in a folder of its own. A machine that has no Python, or that cannot reach
 * PyPI, can still run all others, and is told so; where EASEL_REQUIRE_PYTHON is 1 they fail.
 */
export function describeWithPython(
  name: string,
  client: string,
  tests: (stage: Stage) => void,
): void {
  const stage = stageOf(client);
  if (typeof stage !== 'string') {
    describe(name, () => {
      tests(stage);
    });
  } else if (isRequired) {
    it(name, () => {
      throw new Error(`EASEL_REQUIRE_PYTHON is set, but there is not ${stage}`);
    });
  } else {
    // Not console.warn: Jest drops what is written to the console of a file with no test to run.
    process.stderr.write(`SKIPPED: "${name}" needs ${stage}\n`);
    describe.skip(name, () => {
      tests({ python: { program: '' }, folder: '' });
    });
  }
}
