import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const CACHE = join(__dirname, '../../node_modules/.cache/easel-clients');

/**
 * The folder where a client stands ready that the project itself does not install: a copy of the folder
 * of that name beside this file, with what its lock file names. Made when the files are new here.
 *
 * @throws what npm says, where it cannot be installed
 */
export function installedClient(name: string): string {
  const source = join(__dirname, name);
  const hash = createHash('sha256');
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
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, stderr } = spawnSync('npm', ['ci', ...options], {
    cwd: making,
    encoding: 'utf8',
  });
  if (status !== 0) {
    rmSync(making, { recursive: true });
    throw new Error(`npm cannot install the client ${name}:\n${stderr}`);
  }
  renameSync(making, folder);
  return folder;
}
