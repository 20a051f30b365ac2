import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEmulator, type Emulator } from '../../src/emulator/emulator';
import { generateAt, startProcess, type EaselProcess } from '../easel-process';
import { describeWithRedis, RedisServer } from '../redis-server';
import { until } from '../until';

/** Clients need no key. There is one all the same, which must not get into Redis. */
const SECRET = { PROXY_API_KEY: 'proxy-secret', PROXY_AUTH_MODE: 'off' };
const SHORT_LEASES = { ...SECRET, REDIS_LEASE_MS: '3000' };

interface AccountLine {
  readonly models: Readonly<Record<string, { readonly state: string } | undefined>>;
  readonly email: string;
  readonly state: string;
  readonly reason: string | null;
  readonly in_flight: number;
}

interface Readiness {
  readonly status: string;
  readonly details: { readonly redis?: { readonly status: string; readonly reason?: string } };
}

/** Replicas of one Redis and one accounts file. */
interface Group {
  readonly redis: RedisServer;
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  readonly running: EaselProcess[];
}

describeWithRedis('several replicas and one Redis', () => {
  let emulator: Emulator;
  /** Pairs for tests that need no new process, only accounts of their own. */
  const standing = new Map<string, Group>();
  /** What one test has started. */
  let groups: Group[] = [];
  let visitors: EaselProcess[] = [];
  let loads: { stop(): Promise<void> }[] = [];
  let tests = 0;

  beforeEach(async () => {
    tests += 1;
    emulator = await startEmulator({ drawing: 'plain' });
  });
  afterEach(async () => {
    for (const { redis } of standing.values()) {
      redis.thaw();
    }
    for (const { child } of visitors) {
      child.kill('SIGKILL');
    }
    visitors = [];
    await Promise.all(groups.map(end));
    groups = [];
    await Promise.all(loads.map((one) => one.stop()));
    loads = [];
    await emulator.close();
  });
  afterAll(() => Promise.all([...standing.values()].map(end)));

  /** No two tests have an account in common, so what a replica or Redis knows of one is of this test. */
  const emailOf = (account: number): string => `account-${account}@test-${tests}`;

  function writeAccounts(file: string, accounts: readonly Record<string, unknown>[]): void {
    const complete = accounts.map((account, index) => ({
      email: emailOf(index + 1),
      provider: 'gemini',
      apiKey: `key-${index + 1}`,
      baseUrl: emulator.url,
      ...account,
    }));
    writeFileSync(file, JSON.stringify({ accounts: complete }));
  }

  async function newGroup(
    accounts: readonly Record<string, unknown>[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Group> {
    const redis = await RedisServer.start();
    const file = join(mkdtempSync(join(tmpdir(), 'easel-')), 'accounts.json');
    writeAccounts(file, accounts);
    return { redis, file, env, running: [] };
  }

  /** A group for this test alone, without a replica yet. */
  async function ownGroup(...args: Parameters<typeof newGroup>): Promise<Group> {
    const group = await newGroup(...args);
    groups.push(group);
    return group;
  }

  function processOf({ redis, file, env }: Group): EaselProcess {
    return startProcess({ ACCOUNTS_FILE: file, REDIS_URL: redis.url, ...env });
  }

  /** Starts a replica that ends with the group. */
  function replica(group: Group): Promise<string> {
    const easel = processOf(group);
    group.running.push(easel);
    return easel.url();
  }

  /** Starts a replica that ends with the test. */
  function visitor(group: Group): Promise<string> {
    const easel = processOf(group);
    visitors.push(easel);
    return easel.url();
  }

  async function end({ redis, running }: Group): Promise<void> {
    for (const { child } of running) {
      child.kill('SIGKILL');
    }
    redis.thaw();
    await redis.kill();
  }

  /** Two replicas that stay for later tests, with accounts of this test. */
  async function pair(
    accounts: readonly Record<string, unknown>[],
    env: Readonly<Record<string, string>> = SECRET,
  ): Promise<{ group: Group; urls: readonly [string, string] }> {
    const key = JSON.stringify(env);
    const group = standing.get(key) ?? (await newGroup(accounts, env));
    const [first, second] = group.running;
    if (first === undefined || second === undefined) {
      standing.set(key, group);
      return { group, urls: await Promise.all([replica(group), replica(group)]) };
    }
    writeAccounts(group.file, accounts);
    const urls = await Promise.all([first.url(), second.url()]);
    await until(async () => {
      const lists = await Promise.all(urls.map(accountsAt));
      return lists.every(
        (list) => list.length === accounts.length && list[0]?.email === emailOf(1),
      );
    });
    return { group, urls };
  }

  const accountsAt = async (url: string): Promise<readonly AccountLine[]> => {
    const response = await fetch(`${url}/v1/accounts`);
    return ((await response.json()) as { data: AccountLine[] }).data;
  };
  const readinessAt = async (url: string): Promise<{ status: number; body: Readiness }> => {
    const response = await fetch(`${url}/readyz`);
    return { status: response.status, body: (await response.json()) as Readiness };
  };

  const redisAt = (url: string, status: 'up' | 'down'): Promise<void> =>
    until(async () => (await readinessAt(url)).body.details.redis?.status === status);

  /** Sends requests one after the other until stopped, and returns their statuses. */
  function load(urls: readonly string[], lanes: number, body: object = { prompt: 'x' }) {
    const statuses: number[] = [];
    let isOver = false;
    const work = Array.from({ length: lanes }, async (_, lane) => {
      while (!isOver) {
        const response = await generateAt(urls[lane % urls.length] ?? '', body);
        statuses.push(response.status);
        await response.arrayBuffer();
      }
    });
    const traffic = {
      statuses,
      stop: async () => {
        isOver = true;
        await Promise.all(work);
      },
    };
    loads.push(traffic);
    return traffic;
  }

  it('together never exceed an account’s limit, and serve all requests', async () => {
    const { urls } = await pair([{ maxConcurrency: 2 }, { maxConcurrency: 1 }]);
    emulator.injectFault({ kind: 'latency', ms: 40 });
    const responses = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        generateAt(urls[index % 2] ?? '', { prompt: 'x', n: index % 5 === 0 ? 3 : 1 }),
      ),
    );
    expect(responses.map(({ status }) => status)).toEqual(Array(60).fill(200));
    expect(emulator.maxInFlight('key-1')).toBe(2);
    expect(emulator.maxInFlight('key-2')).toBe(1);
    // 12 requests for three images, 48 for one, and not one call more.
    expect(emulator.requests).toHaveLength(84);
    await until(async () =>
      (await accountsAt(urls[0])).every((account) => account.in_flight === 0),
    );
  });

  it('serve a small request in turn with a large one on another replica', async () => {
    const { urls } = await pair([{ maxConcurrency: 1 }]);
    const [first, second] = urls;
    emulator.injectFault({ kind: 'latency', ms: 150 });
    const large = generateAt(first, { prompt: 'x', n: 10 });
    await until(() => emulator.requests.length > 0);
    const small = await generateAt(second, { prompt: 'x', n: 1 });
    expect(small.status).toBe(200);
    // One image was running, and one or two of the large request may have come before its turn.
    expect(emulator.requests.length).toBeLessThanOrEqual(5);
    expect((await large).headers.get('x-images-returned')).toBe('10');
  });

  it('respect the cooling that another has seen, at once', async () => {
    const { group, urls } = await pair([{ priority: 1 }, { priority: 2 }]);
    const [first, second] = urls;
    emulator.injectFault({ kind: 'rate_limit', retryDelay: '60s', key: 'key-1' });
    expect((await generateAt(first)).headers.get('x-account-email')).toBe(emailOf(2));
    expect((await generateAt(second)).headers.get('x-account-email')).toBe(emailOf(2));
    expect(emulator.requests.filter(({ key }) => key === 'key-1')).toHaveLength(1);
    expect((await accountsAt(second))[0]).toMatchObject({
      models: { 'gemini-3-pro-image': { state: 'cooling' } },
    });
    // And so does a replica that comes later.
    expect((await accountsAt(await visitor(group)))[0]).toMatchObject({
      models: { 'gemini-3-pro-image': { state: 'cooling' } },
    });
  });

  it('share that an account is disabled and enabled', async () => {
    const { urls } = await pair([{ apiKey: 'invalid-key' }, {}]);
    const [first, second] = urls;
    for (let round = 0; round < 2; round += 1) {
      await generateAt(first);
    }
    await until(async () => (await accountsAt(second))[0]?.state === 'disabled');
    await fetch(`${second}/v1/accounts/${emailOf(1)}/enable`, { method: 'POST' });
    await until(async () => (await accountsAt(first))[0]?.state === 'ready');
  });

  it('keep an account disabled that an operator disabled, despite a new key and a restart, until enabled', async () => {
    const { group, urls } = await pair([{}, {}]);
    const [first, second] = urls;
    const stateOfFirstAccount = async (url: string) => (await accountsAt(url))[0]?.reason;
    const response = await fetch(`${first}/v1/accounts/${emailOf(1)}/disable`, { method: 'POST' });
    expect(await response.json()).toMatchObject({ reason: 'disabled by an operator' });
    await until(async () => (await stateOfFirstAccount(second)) === 'disabled by an operator');
    const reloads = () =>
      group.running.map((easel) => easel.output().split('accounts reloaded').length);
    const before = reloads();
    writeAccounts(group.file, [{ apiKey: 'key-1-anew' }, {}]);
    await until(() => reloads().every((count, index) => count > (before[index] ?? count)));
    // One that comes later reads it in Redis, by the new key.
    const third = await visitor(group);
    for (const url of [first, second, third]) {
      expect(await stateOfFirstAccount(url)).toBe('disabled by an operator');
      expect((await generateAt(url)).headers.get('x-account-email')).toBe(emailOf(2));
    }
    await fetch(`${third}/v1/accounts/${emailOf(1)}/enable`, { method: 'POST' });
    await until(async () => (await stateOfFirstAccount(first)) === null);
  });

  it('check each credential once, and share the result', async () => {
    const group = await ownGroup([{ apiKey: 'invalid-key' }, {}, {}], { ACCOUNT_CHECK: 'on' });
    const urls = await Promise.all([1, 2, 3].map(() => replica(group)));
    for (const url of urls) {
      await until(async () => (await accountsAt(url))[0]?.state === 'disabled');
    }
    await until(() => emulator.requests.length >= 3);
    const later = await replica(group);
    expect((await generateAt(later)).status).toBe(200);
    const gets = emulator.requests.filter(({ method }) => method === 'GET');
    expect(gets.map(({ key }) => key).sort()).toEqual(['invalid-key', 'key-2', 'key-3']);
  });

  it('continue with one model while another is out of quota on every account', async () => {
    const { urls } = await pair([{ project: 'p' }, { project: 'p' }]);
    const [first, second] = urls;
    emulator.injectFault({ kind: 'rate_limit', daily: true, model: 'gemini-3-pro-image' });
    const refused = await generateAt(first);
    expect([refused.status, refused.headers.get('x-should-retry')]).toEqual([429, 'false']);
    const spent = emulator.requests.length;
    await until(async () =>
      (await accountsAt(second)).every(
        ({ state, models }) =>
          state === 'ready' && models['gemini-3-pro-image']?.state === 'exhausted',
      ),
    );
    expect((await generateAt(second)).status).toBe(429);
    expect(emulator.requests).toHaveLength(spent);
    for (const url of [first, second]) {
      expect((await readinessAt(url)).status).toBe(200);
      const other = await generateAt(url, { prompt: 'x', model: 'gemini-2.5-flash-image' });
      expect(other.status).toBe(200);
    }
  });

  it('notice that Redis has lost all data', async () => {
    const { group, urls } = await pair([{}, {}], SHORT_LEASES);
    const [first, second] = urls;
    emulator.injectFault({ kind: 'rate_limit', retryDelay: '100s', key: 'key-1', count: 1 });
    await Promise.all([generateAt(first), generateAt(first)]);
    await group.redis.command('FLUSHALL');
    for (let round = 0; round < 4; round += 1) {
      expect((await generateAt(round % 2 === 0 ? first : second)).status).toBe(200);
    }
    await until(async () =>
      (await group.redis.command('HGETALL', 'easel:{pool}:health')).includes('cooling'),
    );
  });

  it('get the slots of a killed replica back, once its leases have expired', async () => {
    const { group, urls } = await pair([{ maxConcurrency: 3 }], SHORT_LEASES);
    const [first, second] = urls;
    // It is no pair for another test any more.
    standing.delete(JSON.stringify(SHORT_LEASES));
    groups.push(group);
    emulator.injectFault({ kind: 'latency', ms: 120_000, count: 3 });
    void generateAt(first, { prompt: 'x', n: 3 }).catch(() => undefined);
    await until(async () => (await accountsAt(second))[0]?.in_flight === 3);
    // A call that comes after the kill would be none of the slow ones.
    await until(() => emulator.requests.filter(({ body }) => body !== undefined).length === 3);
    group.running[0]?.child.kill('SIGKILL');
    const killedAt = Date.now();
    const response = await generateAt(second);
    expect(response.status).toBe(200);
    // A renewal may have been late by all of the second between two, but not by more.
    expect(Date.now() - killedAt).toBeGreaterThan(1000);
  });

  it('fail no request while Redis is killed and started again under load', async () => {
    const { group, urls } = await pair([{ maxConcurrency: 4 }, { maxConcurrency: 4 }]);
    // Every lane has a call in flight nearly all the time, which needs no more than a few dozen a second.
    emulator.injectFault({ kind: 'latency', ms: 150 });
    const traffic = load(urls, 8);
    await until(() => traffic.statuses.length > 8);
    await group.redis.kill();
    const coolingAt = async (): Promise<number> => {
      const states = await Promise.all(
        urls.map(async (url) => (await accountsAt(url))[0]?.models['gemini-3-pro-image']?.state),
      );
      return states.filter((state) => state === 'cooling').length;
    };
    try {
      await Promise.all(urls.map((url) => redisAt(url, 'down')));
      const { status, body } = await readinessAt(urls[0]);
      expect([status, body.status]).toEqual([200, 'ok']);
      // What one learns meanwhile is brought to the others.
      emulator.injectFault({ kind: 'rate_limit', retryDelay: '100s', key: 'key-1', count: 1 });
      await until(async () => (await coolingAt()) > 0);
      const served = traffic.statuses.length;
      await until(() => traffic.statuses.length > served + 16);
      expect(await coolingAt()).toBe(1);
    } finally {
      await group.redis.start();
    }
    await Promise.all(urls.map((url) => redisAt(url, 'up')));
    await until(async () => (await coolingAt()) === 2);
    await traffic.stop();
    expect(traffic.statuses.length).toBeGreaterThan(20);
    expect(new Set(traffic.statuses)).toEqual(new Set([200]));
    await until(async () =>
      (await accountsAt(urls[0])).every((account) => account.in_flight === 0),
    );
    const isAway = /"reason":"[^"]+","msg":"Redis is away/;
    await until(() => group.running.some((easel) => isAway.test(easel.output())));
  });

  it('fail no request while Redis is frozen', async () => {
    const { group, urls } = await pair([{ maxConcurrency: 4 }]);
    const { redis } = group;
    const [url] = urls;
    emulator.injectFault({ kind: 'latency', ms: 150 });
    const traffic = load([url], 4);
    await until(() => traffic.statuses.length > 4);
    redis.freeze();
    await redisAt(url, 'down');
    // Longer than a connection is waited for, so that trying again fails as well.
    await sleep(4500);
    redis.thaw();
    await redisAt(url, 'up');
    await traffic.stop();
    expect(new Set(traffic.statuses)).toEqual(new Set([200]));
    await until(async () => (await redis.command('HGETALL', 'easel:{pool}:inflight')) === '*0');
  });

  it('start without Redis, log this, and join when it is available', async () => {
    const group = await ownGroup([{ maxConcurrency: 1 }]);
    await group.redis.kill();
    const urls = await Promise.all([replica(group), replica(group)]);
    expect((await generateAt(urls[0])).status).toBe(200);
    expect((await readinessAt(urls[0])).body.details.redis).toMatchObject({ status: 'down' });
    const [first] = group.running;
    await until(() => /ECONNREFUSED.*Redis is away/.test(first?.output() ?? ''));
    await group.redis.start();
    await Promise.all(urls.map((url) => redisAt(url, 'up')));
    emulator.injectFault({ kind: 'latency', ms: 100 });
    await Promise.all(urls.flatMap((url) => [generateAt(url), generateAt(url)]));
    expect(emulator.maxInFlight('key-1')).toBe(1);
  });

  it('put no secret into Redis', async () => {
    const { group, urls } = await pair([
      { apiKey: 'invalid-and-secret' },
      { apiKey: 'a-secret-key' },
    ]);
    const { redis } = group;
    await generateAt(urls[0], { prompt: 'a private prompt', user: 'a private user', n: 2 });
    const keys = (await redis.command('KEYS', '*')).match(/easel:\S+/g) ?? [];
    expect(keys.length).toBeGreaterThan(3);
    const types = ['HGETALL', 'GET', 'ZRANGE'];
    const all = await Promise.all(
      keys.flatMap((key) =>
        types.map((type) => redis.command(type, key, ...(type === 'ZRANGE' ? ['0', '-1'] : []))),
      ),
    );
    expect(all.join()).toContain(emailOf(1));
    expect(all.join()).not.toMatch(/secret|private/);
  });
});
