import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AccountPoolService } from '../../src/accounts/account-pool.service';
import type { Account } from '../../src/accounts/account';
import { loadAccounts, loadAccountsInWorker } from '../../src/accounts/config/load-accounts';
import { SnapshotWatch } from '../../src/config-file/snapshot-watch';
import { FileWatchInWorker } from '../../src/watched-file/file-watch-in-worker';
import { startEasel, type ErrorBody, type RunningEasel } from '../running-easel';
import { until } from '../until';

interface AccountView {
  readonly email: string;
  readonly state: string;
  readonly reason: string | null;
  readonly until: string | null;
  readonly [key: string]: unknown;
}

describe('GET /v1/accounts', () => {
  let easel: RunningEasel;

  beforeEach(async () => {
    easel = await startEasel({
      accounts: [{ email: 'a@x.org' }, { email: 'b@x.org', enabled: false }],
    });
  });
  afterEach(() => easel.close());

  const list = async () =>
    ((await (await fetch(`${easel.url}/v1/accounts`)).json()) as { data: AccountView[] }).data;
  const enable = (email: string) =>
    fetch(`${easel.url}/v1/accounts/${encodeURIComponent(email)}/enable`, { method: 'POST' });

  // The first of all: what no request writes, nestjs-pino writes to the log of the first application.
  it('logs what an operator disabled and enabled', async () => {
    await disable('a@x.org');
    await disable('a@x.org');
    await enable('a@x.org');
    const lines = (words: RegExp) =>
      easel
        .rawLog()
        .split('\n')
        .filter((line) => words.test(line))
        .map((line) => JSON.parse(line) as { level: number; account?: string; msg: string });
    expect(lines(/by an operator/)).toMatchObject([
      { level: 40, account: 'a@x.org', msg: expect.stringContaining('disabled') as string },
      { level: 30, account: 'a@x.org', msg: expect.stringContaining('enabled') as string },
    ]);
    expect(lines(/all accounts are disabled/)).toMatchObject([{ level: 50 }]);
  });

  it('shows every account with its counters, and never a secret', async () => {
    await easel.generate({ prompt: 'x', n: 2 });
    const response = await fetch(`${easel.url}/v1/accounts`);
    const text = await response.text();
    expect(text).not.toContain('key-of-');
    expect(JSON.parse(text)).toEqual({
      object: 'list',
      data: [
        {
          email: 'a@x.org',
          provider: 'gemini',
          state: 'ready',
          reason: null,
          until: null,
          in_flight: 0,
          max_concurrency: 4,
          requests: 2,
          images: 2,
          failures: 0,
          models: {},
        },
        {
          email: 'b@x.org',
          provider: 'gemini',
          state: 'disabled',
          reason: 'not enabled in the configuration',
          until: null,
          in_flight: 0,
          max_concurrency: 4,
          requests: 0,
          images: 0,
          failures: 0,
          models: {},
        },
      ],
    });
  });

  it('shows the running calls', async () => {
    easel.emulator.injectFault({ kind: 'latency', ms: 400 });
    const call = easel.generate({ prompt: 'x', n: 3 });
    await sleep(200);
    expect((await list())[0]).toMatchObject({ in_flight: 3, requests: 3, images: 0 });
    await call;
    expect((await list())[0]).toMatchObject({ in_flight: 0, images: 3 });
  });

  it.each<[string, Parameters<RunningEasel['emulator']['injectFault']>[0], object]>([
    [
      'disabled',
      { kind: 'status', status: 401 },
      { state: 'disabled', reason: expect.stringMatching(/^401/) as string, until: null },
    ],
    [
      'cooling',
      {
        kind: 'status',
        status: 429,
        details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '40s' }],
      },
      { state: 'cooling', until: expect.stringMatching(/^\d{4}-.*Z$/) as string },
    ],
    [
      'exhausted',
      { kind: 'status', status: 429, message: 'Your credits are depleted.' },
      { state: 'exhausted' },
    ],
  ])('shows a %s account, and takes it back in when asked', async (_state, fault, expected) => {
    easel.emulator.injectFault({ ...fault, count: 1 });
    const failed = await easel.generate({ prompt: 'x' });
    expect(failed.status).toBeGreaterThanOrEqual(400);
    expect((await list())[0]).toMatchObject({ ...expected, failures: 1 });
    const response = await enable('a@x.org');
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ email: 'a@x.org', state: 'ready' });
    expect((await easel.generate({ prompt: 'x' })).status).toBe(200);
  });

  const disable = (email: string) =>
    fetch(`${easel.url}/v1/accounts/${encodeURIComponent(email)}/disable`, { method: 'POST' });

  it('disables an account until it is enabled again', async () => {
    easel.emulator.injectFault({ kind: 'latency', ms: 300 });
    const atWork = easel.generate({ prompt: 'x' });
    await until(() => easel.emulator.requests.length > 0);
    const response = await disable('a@x.org');
    expect(response.status).toBe(200);
    const out = { email: 'a@x.org', state: 'disabled', reason: 'disabled by an operator' };
    expect(await response.json()).toMatchObject({ ...out, until: null, in_flight: 1 });
    expect((await atWork).status).toBe(200);
    expect((await list())[0]).toMatchObject({ ...out, images: 1 });
    const refused = await easel.generate({ prompt: 'x' });
    expect([refused.status, await refused.json()]).toMatchObject([
      503,
      { error: { code: 'no_account_available' } },
    ]);
    const pinned = await easel.generate({ prompt: 'x' }, { 'X-Account-Email': 'a@x.org' });
    expect(pinned.status).toBe(503);
    expect((await fetch(`${easel.url}/readyz`)).status).toBe(503);
    expect((await enable('a@x.org')).status).toBe(200);
    expect((await easel.generate({ prompt: 'x' })).status).toBe(200);
  });

  it('names the accounts that were tried in the line of a request that failed', async () => {
    easel.emulator.injectFault({ kind: 'status', status: 500 });
    expect((await easel.generate({ prompt: 'x' })).status).toBe(502);
    const line = easel
      .rawLog()
      .split('\n')
      .find((text) => text.includes('"POST /v1/images/generations 502"'));
    const { images } = JSON.parse(line ?? '{}') as { images: Record<string, unknown> };
    expect(images).toMatchObject({ returned: 0, failedAccounts: ['a@x.org'], attempts: 4 });
    expect(images['accounts']).toBeUndefined();
  });

  it('responds with 404 for an unknown account', async () => {
    const response = await disable('nobody@x.org');
    expect([response.status, await response.json()]).toMatchObject([
      404,
      { error: { type: 'invalid_request_error' } },
    ]);
    expect((await fetch(`${easel.url}/v1/accounts/a@x.org/disable`)).status).toBe(405);
    expect((await list())[0]?.state).toBe('ready');
  });

  it('stays ready with every quota exhausted, so that clients get a 429', async () => {
    // Depleted credits affect the whole account; a daily limit names its model.
    const message = 'Your credits are depleted.';
    easel.emulator.injectFault({ kind: 'status', status: 429, message, count: 1 });
    const failed = await easel.generate({ prompt: 'x' });
    expect([failed.status, (await failed.json()) as ErrorBody]).toMatchObject([429, { error: {} }]);
    const ready = await fetch(`${easel.url}/readyz`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({
      details: { accounts: { status: 'up', usable: 0, exhausted: 1, disabled: 1, total: 2 } },
    });
    await enable('a@x.org');
  });

  it('is not ready when every account is disabled', async () => {
    easel.emulator.injectFault({ kind: 'status', status: 401, count: 1 });
    await easel.generate({ prompt: 'x' });
    const ready = await fetch(`${easel.url}/readyz`);
    expect([ready.status, await ready.json()]).toMatchObject([
      503,
      { details: { accounts: { status: 'down', usable: 0, disabled: 2, total: 2 } } },
    ]);
    await enable('a@x.org');
  });

  it('shows a model that an account lacks', async () => {
    easel.emulator.injectFault({ kind: 'status', status: 404, count: 1 });
    expect((await easel.generate({ prompt: 'x' })).status).toBe(404);
    expect((await list())[0]).toMatchObject({
      state: 'ready',
      models: { 'gemini-3-pro-image': { state: 'cooling' } },
    });
  });

  it('rejects an unknown account name', async () => {
    const response = await enable('z@x.org');
    expect(response.status).toBe(404);
    expect(((await response.json()) as ErrorBody).error).toMatchObject({ param: 'email' });
  });

  it('does not overrule the configuration', async () => {
    expect((await enable('b@x.org')).status).toBe(400);
  });
});

describe('the accounts file, changed while the service runs', () => {
  let folder: string;
  let file: string;
  let pool: AccountPoolService;
  let watch: SnapshotWatch<Account>;
  let log: string[];

  const yaml = (...emails: string[]) =>
    `accounts:\n${emails.map((email) => `  - {email: ${email}, provider: gemini, apiKey: k}\n`).join('')}`;
  const emails = () => pool.list().map(({ account }) => account.email);

  function begin(path: string) {
    const sources = { file: path, geminiApiKeys: [] };
    const inForce = loadAccounts(sources);
    pool = new AccountPoolService(inForce.entries, {
      scheduling: 'balanced',
      maxInflightImages: 9,
      maxWaitingImages: 9,
    });
    log = [];
    const lines = {
      log: (text: string) => log.push(text),
      error: (text: string) => log.push(`error: ${text}`),
    };
    watch = new SnapshotWatch({
      subject: 'accounts',
      inForce,
      load: () => loadAccountsInWorker(sources),
      fileWatch: new FileWatchInWorker(lines),
      apply: (accounts) => {
        pool.reload(accounts);
      },
      log: lines,
    });
    watch.start();
  }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'easel-'));
    file = join(folder, 'accounts.yaml');
    writeFileSync(file, yaml('a@x.org'));
  });
  afterEach(() => {
    watch.stop();
  });

  it('takes effect when it is written in place', async () => {
    begin(file);
    writeFileSync(file, yaml('a@x.org', 'b@x.org'));
    await until(() => emails().length === 2);
    expect(log).toEqual(['accounts reloaded: 2']);
  });

  it('is in force when it was renamed over', async () => {
    begin(file);
    writeFileSync(`${file}.new`, yaml('b@x.org'));
    renameSync(`${file}.new`, file);
    await until(() => emails()[0] === 'b@x.org');
  });

  it('is in force when a symbolic link was swapped, as Kubernetes does', async () => {
    for (const [version, email] of [
      ['v1', 'a@x.org'],
      ['v2', 'b@x.org'],
    ] as const) {
      mkdirSync(join(folder, version));
      writeFileSync(join(folder, version, 'accounts.yaml'), yaml(email));
    }
    symlinkSync('v1', join(folder, '..data'));
    const link = join(folder, 'link.yaml');
    symlinkSync('..data/accounts.yaml', link);
    begin(link);
    symlinkSync('v2', join(folder, '..next'));
    renameSync(join(folder, '..next'), join(folder, '..data'));
    await until(() => emails()[0] === 'b@x.org');
  });

  it.each([
    ['broken', 'accounts: [', /not valid YAML/],
    ['empty', 'accounts: []', /is empty/],
    ['faulty in one account', 'accounts:\n  - {email: c}\n', /provider is missing/],
  ])('is refused whole when it is %s', async (_name, text, reason) => {
    begin(file);
    writeFileSync(file, text);
    await until(() => log.length > 0);
    expect(log[0]).toMatch(/^error: accounts reload refused, the previous accounts stay/);
    expect(log[0]).toMatch(reason);
    expect(emails()).toEqual(['a@x.org']);
    // And once it is mended, it counts.
    writeFileSync(file, yaml('d@x.org'));
    await until(() => emails()[0] === 'd@x.org');
  });

  it('logs nothing if only the modification time has changed', async () => {
    begin(file);
    writeFileSync(file, yaml('a@x.org'));
    await sleep(1600);
    expect(log).toEqual([]);
  });

  it('may be missing for a while', async () => {
    begin(file);
    unlinkSync(file);
    await until(() => log.length > 0);
    expect(emails()).toEqual(['a@x.org']);
    writeFileSync(file, yaml('b@x.org'));
    await until(() => emails()[0] === 'b@x.org');
  });

  it('waits for a file with a key that it names and that is not there yet', async () => {
    begin(file);
    const key = join(folder, 'late');
    writeFileSync(file, `accounts: [{email: b@x.org, provider: gemini, apiKeyFile: ${key}}]`);
    await until(() => log.length > 0);
    expect(log[0]).toMatch(/^error: .*apiKeyFile cannot be read/s);
    writeFileSync(key, 'k');
    await until(() => emails()[0] === 'b@x.org');
  });

  it('does not end the process when it cannot even be looked at', async () => {
    begin(file);
    unlinkSync(file);
    symlinkSync('accounts.yaml', file);
    await until(() => log.length > 0);
    expect(emails()).toEqual(['a@x.org']);
  });

  it('counts for a new credential in the file that it names, too', async () => {
    const key = join(folder, 'key');
    writeFileSync(key, 'old');
    writeFileSync(file, `accounts: [{email: a@x.org, provider: gemini, apiKeyFile: ${key}}]`);
    begin(file);
    writeFileSync(key, 'new');
    await until(() => {
      const account = pool.list()[0]?.account;
      return account?.provider === 'gemini' && account.apiKey === 'new';
    });
  });
});
