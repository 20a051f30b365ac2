import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileFingerprint, type Fingerprints } from '../../src/watched-file/file-fingerprint';
import { FileWatchInWorker } from '../../src/watched-file/file-watch-in-worker';
import { MAIN, startProcess } from '../easel-process';

describe('a file watch on its own thread', () => {
  let folder: string;
  let watch: FileWatchInWorker | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'easel-'));
  });
  afterEach(() => {
    watch?.stop();
    rmSync(folder, { recursive: true });
  });

  const at = (name: string): string => join(folder, name);
  const now = (...names: readonly string[]): Fingerprints =>
    new Map(names.map((name) => [at(name), fileFingerprint(at(name))]));

  it('reports each change, and other files when it is asked to watch them', async () => {
    const log: string[] = [];
    watch = new FileWatchInWorker({ error: (text) => log.push(text) });
    for (const version of ['v1', 'v2']) {
      mkdirSync(at(version));
      writeFileSync(join(at(version), 'file'), version);
    }
    symlinkSync('v1', at('..data'));
    symlinkSync('..data/file', at('file'));
    const first = watch.untilChanged(now('file'));
    symlinkSync('v2', at('..next'));
    renameSync(at('..next'), at('..data'));
    expect(await first).toEqual(now('file'));

    const second = watch.untilChanged(now('file', 'other'));
    writeFileSync(at('other'), 'new');
    expect(await second).toEqual(now('file', 'other'));
    expect(log).toEqual([]);
  });

  it('rejects a pending wait when it is stopped', async () => {
    watch = new FileWatchInWorker({ error: () => undefined });
    const waiting = watch.untilChanged(now('file'));
    watch.stop();
    await expect(waiting).rejects.toThrow('aborted');
  });

  it('survives the loss of its thread, misses no change, and does not keep the process alive', async () => {
    writeFileSync(at('file'), 'one');
    // A separate process that reports each thread and does nothing else.
    const script = `
      const { writeFileSync } = require('node:fs');
      const { fileFingerprint } = require('./watched-file/file-fingerprint');
      const { FileWatchInWorker } = require('./watched-file/file-watch-in-worker');
      const file = process.argv[1];
      const watch = new FileWatchInWorker({ error: (text) => console.log(text) }, 20);
      const known = new Map([[file, fileFingerprint(file)]]);
      const told = watch.untilChanged(known);
      const waiting = setInterval(() => {}, 1000);
      process.once('worker', (thread) => {
        thread.once('online', async () => {
          await thread.terminate();
          writeFileSync(file, 'two');
          const seen = await told;
          console.log(seen.get(file) === fileFingerprint(file));
          void watch.untilChanged(seen);
          clearInterval(waiting);
        });
      });
    `;
    const child = spawn(process.execPath, ['-e', script, at('file')], { cwd: dirname(MAIN) });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    }
    const exit = await new Promise((resolve) => child.on('close', resolve));
    expect([exit, ...output.trim().split('\n')]).toEqual([
      0,
      expect.stringMatching(/^file watch thread died, restarting/),
      'true',
    ]);
  });

  it('does not prevent Easel from exiting', async () => {
    const file = at('accounts.yaml');
    writeFileSync(file, 'accounts: [{email: a@x.org, provider: gemini, apiKey: k}]');
    const easel = startProcess({ ACCOUNTS_FILE: file });
    await easel.url();
    easel.child.kill('SIGTERM');
    expect(await easel.exit).toBe(0);
  });
});
