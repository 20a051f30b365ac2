import { spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MAIN } from '../easel-process';

const PROJECT = join(__dirname, '../..');
const KEY = 'a-key-from-the-file-0123';

/** `npm start` and `npm run emulator` in a clone, which is built or not, and has an `.env` or not. */
describe('npm start', () => {
  let clone: string;
  let child: ChildProcess | undefined;
  let output = '';
  let exit: Promise<number | null>;

  beforeEach(() => {
    clone = mkdtempSync(join(tmpdir(), 'easel-'));
    copyFileSync(join(PROJECT, 'package.json'), join(clone, 'package.json'));
    cpSync(join(PROJECT, 'scripts'), join(clone, 'scripts'), { recursive: true });
    symlinkSync(dirname(MAIN), join(clone, 'dist'));
  });
  afterEach(async () => {
    try {
      // npm, its shell and Easel.
      process.kill(-Number(child?.pid), 'SIGKILL');
      await exit;
    } catch {
      // Over by itself.
    }
    rmSync(clone, { recursive: true });
  });

  /** With nothing in its environment but this. */
  function run(command: readonly string[], env: Readonly<Record<string, string>> = {}): void {
    const { PATH = '' } = process.env;
    output = '';
    const started = spawn('npm', command, {
      cwd: clone,
      env: { PATH, HOME: clone, ...env },
      detached: true,
    });
    for (const stream of [started.stdout, started.stderr]) {
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    }
    exit = new Promise((resolve) => started.on('close', resolve));
    child = started;
  }

  async function url(): Promise<string> {
    for (;;) {
      const found = /listens on (http:\/\/[^\s,"]+)/.exec(output)?.[1];
      if (found !== undefined && output.includes('emulator')) {
        return found;
      }
      if (child?.exitCode !== null) {
        await exit;
        throw new Error(output);
      }
      await sleep(20);
    }
  }

  const write = (name: string, text: string | Buffer) => {
    writeFileSync(join(clone, name), text);
  };

  it('reads .env, and logs the names without values', async () => {
    write('.env', `# a comment\nPORT=0\nPROXY_API_KEY=${KEY}\nLOG_LEVEL=debug\n`);
    run(['start'], { LOG_LEVEL: 'info' });
    const base = await url();
    expect(output).toContain(
      '.env was read: PORT, PROXY_API_KEY taken; already set in the environment: LOG_LEVEL',
    );
    expect(output).not.toContain(KEY);
    expect((await fetch(`${base}/v1/models`)).status).toBe(401);
    const headers = { authorization: `Bearer ${KEY}` };
    expect((await fetch(`${base}/v1/models`, { headers })).status).toBe(200);
  });

  it('does without .env', async () => {
    run(['start'], { PORT: '0' });
    await url();
    expect(output).not.toContain('.env');
  });

  it('starts with the template as it is, on the emulator', async () => {
    copyFileSync(join(PROJECT, '.env.example'), join(clone, '.env'));
    run(['start'], { PORT: '0' });
    const base = await url();
    expect(output).toContain('.env was read: nothing taken');
    expect((await fetch(`${base}/readyz`)).status).toBe(200);
  });

  it.each<[string, string | Buffer, Readonly<Record<string, string>>, readonly RegExp[]]>([
    [
      'a fault in .env, and where its variables are from',
      'PORT=eighty\nPROXY_AUTH_MODE=off\n',
      {},
      [/PORT must be an integer/, /Taken from \.env: PORT, PROXY_AUTH_MODE/],
    ],
    [
      'an .env in UTF-16',
      Buffer.from('\uFEFFPORT=0', 'utf16le'),
      {},
      [/Easel cannot start\. \.env is not UTF-8 text/],
    ],
    [
      'the keys of the README, unedited',
      '',
      { GEMINI_API_KEYS: 'your-key,another-key' },
      [
        /GEMINI_API_KEYS: key-1@gemini is the placeholder of an example: put a key of your own there/,
        /GEMINI_API_KEYS: key-2@gemini is the placeholder/,
      ],
    ],
    [
      'the example of an accounts file, unedited',
      '',
      { ACCOUNTS_FILE: join(PROJECT, 'accounts.example.yaml') },
      [
        /accounts\[0\] \(line 3\), studio@example\.com: the API key is the placeholder of an example/,
        /accounts\[1\] \(line \d+\), spare@example\.com: the API key is the placeholder/,
      ],
    ],
  ])('says %s', async (_name, file, env, expected) => {
    if (file.length > 0) {
      write('.env', file);
    }
    run(['start'], env);
    expect(await exit).toBe(1);
    for (const line of expected) {
      expect(output).toMatch(line);
    }
    expect(output).not.toMatch(/\n\s+at /);
  });

  it.each([
    ['start', 'dist/main.js'],
    ['run emulator', 'dist/emulator/main.js'],
  ])('without a build, npm %s says what to do', async (command, program) => {
    rmSync(join(clone, 'dist'));
    run(command.split(' '));
    expect(await exit).toBe(1);
    expect(output).toContain(`There is no ${program} yet: run "npm run build" first.`);
    expect(output).not.toMatch(/\n\s+at /);
  });

  it('npm run emulator is the emulator', async () => {
    run(['run', 'emulator'], { EMULATOR_PORT: '0' });
    while (!output.includes('Gemini emulator listening on http://')) {
      expect(child?.exitCode).toBeNull();
      await sleep(20);
    }
  });
});
