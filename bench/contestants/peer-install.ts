import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Unavailable } from '../contestant';
import { PEERS } from '../places';

const INSTALL_WITHIN_MS = 600_000;

/**
 * Installs a peer where it is not yet, in a folder of its own: it is no dependency of Easel's.
 *
 * @param proof the file that is there when it is installed, seen from its folder
 * @returns that file's path
 * @throws Unavailable when one of the commands fails
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
