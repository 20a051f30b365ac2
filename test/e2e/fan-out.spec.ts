import { setTimeout as sleep } from 'node:timers/promises';
import { startEasel, type ErrorBody, type ImagesBody, type RunningEasel } from '../running-easel';
import { until } from '../until';

const WARN = 40;

describe('n images at once', () => {
  let easel: RunningEasel;

  afterEach(() => easel.close());

  it('makes ten calls at the same time, spread over the accounts', async () => {
    easel = await startEasel({ accounts: 5, latencyMs: 300 });
    const response = await easel.generate({ prompt: 'ten boats', n: 10 });
    const body = (await response.json()) as ImagesBody;
    expect(body.data).toHaveLength(10);
    expect(new Set(body.data.map(({ b64_json }) => b64_json)).size).toBe(10);
    expect(easel.emulator.requests).toHaveLength(10);
    expect(easel.emulator.maxInFlight()).toBe(10);
    for (let index = 1; index <= 5; index += 1) {
      expect(easel.emulator.maxInFlight(`key-of-account-${index}@test`)).toBe(2);
    }
    expect(response.headers.get('x-images-requested')).toBe('10');
    expect(response.headers.get('x-images-returned')).toBe('10');
    expect(response.headers.get('x-account-email')?.split(', ').sort()).toEqual([
      'account-1@test',
      'account-2@test',
      'account-3@test',
      'account-4@test',
      'account-5@test',
    ]);
  });

  it('never has more calls on an account than it allows, and makes the others wait', async () => {
    easel = await startEasel({
      accounts: [{ maxConcurrency: 1 }, { maxConcurrency: 2 }],
      latencyMs: 30,
    });
    const response = await easel.generate({ prompt: 'x', n: 10 });
    expect(response.headers.get('x-images-returned')).toBe('10');
    expect(easel.emulator.maxInFlight('key-of-account-1@test')).toBe(1);
    expect(easel.emulator.maxInFlight('key-of-account-2@test')).toBe(2);
  });

  it('returns seven of ten when three fail permanently, and logs the reasons in three warnings', async () => {
    easel = await startEasel({ accounts: 5 });
    easel.emulator.injectFault({ kind: 'refusal', count: 3 });
    const response = await easel.generate({ prompt: 'x', n: 10 });
    const body = (await response.json()) as ImagesBody;
    expect(response.status).toBe(200);
    expect(body.data).toHaveLength(7);
    expect(response.headers.get('x-images-requested')).toBe('10');
    expect(response.headers.get('x-images-returned')).toBe('7');
    expect(response.headers.get('x-account-email')).toMatch(
      /^account-\d@test(, account-\d@test)*$/,
    );
    const requestId = response.headers.get('x-request-id');
    const warnings = easel.log.filter(({ level }) => level === WARN);
    expect(warnings).toHaveLength(3);
    for (const warning of warnings) {
      expect(warning).toMatchObject({
        requestId,
        account: expect.stringMatching(/^account-\d@test$/) as string,
        reason: 'IMAGE_SAFETY',
      });
    }
    // What cannot succeed is not tried again.
    expect(easel.emulator.requests).toHaveLength(10);
  });

  it('names the account of the error when all fail', async () => {
    easel = await startEasel({ accounts: 1 });
    easel.emulator.injectFault({ kind: 'refusal' });
    const response = await easel.generate({ prompt: 'x', n: 2 });
    expect(response.status).toBe(400);
    expect(response.headers.get('x-account-email')).toBe('account-1@test');
    expect(response.headers.get('x-images-returned')).toBe('0');
  });

  it('returns the most actionable error when all fail in different ways', async () => {
    easel = await startEasel({ accounts: 1, env: { MAX_ATTEMPTS_PER_IMAGE: '1' } });
    easel.emulator.injectFault({ kind: 'status', status: 500, count: 1 });
    easel.emulator.injectFault({ kind: 'refusal', count: 1 });
    const response = await easel.generate({ prompt: 'x', n: 2 });
    expect(((await response.json()) as ErrorBody).error.code).toBe('moderation_blocked');
  });

  it('uses another account when one fails, with one more call', async () => {
    easel = await startEasel({ accounts: 2 });
    easel.emulator.injectFault({ kind: 'status', status: 500, count: 1 });
    const response = await easel.generate({ prompt: 'x' });
    expect(response.status).toBe(200);
    const keys = easel.emulator.requests.map(({ key }) => key);
    expect(new Set(keys).size).toBe(2);
    expect(keys).toHaveLength(2);
    expect(response.headers.get('x-account-email')).toBe(String(keys[1]).replace('key-of-', ''));
  });

  it('uses only the account that the client pins', async () => {
    easel = await startEasel({ accounts: 3 });
    const response = await easel.generate(
      { prompt: 'x', n: 3 },
      { 'X-Account-Email': 'account-2@test' },
    );
    expect(response.headers.get('x-account-email')).toBe('account-2@test');
    expect(new Set(easel.emulator.requests.map(({ key }) => key))).toEqual(
      new Set(['key-of-account-2@test']),
    );
  });

  it.each<[string, string, number, string]>([
    ['an unknown account', 'nobody@test', 400, 'invalid_value'],
    ['a disabled account', 'account-2@test', 503, 'no_account_available'],
    ['a rate-limited account', 'account-3@test', 429, 'rate_limit_exceeded'],
  ])('does not stray from a pin to %s', async (_name, pin, status, code) => {
    easel = await startEasel({ accounts: [{}, { enabled: false }, {}] });
    easel.emulator.injectFault({
      kind: 'rate_limit',
      retryDelay: '40s',
      key: 'key-of-account-3@test',
    });
    const response = await easel.generate({ prompt: 'x' }, { 'X-Account-Email': pin });
    expect(response.status).toBe(status);
    expect(((await response.json()) as ErrorBody).error.code).toBe(code);
  });

  it('starts no further call for a client that hung up', async () => {
    easel = await startEasel({ accounts: [{ maxConcurrency: 1 }], latencyMs: 200 });
    const client = new AbortController();
    const call = fetch(`${easel.url}/v1/images/generations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"prompt":"x","n":10}',
      signal: client.signal,
    }).catch(() => 'gone');
    await until(() => easel.emulator.requests.length === 1);
    client.abort();
    expect(await call).toBe('gone');
    await sleep(600);
    expect(easel.emulator.requests).toHaveLength(1);
    // Its place is free again.
    expect((await easel.generate({ prompt: 'y' })).status).toBe(200);
    expect(easel.log.filter(({ level }) => level >= WARN)).toEqual([]);
  });

  it('logs that the client hung up while it read its response', async () => {
    easel = await startEasel({ accounts: 1 });
    // More than the kernel buffers of an unread response.
    easel.emulator.injectFault({ kind: 'oversize', bytes: 20_000_000 });
    const client = new AbortController();
    const response = await fetch(`${easel.url}/v1/images/generations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"prompt":"x"}',
      signal: client.signal,
    });
    expect(response.status).toBe(200);
    client.abort();
    await until(() => easel.log.some(({ path }) => path === '/v1/images/generations'));
    expect(easel.log.find(({ path }) => path === '/v1/images/generations')?.msg).toBe(
      'POST /v1/images/generations: client disconnected',
    );
  });

  it('responds with 502, not 429, if an untried account could still serve', async () => {
    easel = await startEasel({
      accounts: [1, 2, 3, 4, 5].map((priority) => ({ email: `a${priority}@test`, priority })),
    });
    for (const number of [1, 2, 3, 4]) {
      easel.emulator.injectFault({
        kind: 'rate_limit',
        limitZero: true,
        key: `key-of-a${number}@test`,
      });
    }
    const response = await easel.generate({ prompt: 'x' });
    expect(response.status).toBe(502);
    expect(response.headers.has('x-should-retry')).toBe(false);
    expect((await easel.generate({ prompt: 'x' })).headers.get('x-account-email')).toBe('a5@test');
  });

  it.each([1, 2])(
    'responds with 429 with the hint when attempts run out on %i account(s) that have to wait',
    async (accounts) => {
      easel = await startEasel({ accounts, env: { MAX_ATTEMPTS_PER_IMAGE: '2' } });
      easel.emulator.injectFault({ kind: 'rate_limit', retryDelay: '3s' });
      const response = await easel.generate({ prompt: 'x' });
      expect(response.status).toBe(429);
      expect(['2', '3']).toContain(response.headers.get('retry-after'));
      expect(((await response.json()) as ErrorBody).error.code).toBe('rate_limit_exceeded');
    },
  );

  it('returns the wait for the first account to be back, not for the last one tried', async () => {
    easel = await startEasel({ accounts: 2 });
    const hints = { 'key-of-account-1@test': '10s', 'key-of-account-2@test': '45s' };
    for (const [key, retryDelay] of Object.entries(hints)) {
      easel.emulator.injectFault({ kind: 'rate_limit', retryDelay, key });
    }
    const response = await easel.generate({ prompt: 'x' });
    expect(response.headers.get('retry-after')).toBe('10');
  });

  it('does not start a wait that would end after the deadline', async () => {
    easel = await startEasel({ accounts: 1, env: { REQUEST_DEADLINE_MS: '20000' } });
    easel.emulator.injectFault({ kind: 'rate_limit', retryDelay: '21s' });
    const response = await easel.generate({ prompt: 'x' });
    expect(response.status).toBe(429);
    // What is left of the wait: had it waited for the deadline, one second would be.
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(10);
  });

  it('returns the finished images when the deadline passes', async () => {
    easel = await startEasel({ accounts: 2, env: { REQUEST_DEADLINE_MS: '1500' } });
    easel.emulator.injectFault({ kind: 'silence', count: 1 });
    const response = await easel.generate({ prompt: 'x', n: 2 });
    // The silent call never ends by itself.
    expect(response.status).toBe(200);
    expect(((await response.json()) as ImagesBody).data).toHaveLength(1);
  });

  it('responds with 504 when the deadline passes with nothing, and names the account', async () => {
    easel = await startEasel({ accounts: 1, env: { REQUEST_DEADLINE_MS: '300' } });
    easel.emulator.injectFault({ kind: 'silence' });
    const response = await easel.generate({ prompt: 'x' });
    expect(response.status).toBe(504);
    expect(response.headers.get('x-account-email')).toBe('account-1@test');
    expect(((await response.json()) as ErrorBody).error).toMatchObject({
      type: 'server_error',
      code: 'upstream_timeout',
    });
  });

  it('shows accounts as ACCOUNT_HEADER says', async () => {
    easel = await startEasel({
      accounts: [{ email: 'studio@example.com' }],
      env: { ACCOUNT_HEADER: 'masked' },
    });
    const masked = await easel.generate({ prompt: 'x' });
    const header = Buffer.from(masked.headers.get('x-account-email') ?? '', 'latin1').toString();
    expect(header).toBe('s…o@example.com');
  });

  it('shows no account with ACCOUNT_HEADER=off', async () => {
    easel = await startEasel({ env: { ACCOUNT_HEADER: 'off' } });
    expect((await easel.generate({ prompt: 'x' })).headers.has('x-account-email')).toBe(false);
  });
});
