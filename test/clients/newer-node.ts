import { spawnSync } from 'node:child_process';
import { installedClient } from './installed-client';

/** The oldest that openai 7.x runs on. */
const NEWER = 22;

const isRequired = process.env['EASEL_REQUIRE_NEWER_NODE'] === '1';

function isNewEnough(program: string, oldest: number): boolean {
  if (program === '') {
    return false;
  }
  const { stdout, status } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return status === 0 && Number(/^v(\d+)/.exec(stdout)?.[1]) >= oldest;
}

/** What runs a client's script: a Node, and the folder that the client is installed in. */
interface Stage {
  readonly node: string;
  readonly folder: string;
}

/** The stage, or what it lacks. */
function stageOf(client: string, oldest: number): Stage | string {
  const program = [process.execPath, process.env['EASEL_NEWER_NODE'] ?? ''].find((each) =>
    isNewEnough(each, oldest),
  );
  if (program === undefined) {
    return `Node ${oldest} or later; name its program in EASEL_NEWER_NODE`;
  }
  try {
    return { node: program, folder: installedClient(client) };
  } catch (error) {
    return `its package. ${String(error)}`;
  }
}

/**
 * Tests of a client that wants a newer Node than the oldest one that Easel runs on: this one, or the
 * one that EASEL_NEWER_NODE names. A machine that has none, or that cannot reach npm's registry, can
 * still run all others, and is told so; CI may not take this way out.
 */
export function describeWithNewerNode(
  name: string,
  client: string,
  tests: (stage: Stage) => void,
): void {
  describeWithNode(name, client, NEWER, tests);
}

/** The same for a client that runs on this Node already and has a folder of its own all the same. */
export function describeWithNode(
  name: string,
  client: string,
  oldest: number,
  tests: (stage: Stage) => void,
): void {
  const stage = stageOf(client, oldest);
  if (typeof stage !== 'string') {
    describe(name, () => {
      tests(stage);
    });
  } else if (isRequired) {
    it(name, () => {
      throw new Error(`EASEL_REQUIRE_NEWER_NODE is set, but there is not ${stage}`);
    });
  } else {
    // Not console.warn: Jest drops what is written to the console of a file with no test to run.
    process.stderr.write(`SKIPPED: "${name}" needs ${stage}\n`);
    describe.skip(name, () => {
      tests({ node: '', folder: '' });
    });
  }
}
