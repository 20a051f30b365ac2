import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Unavailable } from '../contestant';
import { PEERS } from '../places';

const INSTALL_WITHIN_MS = 600_000;

/**
 * Installs a peer unless it is installed, in its own folder: it is not a dependency of Easel.
 *
 * @param proof a file that exists once it is installed, relative to its folder
 * @returns that file's path
 * @throws Unavailable if one of the commands fails
 */
export function installed(
  name: string,
  proof: string,
  commands: readonly (readonly [string, ...string[]])[],
): string {
  const folder = join(PEERS, name);
  const file = join(folder, proof);
  if (existsSync(file)) {
    return file;
  }
  mkdirSync(folder, { recursive: true });
  for (const [program, ...args] of commands) {
    const { status, error } = spawnSync(program, args, {
      cwd: folder,
      stdio: 'ignore',
      timeout: INSTALL_WITHIN_MS,
    });
    if (status !== 0) {
      const why = error?.message ?? `ended with ${status ?? 'a signal'}`;
      throw new Unavailable(`could not be installed: ${program} ${args[0] ?? ''} ${why}`);
    }
  }
  return file;
}
