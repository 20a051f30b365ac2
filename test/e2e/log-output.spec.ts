import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateAt, MAIN } from '../easel-process';
import { freePort } from '../free-port';
import { until } from '../until';

describe('a log that cannot be written', () => {
  const running: ChildProcess[] = [];

  afterEach(() => {
    for (const child of running.splice(0)) {
      child.kill('SIGKILL');
    }
  });

  /** Starts Easel from a line of shell, in which `$EASEL` stands for its command. */
  async function start(script: string, env: Record<string, string>) {
    // It must be known in advance, because the log cannot report it.
    const port = await freePort();
    const child = spawn('bash', ['-c', script], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        EASEL: `${process.execPath} ${MAIN}`,
        PORT: String(port),
        EMULATOR_DRAWING: 'plain',
        ...env,
      },
    });
    running.push(child);
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
    const url = `http://127.0.0.1:${port}`;
    await until(() =>
      fetch(`${url}/healthz`).then(
        () => true,
        () => false,
      ),
    ).catch(() => {
      throw new Error(`It does not start: ${stderr}`);
    });
    return { child, url, exit, stderr: () => stderr };
  }

  /** As many requests as would have stopped it, each of which is logged. */
  async function serveMany(url: string): Promise<void> {
    for (let i = 0; i < 60; i++) {
      const signal = AbortSignal.timeout(15_000);
      expect((await fetch(`${url}/nowhere`, { signal })).status).toBe(404);
    }
    expect((await generateAt(url)).status).toBe(200);
  }

  async function endsInOrder(easel: Awaited<ReturnType<typeof start>>): Promise<void> {
    easel.child.kill('SIGTERM');
    expect(await easel.exit).toBe(0);
  }

  const told = (text: string): number => text.split('The log cannot be written').length - 1;

  describe.each(['json', 'pretty'])('as %s', (format) => {
    const env = { LOG_FORMAT: format };

    it.each([
      ['a full device', 'exec $EASEL > /dev/full', /ENOSPC/],
      ['a full disk', "trap '' XFSZ; ulimit -f 4; exec $EASEL > $LOG", /EFBIG/],
      ['a pipe whose reader has left', 'exec $EASEL > >(exec true)', /EPIPE/],
    ])(
      'keeps serving with %s, reports it once, and the number of lost lines at the end',
      async (_name, script, reason) => {
        const log = join(mkdtempSync(join(tmpdir(), 'easel-')), 'log');
        const easel = await start(script, { ...env, LOG: log });
        await serveMany(easel.url);
        await until(() => told(easel.stderr()) === 1);
        expect(easel.stderr()).toMatch(reason);
        await endsInOrder(easel);
        expect(easel.stderr()).toMatch(/\d+ lines? of the log (was|were) lost/);
        expect(told(easel.stderr())).toBe(1);
      },
    );

    it('keeps serving with an unread pipe, and exits without waiting for it', async () => {
      // Full already, as it is after some hundred requests: a pipe holds 64 KiB.
      const pipe = 'exec > >(exec sleep 20 > /dev/null 2>&1); head -c 65536 /dev/zero';
      const easel = await start(`${pipe}; exec $EASEL`, env);
      await serveMany(easel.url);
      await endsInOrder(easel);
      expect(easel.stderr()).toMatch(/\d+ lines? of the log (was|were) lost/);
    });

    it('keeps serving when neither stdout nor stderr can be written', async () => {
      const easel = await start('exec $EASEL > /dev/full 2>&1', env);
      await serveMany(easel.url);
      await endsInOrder(easel);
    });

    it('keeps serving when the reader of both has exited', async () => {
      const easel = await start('exec $EASEL > >(exec true) 2>&1', env);
      await serveMany(easel.url);
      await endsInOrder(easel);
    });
  });

  it('continues once the disk has space again, on a new line', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'easel-'));
    const log = join(directory, 'log');
    const easel = await start("trap '' XFSZ; ulimit -S -f 4; exec $EASEL >> $LOG", { LOG: log });
    await serveMany(easel.url);
    spawnSync('prlimit', ['--pid', String(easel.child.pid), '--fsize=unlimited']);
    await fetch(`${easel.url}/after`);
    await endsInOrder(easel);
    expect(readFileSync(log, 'utf8')).toMatch(/\n\{[^\n]*"path":"\/after"[^\n]*\}\n/);
  });
});
