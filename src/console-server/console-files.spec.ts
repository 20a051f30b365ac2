import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { besideConsole, ConsoleFiles } from './console-files';

const PAGE =
  '<link rel="stylesheet" href="./assets/main-1a2b.css"><script type="module" src="./assets/main-3c4d.js"></script>';

describe('ConsoleFiles', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'console-'));
    mkdirSync(join(folder, 'assets'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('are none before the console was built', () => {
    expect(ConsoleFiles.read(folder)).toBeUndefined();
    expect(ConsoleFiles.read(join(folder, 'nowhere'))).toBeUndefined();
  });

  it('are the page twice, and the assets by name, each with its type and gzipped', () => {
    writeFileSync(join(folder, 'index.html'), PAGE);
    writeFileSync(join(folder, 'assets', 'main-3c4d.js'), 'let a = 1');
    writeFileSync(join(folder, 'assets', 'main-1a2b.css'), 'a{}');
    writeFileSync(join(folder, 'assets', 'notes.map'), '{}');
    const files = ConsoleFiles.read(folder);
    expect(files?.pageBelow.bytes.toString()).toBe(PAGE);
    expect(files?.pageBeside.bytes.toString()).toBe(besideConsole(PAGE));
    expect(files?.pageBelow.entityTag).not.toBe(files?.pageBeside.entityTag);
    expect([...(files?.assets.keys() ?? [])].sort()).toEqual(['main-1a2b.css', 'main-3c4d.js']);
    const script = files?.assets.get('main-3c4d.js');
    expect(script?.type).toBe('text/javascript; charset=utf-8');
    expect(gunzipSync(script?.gzipped ?? '').toString()).toBe('let a = 1');
  });
});

describe('besideConsole', () => {
  it.each([
    ['<script src="./assets/a.js">', '<script src="./console/assets/a.js">'],
    ['<link href="./assets/a.css">', '<link href="./console/assets/a.css">'],
    ['<a href="../docs">', '<a href="../docs">'],
    ['<a href="https://example.com/">', '<a href="https://example.com/">'],
    ['<p data-src="./x">./assets/</p>', '<p data-src="./console/x">./assets/</p>'],
  ])('%s is %s', (page, expected) => {
    expect(besideConsole(page)).toBe(expected);
  });
});
