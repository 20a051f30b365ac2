import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEmulator, type Emulator } from '../../src/emulator/emulator';
import { startConnectProxy } from '../connect-proxy';
import { generateAt, startProcess, type EaselProcess } from '../easel-process';
import { startTokenServer } from '../fake-token-server';

interface AccountView {
  readonly email: string;
  readonly state: string;
  readonly reason: string | null;
  readonly requests: number;
  readonly failures: number;
}

interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly account?: string;
  readonly reason?: string;
}

const WARN = 40;

describe('the check of the accounts', () => {
  let emulator: Emulator;
  let folder: string;
  let file: string;
  let easel: EaselProcess | undefined;
  const servers: Server[] = [];

  beforeEach(async () => {
    emulator = await startEmulator();
    folder = mkdtempSync(join(tmpdir(), 'easel-'));
    file = join(folder, 'accounts.json');
  });
  afterEach(async () => {
    easel?.child.kill('SIGKILL');
    await easel?.exit;
    easel = undefined;
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
    await emulator.close();
  });

  function write(...accounts: readonly Record<string, unknown>[]): void {
    const complete = accounts.map((account) => ({
      provider: 'gemini',
      baseUrl: emulator.url,
      ...account,
    }));
    writeFileSync(file, JSON.stringify({ accounts: complete }));
  }

  async function start(env: Record<string, string> = {}): Promise<string> {
    easel = startProcess({
      ACCOUNTS_FILE: file,
      ACCOUNT_CHECK: 'on',
      LOG_FORMAT: 'json',
      HOME: folder,
      ...env,
    });
    return easel.url();
  }

  const lines = (): readonly LogLine[] =>
    (easel?.output() ?? '')
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as LogLine);

  async function line(text: string, count = 1): Promise<LogLine> {
    for (;;) {
      const found = lines().filter(({ msg }) => msg.includes(text));
      const last = found[count - 1];
      if (last !== undefined) {
        return last;
      }
      await sleep(20);
    }
  }

  async function accountsAt(url: string): Promise<readonly AccountView[]> {
    return ((await (await fetch(`${url}/v1/accounts`)).json()) as { data: AccountView[] }).data;
  }

  it('finds a key that Google refuses before any client does, in one warning, for nothing', async () => {
    write(
      { email: 'good@x.org', apiKey: 'a-good-key' },
      { email: 'bad@x.org', apiKey: 'invalid-and-secret' },
      { email: 'off@x.org', apiKey: 'invalid-but-off', enabled: false },
    );
    const url = await start();
    const done = await line('account(s) checked');
    expect(done.msg).toBe('credentials of 2 account(s) checked: 1 accepted, 1 rejected');
    const about = lines().filter(({ account }) => account !== undefined);
    expect(about).toMatchObject([
      { level: WARN, account: 'bad@x.org', reason: '400 INVALID_ARGUMENT API_KEY_INVALID' },
    ]);
    expect(about[0]?.msg).toMatch(
      /API key rejected, fix the key.*\/v1\/accounts\/bad%40x\.org\/enable/,
    );
    expect(await accountsAt(url)).toMatchObject([
      { email: 'good@x.org', state: 'ready', reason: null },
      { email: 'bad@x.org', state: 'disabled', reason: about[0]?.reason, requests: 0, failures: 0 },
      { email: 'off@x.org', reason: 'not enabled in the configuration' },
    ]);
    expect(emulator.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /v1beta/models?pageSize=1',
      'GET /v1beta/models?pageSize=1',
    ]);
    expect((await generateAt(url)).headers.get('x-account-email')).toBe('good@x.org');
    expect(easel?.output()).not.toMatch(/secret|a-good-key/);
  });

  it('covers the new credentials of a reload', async () => {
    write({ email: 'a@x.org', apiKey: 'invalid-1' }, { email: 'b@x.org', apiKey: 'good-1' });
    const url = await start();
    await line('account(s) checked');
    write(
      { email: 'a@x.org', apiKey: 'good-2' },
      { email: 'b@x.org', apiKey: 'good-1', priority: 5 },
      { email: 'c@x.org', apiKey: 'invalid-2' },
    );
    expect((await line('account(s) checked', 2)).msg).toContain('of 2 account(s)');
    expect((await accountsAt(url)).map(({ state }) => state)).toEqual([
      'ready',
      'ready',
      'disabled',
    ]);
    expect(emulator.requests.map(({ key }) => key).sort()).toEqual([
      'good-1',
      'good-2',
      'invalid-1',
      'invalid-2',
    ]);
  });

  it('does not delay readiness, and reports only what it cannot reach', async () => {
    const silent = createServer(() => undefined);
    servers.push(silent);
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
    const { port } = silent.address() as AddressInfo;
    write(
      { email: 'silent@x.org', apiKey: 'k1', baseUrl: `http://127.0.0.1:${port}`, priority: 2 },
      { email: 'gone@x.org', apiKey: 'k2', baseUrl: 'http://127.0.0.1:1', priority: 3 },
      { email: 'good@x.org', apiKey: 'k3' },
    );
    const url = await start();
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect((await generateAt(url)).status).toBe(200);
    silent.closeAllConnections();
    const told = await line('could not be checked');
    expect(told).toMatchObject({
      level: WARN,
      accounts: expect.arrayContaining(['silent@x.org', 'gone@x.org']) as string[],
      reasons: expect.arrayContaining(['ECONNREFUSED']) as string[],
    });
    expect((await accountsAt(url)).map(({ state }) => state)).toEqual(['ready', 'ready', 'ready']);
  });

  it('uses the same proxy as the calls', async () => {
    const { port } = new URL(emulator.url);
    const proxy = await startConnectProxy({ leadsTo: Number(port) });
    write({ email: 'a@x.org', apiKey: 'k', baseUrl: 'http://gemini.invalid' });
    await start({ HTTP_PROXY: proxy.url.href });
    expect((await line('account(s) checked')).msg).toContain('1 accepted');
    expect(proxy.asked.map(({ target }) => target)).toEqual(['gemini.invalid:80']);
    await proxy.close();
  });

  it('requests a token for an account on Vertex AI', async () => {
    const tokens = await startTokenServer();
    tokens.response({ status: 400, body: { error: 'invalid_grant' } });
    const credentialsFile = join(folder, 'key.json');
    writeFileSync(credentialsFile, JSON.stringify(tokens.serviceAccount));
    write({ email: 'v@x.org', provider: 'vertex', credentialsFile });
    const url = await start();
    expect((await line('account(s) checked')).msg).toContain('1 rejected');
    expect(await accountsAt(url)).toMatchObject([
      { state: 'disabled', reason: 'token: invalid_grant' },
    ]);
    expect((await line('all accounts are disabled')).level).toBe(50);
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    expect([tokens.requests.length, emulator.requests.length]).toEqual([1, 0]);
    await tokens.close();
  });

  it.each<[string, Record<string, string>]>([
    ['where it is off', { ACCOUNT_CHECK: 'off' }],
    ['of the built-in emulator', { ACCOUNTS_FILE: '' }],
  ])('is none %s', async (_where, env) => {
    write({ email: 'bad@x.org', apiKey: 'invalid-key' });
    const url = await start(env);
    await fetch(`${url}/readyz`);
    await sleep(300);
    expect(easel?.output()).not.toContain('tried');
    expect(emulator.requests).toHaveLength(0);
    expect((await accountsAt(url))[0]?.state).toBe('ready');
  });
});
