import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator, type Emulator } from '../../src/emulator/emulator';
import { generateAt, startProcess, type EaselProcess } from '../easel-process';

interface Line {
  readonly msg: string;
  readonly path?: string;
  readonly images?: unknown;
}

describe('the warm-up', () => {
  let emulator: Emulator;
  let easel: EaselProcess | undefined;

  beforeAll(async () => {
    emulator = await startEmulator({ latencyMs: 0, drawing: 'plain' });
  });

  afterEach(() => {
    easel?.child.kill('SIGKILL');
  });

  afterAll(async () => {
    await emulator.close();
  });

  async function startWith(env: Record<string, string>): Promise<[EaselProcess, string]> {
    const folder = mkdtempSync(join(tmpdir(), 'easel-warm-up-'));
    const file = join(folder, 'accounts.yaml');
    writeFileSync(
      file,
      `accounts:\n  - { email: a@example.com, provider: gemini, apiKey: key, baseUrl: '${emulator.url}' }\n`,
    );
    easel = startProcess({
      ACCOUNTS_FILE: file,
      DATA_DIR: folder,
      PROXY_AUTH_MODE: 'off',
      LOG_FORMAT: 'json',
      ...env,
    });
    return [easel, await easel.url()];
  }

  const linesOf = (process: EaselProcess): readonly Line[] =>
    process
      .output()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);

  it('makes images before it listens, and leaves no trace but a log line', async () => {
    // A ledger as in production: what the warm-up made would be in it.
    const [started, url] = await startWith({ WARM_UP: 'on', DATABASE_URL: '' });
    const warmedUp = linesOf(started).find(({ msg }) => msg === 'warmed up');
    expect(warmedUp?.images).toBeGreaterThan(0);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).not.toMatch(/^easel_http_requests_total\{.*images/m);
    expect(metrics).not.toContain('warm-up');

    // What comes first is the client's, with the real account.
    const response = await generateAt(url, { prompt: 'x' });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-account-email')).toBe('a@example.com');
    const usage = (await (await fetch(`${url}/v1/usage`)).json()) as object;
    expect(JSON.stringify(usage)).not.toContain('warm-up');
    started.child.kill('SIGTERM');
    expect(await started.exit).toBe(0);
    const paths = linesOf(started).flatMap(({ path = [] }) => path);
    expect(paths.filter((path) => path.startsWith('/v1/images'))).toEqual([
      '/v1/images/generations',
    ]);
  });

  it.each([
    ['it is turned off', { WARM_UP: 'off' }],
    ['there are no accounts, only the emulator', { WARM_UP: 'on', ACCOUNTS_FILE: '' }],
  ])('does nothing if %s', async (_why, env: Record<string, string>) => {
    const [started] = await startWith(env);
    expect(started.output()).not.toContain('warm');
  });
});
