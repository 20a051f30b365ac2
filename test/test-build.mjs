import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CACHE = join(ROOT, 'node_modules/.cache/easel-test');
/** Builds that no run has used for so long are removed by the next one. */
const KEPT_MS = 24 * 60 * 60 * 1000;

/** Everything that a build is made from: other sources give another folder, so none is ever stale. */
function sources() {
  const files = ['src', 'console']
    .flatMap((name) => readdirSync(join(ROOT, name), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.spec.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const settings = ['package.json', 'nest-cli.json', 'tsconfig.json', 'tsconfig.build.json'];
  return [...settings.map((name) => join(ROOT, name)), ...files];
}

function digest() {
  const hash = createHash('sha256');
  for (const file of sources()) {
    hash
      .update(`${file.slice(ROOT.length)}\0`)
      .update(readFileSync(file))
      .update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}

const FOLDER = join(CACHE, digest());

/**
 * Where the build lies that end-to-end tests run against: the one that ships, made from the sources as
 * they stand, in a folder of its own. `dist/` is left alone, since somebody may be running it.
 */
export const BUILD = join(FOLDER, 'dist');

/** Builds unless these sources have been built already: what Jest calls a global set-up. */
export default function setup() {
  if (existsSync(FOLDER)) {
    utimesSync(FOLDER, new Date(), new Date());
    return;
  }
  mkdirSync(CACHE, { recursive: true });
  removeOld();
  const folder = mkdtempSync(join(CACHE, 'making-'));
  const tsconfig = join(folder, 'tsconfig.json');
  writeFileSync(
    tsconfig,
    JSON.stringify({
      extends: join(ROOT, 'tsconfig.build.json'),
      compilerOptions: { rootDir: join(ROOT, 'src'), outDir: join(folder, 'dist') },
      include: [join(ROOT, 'src')],
      exclude: [join(ROOT, 'src/**/*.spec.ts')],
    }),
  );
  // The version is read from the package.json beside the build.
  copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  const nest = createRequire(import.meta.url).resolve('@nestjs/cli/bin/nest.js');
  run([nest, 'build', '--path', relative(ROOT, tsconfig)], folder);
  const vite = join(ROOT, 'node_modules/vite/bin/vite.js');
  run([vite, 'build', 'console', '--outDir', join(folder, 'dist/console')], folder);
  try {
    renameSync(folder, FOLDER);
  } catch (error) {
    // Another run was quicker with the same sources.
    rmSync(folder, { recursive: true });
    if (!existsSync(FOLDER)) {
      throw error;
    }
  }
}

function run(program, folder) {
  const { status, stdout, stderr } = spawnSync(process.execPath, program, {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (status !== 0) {
    rmSync(folder, { recursive: true });
    throw new Error(`The sources do not build:\n${stdout}${stderr}`);
  }
}

function removeOld() {
  for (const name of readdirSync(CACHE)) {
    const path = join(CACHE, name);
    if (Date.now() - statSync(path).mtimeMs > KEPT_MS) {
      rmSync(path, { recursive: true, force: true });
    }
  }
}
