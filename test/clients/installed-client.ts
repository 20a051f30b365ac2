import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const CACHE = join(__dirname, '../../node_modules/.cache/easel-clients');

/** A command that installs, in the folder where it runs, what the client's lock file names. */
export interface Installer {
  readonly command: readonly [program: string, ...args: string[]];
  /** What else the packages depend on, such as the interpreter's version. */
  readonly platform?: string;
}

const NPM: Installer = {
  command: ['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
};

/**
 * The folder where a client stands ready that the project itself does not install: a copy of the folder
 * of that name beside this file, with what its lock file names. Made when the files are new here.
 *
 * @throws what the installer says, where it cannot be installed
 */
export function installedClient(name: string, { command, platform = '' }: Installer = NPM): string {
  const source = join(__dirname, name);
  const hash = createHash('sha256').update(`${platform}\0`);
  for (const file of readdirSync(source).sort()) {
    hash.update(`${file}\0`).update(readFileSync(join(source, file)));
  }
  const folder = join(CACHE, `${name}-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(folder)) {
    return folder;
  }
  mkdirSync(CACHE, { recursive: true });
  const making = mkdtempSync(join(CACHE, 'making-'));
  cpSync(source, making, { recursive: true });
  const [program, ...args] = command;
  const { status, stderr } = spawnSync(program, args, { cwd: making, encoding: 'utf8' });
  if (status !== 0) {
    rmSync(making, { recursive: true });
    throw new Error(`${program} cannot install the client ${name}:\n${stderr}`);
  }
  try {
    renameSync(making, folder);
  } catch (error) {
    // Another test file, in a process of its own, was quicker.
    rmSync(making, { recursive: true });
    if (!existsSync(folder)) {
      throw error;
    }
  }
  return folder;
}
