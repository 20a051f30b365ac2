import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  generateAt as generate,
  MAIN,
  startProcess,
  TEST_ENVIRONMENT,
  type EaselProcess,
} from '../easel-process';
import type { ErrorBody, ImagesBody } from '../running-easel';
import { png, respondWhole, startScriptedUpstream } from '../scripted-upstream';
import { slowReader } from '../slow-reader';
import { until } from '../until';

describe('the process', () => {
  const running: ChildProcess[] = [];
  /** Runs the main module anew for each environment that it is sent. */
  let runner: ChildProcess | undefined;
  const servers: { close(): Promise<unknown> }[] = [];

  afterEach(async () => {
    for (const child of running.splice(0)) {
      child.kill('SIGKILL');
    }
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });

  afterAll(() => runner?.kill('SIGKILL'));

  function start(env: Record<string, string>): EaselProcess {
    const easel = startProcess(env);
    running.push(easel.child);
    return easel;
  }

  /** An upstream that keeps Easel waiting for its image until it is released. */
  async function heldUpstream(moreBytes = 0) {
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const bytes = [Buffer.from(await png(64), 'base64'), Buffer.alloc(moreBytes)];
    const image = Buffer.concat(bytes).toString('base64');
    const upstream = await startScriptedUpstream(async (call) => {
      await released;
      respondWhole(call, image);
    });
    servers.push(upstream);
    const account = { email: 'a@x.org', provider: 'gemini', apiKey: 'k', baseUrl: upstream.url };
    const file = join(mkdtempSync(join(tmpdir(), 'easel-')), 'accounts.json');
    writeFileSync(file, JSON.stringify({ accounts: [account] }));
    return { env: { ACCOUNTS_FILE: file }, release };
  }

  /** Resolves once an image of this process is in flight. */
  const hasImageInFlight = (url: string): Promise<void> =>
    until(async () =>
      (await fetch(`${url}/metrics`).then((r) => r.text())).includes('easel_images_in_flight 1'),
    );

  it('needs no configuration: the built-in emulator draws, and log and response say so', async () => {
    const easel = start({ EMULATOR_DRAWING: '' });
    const url = await easel.url();
    const response = await generate(url, { prompt: 'x', n: 3, size: '1920x1080' });
    const body = (await response.json()) as ImagesBody;
    expect(body.size).toBe('1376x768');
    expect(body.data).toHaveLength(3);
    expect(response.headers.get('x-upstream')).toBe('emulator');
    expect(response.headers.get('x-account-email')).toContain('@emulator');
    await until(() => easel.output().includes('built-in Gemini emulator'));
    easel.child.kill('SIGTERM');
    expect(await easel.exit).toBe(0);
  });

  it('logs JSON with a request id in every line of a request, and no prompt', async () => {
    const easel = start({});
    const response = await generate(await easel.url(), { prompt: 'a most private prompt' });
    const requestId = response.headers.get('x-request-id');
    easel.child.kill('SIGTERM');
    await easel.exit;
    const lines = easel
      .output()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const line = lines.find((candidate) => candidate['path'] === '/v1/images/generations');
    expect(line).toMatchObject({
      requestId,
      level: 30,
      method: 'POST',
      status: 200,
      images: { model: 'gemini-3-pro-image', requested: 1, returned: 1 },
      msg: 'POST /v1/images/generations 200',
    });
    expect(easel.output()).not.toContain('private');
  });

  it('lists every fault of its configuration, and exits with 1', async () => {
    const easel = start({ PORT: 'eighty', PROXY_AUTH_MODE: 'maybe', DEFAULT_MODEL: 'gpt-4o' });
    expect(await easel.exit).toBe(1);
    for (const name of ['PORT', 'PROXY_AUTH_MODE', 'DEFAULT_MODEL']) {
      expect(easel.output()).toContain(`- ${name} `);
    }
    expect(easel.output()).not.toMatch(/\n\s+at /);
  });

  // The tests around these run a process to its end. These differ in the message alone, so its main module runs anew
  // in one process for all of them.
  it.each<[string, Record<string, string>, RegExp]>([
    ['a mode without its key', { PROXY_AUTH_MODE: 'strict' }, /PROXY_API_KEY must hold a key/],
    [
      'real accounts that everybody could reach',
      { GEMINI_API_KEYS: 'k', HOST: '0.0.0.0' },
      /PROXY_AUTH_MODE=off/,
    ],
    ['a misspelt key', { PROXY_API_KEYS: 'k' }, /PROXY_API_KEYS .*did you mean PROXY_API_KEY/],
    ['a misspelt mode', { PROXY_AUTHMODE: 'strict' }, /did you mean PROXY_AUTH_MODE/],
    ['a key in quotes', { PROXY_API_KEY: '"k"' }, /PROXY_API_KEY is in quotes/],
    [
      'a placeholder for a key',
      { GEMINI_API_KEYS: 'put-your-key-here' },
      /GEMINI_API_KEYS: key-1@gemini is the placeholder/,
    ],
    [
      'an accounts file that is not there',
      { ACCOUNTS_FILE: '/nowhere.yaml' },
      /ACCOUNTS_FILE cannot be read/,
    ],
  ])('refuses %s', async (_name, env, message) => {
    runner ??= fork(require.resolve('../main-anew.cjs'), [MAIN], { env: {}, execArgv: [] });
    const ended = once(runner, 'message') as Promise<[{ code: number; output: string }]>;
    const lost = once(runner, 'exit').then(() => {
      runner = undefined;
      throw new Error('the process that runs it has ended');
    });
    runner.send({ ...TEST_ENVIRONMENT, ...env });
    const [{ code, output }] = await Promise.race([ended, lost]);
    expect(code).toBe(1);
    expect(output).toMatch(message);
  });

  it('warns about a variable of other programs, and does not use it', async () => {
    const easel = start({ GEMINI_API_KEY: 'k' });
    await easel.url();
    easel.child.kill('SIGTERM');
    await easel.exit;
    expect(easel.output()).toMatch(/GEMINI_API_KEY is set .*did you mean GEMINI_API_KEYS/);
    expect(easel.output()).toMatch(/built-in Gemini emulator/);
  });

  it('reports that its port is already in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    servers.push({ close: () => new Promise((resolve) => other.close(resolve)) });
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const easel = start({ PORT: String(port) });
    expect(await easel.exit).toBe(1);
    expect(easel.output()).toMatch(/HOST or PORT cannot be used: .*EADDRINUSE/);
    expect(easel.output()).not.toMatch(/\n\s+at /);
  });

  it('rejects a bad account with its line, and never shows its key', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'easel-')), 'accounts.yaml');
    writeFileSync(
      file,
      'accounts:\n  - email: a@x.org\n    provider: azure\n    apiKey: AIzaSecret\n',
    );
    const easel = start({ ACCOUNTS_FILE: file });
    expect(await easel.exit).toBe(1);
    expect(easel.output()).toContain('accounts[0] (line 2), a@x.org: provider "azure" is unknown');
    expect(easel.output()).not.toContain('AIzaSecret');
  });

  it('takes its key from a file', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'easel-')), 'key');
    writeFileSync(file, 'the-key-in-a-file\n');
    const easel = start({ PROXY_API_KEY_FILE: file });
    const url = await easel.url();
    expect((await fetch(`${url}/v1/models`)).status).toBe(401);
    const headers = { authorization: 'Bearer the-key-in-a-file' };
    expect((await fetch(`${url}/v1/models`, { headers })).status).toBe(200);
  });

  it('is not ready if no account is enabled, and logs it', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'easel-')), 'accounts.yaml');
    writeFileSync(
      file,
      'accounts: [{email: a@x.org, provider: gemini, apiKey: k, enabled: false}]',
    );
    const url = await start({ ACCOUNTS_FILE: file }).url();
    const ready = await fetch(`${url}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({
      error: { type: 'server_error', code: 'no_account_available' },
      details: { accounts: { usable: 0, total: 1 } },
    });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it('serves on while load balancers have yet to see that it is not ready', async () => {
    const easel = start({ SHUTDOWN_DELAY_MS: '6000' });
    const url = await easel.url();
    easel.child.kill('SIGTERM');
    await until(() => easel.output().includes('no longer ready'));
    const ready = await fetch(`${url}/readyz`);
    expect(ready.status).toBe(503);
    expect(ready.headers.get('retry-after')).toBe('1');
    expect(await ready.json()).toMatchObject({ error: { code: 'overloaded' } });
    expect((await generate(url)).status).toBe(200);
    expect(await easel.exit).toBe(0);
  });

  it('accepts no connection after SHUTDOWN_DELAY_MS, and finishes running requests', async () => {
    const upstream = await heldUpstream();
    const easel = start({ SHUTDOWN_DELAY_MS: '4000', ...upstream.env });
    const url = await easel.url();
    const atWork = generate(url);
    await hasImageInFlight(url);
    easel.child.kill('SIGTERM');
    await until(() => easel.output().includes('no longer ready'));
    const last = await fetch(`${url}/readyz`);
    expect([last.status, last.headers.get('connection')]).toEqual([503, 'close']);
    await until(() =>
      fetch(`${url}/healthz`).then(
        () => false,
        () => easel.child.exitCode === null,
      ),
    );
    upstream.release();
    expect((await atWork).status).toBe(200);
    expect(await easel.exit).toBe(0);
  });

  it('serves connections that were waiting to be accepted when SHUTDOWN_DELAY_MS was over', async () => {
    const easel = start({ SHUTDOWN_DELAY_MS: '1500' });
    const url = await easel.url();
    easel.child.kill('SIGTERM');
    await until(() => easel.output().includes('no longer ready'));
    // The kernel accepts connections meanwhile. When the process runs again, its delay is over first.
    easel.child.kill('SIGSTOP');
    const waiting = Promise.all(Array.from({ length: 5 }, () => generate(url)));
    await sleep(2000);
    easel.child.kill('SIGCONT');
    expect((await waiting).map(({ status }) => status)).toEqual(Array(5).fill(200));
    expect(await easel.exit).toBe(0);
  });

  it('obeys a second Ctrl-C at once', async () => {
    const easel = start({ EMULATOR_LATENCY_MS: '60000' });
    const url = await easel.url();
    const atWork = generate(url).catch(() => 'cut');
    await hasImageInFlight(url);
    easel.child.kill('SIGINT');
    await until(() => easel.output().includes('no longer ready'));
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    easel.child.kill('SIGINT');
    expect(await easel.exit).toBe(130);
    expect(await atWork).toBe('cut');
  });

  it('sends a response to its last byte, however slowly it is read', async () => {
    // As large as detailed pictures, which take seconds of CPU to draw.
    const upstream = await heldUpstream(11_000_000);
    upstream.release();
    const easel = start(upstream.env);
    const url = await easel.url();
    const response = slowReader(`${url}/v1/images/generations`, {
      prompt: 'x',
      n: 2,
      quality: 'hd',
    });
    expect(await response.status).toBe(200);
    easel.child.kill('SIGTERM');
    const body = JSON.parse(await response.body) as ImagesBody;
    expect(body.data).toHaveLength(2);
    expect(await easel.exit).toBe(0);
  });

  it('does not wait for silent connections', async () => {
    const easel = start({});
    const { port } = new URL(await easel.url());
    const sockets = [
      '',
      'GET / HT',
      'POST /v1/images/generations HTTP/1.1\r\nHost: x\r\n' +
        'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    ].map((text) => {
      const socket = connect(Number(port), '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(text);
      return socket;
    });
    await sleep(300);
    easel.child.kill('SIGTERM');
    // The sockets stay as they are: what waits for them waits for ever.
    expect(await easel.exit).toBe(0);
    for (const socket of sockets) {
      socket.destroy();
    }
  });

  it('ends in order: not ready at once, no new work, running requests finished', async () => {
    const upstream = await heldUpstream();
    const easel = start(upstream.env);
    const url = await easel.url();
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const atWork = generate(url);
    await hasImageInFlight(url);
    easel.child.kill('SIGTERM');
    await until(() => easel.output().includes('no longer ready'));
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const late = await generate(url);
    expect(late.status).toBe(503);
    expect(((await late.json()) as ErrorBody).error.code).toBe('overloaded');
    upstream.release();
    const finished = await atWork;
    expect(finished.status).toBe(200);
    expect(((await finished.json()) as ImagesBody).data).toHaveLength(1);
    expect(await easel.exit).toBe(0);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });
});
