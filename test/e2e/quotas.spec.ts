import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Consumer } from '../../src/context/consumer';
import { keyDigest, type ConfiguredConsumer } from '../../src/context/consumer-registry';
import { startEmulator, type Emulator } from '../../src/emulator/emulator';
import { DESIGN, Fleet } from '../fleet';
import { form, picture } from '../pictures';
import { describeWithPostgres, PostgresServer } from '../postgres-server';
import { describeWithRedis, RedisServer } from '../redis-server';
import { startEasel, type ErrorBody, type ImagesBody, type RunningEasel } from '../running-easel';
import { until } from '../until';

const configured = (name: string, rules: Pick<Consumer, 'limits' | 'budget'>) =>
  ({
    consumer: { name, role: 'member', enabled: true, ...rules },
    keys: [keyDigest(`key-of-${name}`).toString('hex')],
  }) satisfies ConfiguredConsumer;

const as = (name: string) => ({ authorization: `Bearer key-of-${name}` });

interface KeyBody {
  readonly limits: {
    readonly images_per_minute: { readonly limit: number; readonly remaining: number } | null;
    readonly images_per_day: {
      readonly limit: number;
      readonly remaining: number;
      readonly resets_at: string;
    } | null;
  };
  readonly budget: {
    readonly limit_usd: number;
    readonly spent_usd: number;
    readonly resets_at: string;
  } | null;
}

const keyAt = async (url: string, headers: Record<string, string>) =>
  (await (await fetch(`${url}/v1/key`, { headers })).json()) as KeyBody;

/** The next midnight and the next first of a month, in UTC. */
const midnight = () => new Date((Math.floor(Date.now() / 86_400_000) + 1) * 86_400_000);
const nextMonth = () => {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1));
};

/** Of one image at 1K, by the price table. */
const PRICE = 0.1344;

describe('a day’s limit and a month’s budget', () => {
  let folder: string;
  let easel: RunningEasel;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'easel-quotas-'));
    easel = await start();
  });
  afterEach(async () => {
    await easel.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = () =>
    startEasel({
      env: {
        PROXY_AUTH_MODE: 'strict',
        PROXY_API_KEY: 'key-of-the-proxy',
        DATABASE_URL: '',
        DATA_DIR: folder,
      },
      accounts: [{ email: 'one@test', maxConcurrency: 32 }],
      consumers: [
        configured('day', { limits: { imagesPerDay: 4 } }),
        configured('both', { limits: { imagesPerMinute: 10, imagesPerDay: 4 } }),
        configured('money', { budget: { usdPerMonth: 1 } }),
        configured('little', { budget: { usdPerMonth: 0.2 } }),
        configured('free', {}),
      ],
    });

  const key = (name: string) => keyAt(easel.url, as(name));
  const remaining = async (name: string) => (await key(name)).limits.images_per_day?.remaining;
  const spent = async (name: string) => (await key(name)).budget?.spent_usd ?? 0;
  const metrics = async () =>
    (await fetch(`${easel.url}/metrics`, { headers: as('the-proxy') })).text();

  /** What responses cost, once that is what the month has: a reservation is settled behind its response. */
  const settled = async (name: string, ...responses: readonly Response[]) => {
    let sum = 0;
    for (const response of responses) {
      expect(response.status).toBe(200);
      await response.arrayBuffer();
      sum += Number(response.headers.get('x-cost-usd'));
    }
    await until(async () => Math.abs((await spent(name)) - sum) < 1e-9);
    return spent(name);
  };

  it('are told by the key, null where there are none', async () => {
    expect(await key('day')).toMatchObject({
      limits: {
        images_per_day: { limit: 4, remaining: 4, resets_at: midnight().toISOString() },
        images_per_minute: null,
      },
      budget: null,
    });
    expect(await key('money')).toMatchObject({
      limits: { images_per_day: null },
      budget: { limit_usd: 1, spent_usd: 0, resets_at: nextMonth().toISOString() },
    });
  });

  it('hold against a hundred requests at once, and upstream never sees more', async () => {
    easel.emulator.injectFault({ kind: 'latency', ms: 100 });
    const ask = async (name: string) => {
      const response = await easel.generate({ prompt: 'x', n: 3 }, as(name));
      await response.arrayBuffer();
      return response.status;
    };
    const statuses = await Promise.all(
      Array.from({ length: 100 }, (_, index) => ask(index % 2 === 0 ? 'day' : 'money')),
    );
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    const days = statuses.filter((status, index) => status === 200 && index % 2 === 0);
    const money = statuses.filter((status, index) => status === 200 && index % 2 === 1);
    // Of four images a request of three fits once; of a dollar two of them, which real tokens make a little dearer.
    expect([days.length, money.length]).toEqual([1, 2]);
    expect(easel.emulator.requests).toHaveLength(9);
    await until(async () => (await remaining('day')) === 1);
    expect(await spent('money')).toBeCloseTo(6 * PRICE, 1);
    // On a busy machine the database may take longer than a request waits for it. That is over by itself.
    await until(async () => (await metrics()).includes('easel_limits_degraded 0'));
  });

  it('refuse in words that no program repeats, and take nothing then', async () => {
    await (await easel.generate({ prompt: 'x', n: 3 }, as('both'))).arrayBuffer();
    for (let round = 0; round < 3; round += 1) {
      const response = await easel.generate({ prompt: 'x', n: 2 }, as('both'));
      expect(response.status).toBe(429);
      expect(response.headers.get('x-should-retry')).toBe('false');
      expect(response.headers.get('x-ratelimit-remaining-images')).toBe('7');
      expect(((await response.json()) as ErrorBody).error).toEqual({
        type: 'insufficient_quota',
        code: 'insufficient_quota',
        param: null,
        message:
          `Quota of 'both' used up on imagesPerDay: Limit 4, Used 3, Requested 2. ` +
          `It ends at ${midnight().toISOString()}.`,
      });
    }
    expect((await key('both')).limits.images_per_minute).toMatchObject({ remaining: 7 });
    const last = await easel.generate({ prompt: 'x' }, as('both'));
    expect(last.status).toBe(200);
    await last.arrayBuffer();
    expect(await metrics()).toContain(
      'easel_limit_rejections_total{consumer="both",limit="imagesPerDay"} 3',
    );
  });

  it('say in dollars what a budget has left', async () => {
    const used = await settled('little', await easel.generate({ prompt: 'x' }, as('little')));
    expect(used).toBeGreaterThan(0.1);
    const response = await easel.generate({ prompt: 'x', quality: 'hd' }, as('little'));
    expect(response.status).toBe(429);
    const { message } = ((await response.json()) as ErrorBody).error;
    expect(message).toBe(
      `Quota of 'little' used up on usdPerMonth: Limit $0.20, Used $${used}, Requested $0.24. ` +
        `It ends at ${nextMonth().toISOString()}.`,
    );
  });

  it('cost what the ledger has, whatever was reserved', async () => {
    const responses: Response[] = [];
    for (const body of [{ n: 2 }, { quality: 'hd' }, { model: 'gemini-2.5-flash-image' }]) {
      responses.push(await easel.generate({ prompt: 'x', ...body }, as('money')));
    }
    const sum = await settled('money', ...responses);
    // Usage waits for the last rows for a second, which may be too short on a busy machine.
    await until(async () => {
      const usage = await fetch(`${easel.url}/v1/usage`, { headers: as('money') });
      const { total } = (await usage.json()) as { total: { usd: number } };
      return Math.abs(total.usd - sum) < 1e-6;
    });
    await until(async () => (await metrics()).includes('easel_limits_degraded 0'));
    const text = await metrics();
    const ratio = /^easel_consumer_budget_used_ratio\{consumer="money"\} (\S+)$/m.exec(text);
    expect(Number(ratio?.[1])).toBeCloseTo(sum, 6);
    expect(text).toContain('easel_consumer_budget_used_ratio{consumer="little"} 0');
    expect(text).not.toMatch(/budget_used_ratio\{consumer="(day|free|other)"/);
  });

  it('get back the images that were not made', async () => {
    easel.emulator.injectFault({ kind: 'refusal', count: 1 });
    const response = await easel.generate({ prompt: 'x', n: 3 }, as('day'));
    expect(((await response.json()) as ImagesBody).data).toHaveLength(2);
    await until(async () => (await remaining('day')) === 2);
    easel.emulator.injectFault({ kind: 'refusal' });
    const refused = await easel.generate({ prompt: 'x', n: 2 }, as('day'));
    expect(refused.status).toBe(400);
    await refused.arrayBuffer();
    await until(async () => (await remaining('day')) === 2);
  });

  it('count what a client leaves behind at the table’s price, since Google bills it', async () => {
    // The images are made to the end, and the request is logged then: the client leaves long before.
    easel.emulator.injectFault({ kind: 'latency', ms: 10_000 });
    const leaving = new AbortController();
    const left = fetch(`${easel.url}/v1/images/generations`, {
      method: 'POST',
      headers: { ...as('money'), 'content-type': 'application/json' },
      body: JSON.stringify({ prompt: 'x', n: 2 }),
      signal: leaving.signal,
    }).then(
      () => 'got a response',
      (error: unknown) => (error as Error).name,
    );
    await until(() => easel.emulator.maxInFlight('key-of-one@test') === 2);
    expect(await spent('money')).toBeCloseTo(2 * PRICE, 2);
    leaving.abort();
    expect(await left).toBe('AbortError');
    await until(() => easel.log.some(({ path, level }) => path !== undefined && level >= 30));
    expect(await spent('money')).toBeCloseTo(2 * PRICE, 2);
  });

  it('are 400 where a day could never have so many', async () => {
    const response = await easel.generate({ prompt: 'x', n: 5 }, as('day'));
    expect(response.status).toBe(400);
    expect(((await response.json()) as ErrorBody).error).toMatchObject({
      code: 'integer_above_max_value',
      param: 'n',
    });
  });

  it.each<[string, () => Promise<Response>, string]>([
    ['generations', () => easel.generate({ prompt: 'x' }, as('day')), 'openai'],
    ['a stream', () => easel.generate({ prompt: 'x', stream: true }, as('day')), 'openai'],
    [
      'edits',
      async () => easel.edit(form(['prompt', 'x'], ['image', await picture()]), as('day')),
      'openai',
    ],
    ['variations', async () => vary(form(['image', await picture()])), 'openai'],
    [
      'chat',
      () => post('/v1/chat/completions', { messages: [{ role: 'user', content: 'x' }] }),
      'openai',
    ],
    [
      'a chat’s stream',
      () =>
        post('/v1/chat/completions', { messages: [{ role: 'user', content: 'x' }], stream: true }),
      'openai',
    ],
    ['OpenRouter', () => post('/v1/images', { prompt: 'x' }), 'openai'],
    [
      'Gemini',
      () => post('/v1beta/models/gemini-3-pro-image:generateContent', NATIVE_BODY),
      'google',
    ],
    [
      'Gemini’s stream',
      () => post('/v1beta/models/gemini-3-pro-image:streamGenerateContent?alt=sse', NATIVE_BODY),
      'google',
    ],
    [
      'Imagen’s call',
      () =>
        post('/v1beta/models/imagen-4.0-generate-001:predict', {
          instances: [{ prompt: 'x' }],
          parameters: { sampleCount: 1 },
        }),
      'google',
    ],
  ])('hold for %s', async (_name, ask, dialect) => {
    const first = await ask();
    expect(first.status).toBe(200);
    await first.arrayBuffer();
    await until(async () => (await remaining('day')) === 3);
    await (await easel.generate({ prompt: 'x', n: 3 }, as('day'))).arrayBuffer();
    const calls = easel.emulator.requests.length;
    const response = await ask();
    expect(response.status).toBe(429);
    expect(easel.emulator.requests).toHaveLength(calls);
    if (dialect === 'openai') {
      expect(await response.json()).toMatchObject({ error: { code: 'insufficient_quota' } });
    } else {
      const { error } = (await response.json()) as {
        error: { code: number; status: string; message: string; details: object[] };
      };
      expect(error).toMatchObject({ code: 429, status: 'RESOURCE_EXHAUSTED' });
      expect(error.message).toContain("Quota of 'day' used up on imagesPerDay");
      expect(error.details).toContainEqual({
        '@type': 'type.googleapis.com/google.rpc.RetryInfo',
        retryDelay: expect.stringMatching(/^\d+s$/) as string,
      });
    }
  });

  it('take off a day nothing for words, and off a month what they cost', async () => {
    easel.emulator.injectFault({ kind: 'text_only', count: 1 });
    const chat = { messages: [{ role: 'user', content: 'x' }] };
    const response = await post('/v1/chat/completions', chat);
    expect(response.status).toBe(200);
    await response.arrayBuffer();
    await until(async () => (await remaining('day')) === 4);
  });

  it('are remembered over a restart', async () => {
    await (await easel.generate({ prompt: 'x', n: 3 }, as('day'))).arrayBuffer();
    const response = await easel.generate({ prompt: 'x', n: 3 }, as('money'));
    const before = await settled('money', response);
    await easel.close();
    easel = await start();
    // The start waits for the database for two seconds and a half; then it looks again.
    await until(async () => (await remaining('day')) === 1);
    await until(async () => (await spent('money')) === before);
    const refused = await easel.generate({ prompt: 'x', n: 2 }, as('day'));
    expect(refused.status).toBe(429);
    await refused.arrayBuffer();
  });

  function post(path: string, body: object): Promise<Response> {
    return fetch(`${easel.url}${path}`, {
      method: 'POST',
      headers: { ...as('day'), 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  function vary(body: FormData): Promise<Response> {
    return fetch(`${easel.url}/v1/images/variations`, {
      method: 'POST',
      headers: as('day'),
      body,
    });
  }
});

const NATIVE_BODY = { contents: [{ parts: [{ text: 'x' }] }] };

async function ask(url: string | undefined, n: number): Promise<number> {
  const response = await fetch(`${url}/v1/images/generations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...DESIGN },
    body: JSON.stringify({ prompt: 'x', n }),
  });
  await response.arrayBuffer();
  return response.status;
}

const usedToday = async (url: string | undefined): Promise<number> => {
  const { limits } = await keyAt(url ?? '', DESIGN);
  const { limit = 0, remaining = 0 } = limits.images_per_day ?? {};
  return limit - remaining;
};

const limitsOf = async (url: string | undefined) => {
  const body = (await (await fetch(`${url}/readyz`)).json()) as {
    details: { limits?: { status: string; reason?: string } };
  };
  return body.details.limits;
};

describe('a limit by the day or the month', () => {
  let fleet: Fleet;
  beforeEach(async () => {
    fleet = new Fleet(await startEmulator({ drawing: 'plain' }));
  });
  afterEach(() => fleet.close());

  it.each<[string, string, Record<string, string>, string]>([
    [
      'DATABASE_URL=off',
      'limits: {imagesPerDay: 3}',
      { DATABASE_URL: 'off' },
      'DATABASE_URL is off',
    ],
    [
      'a DATA_DIR that cannot be written',
      'budget: {usdPerMonth: 3}',
      { DATA_DIR: '/proc/nowhere' },
      'DATA_DIR cannot be written: /proc/nowhere',
    ],
    [
      'REDIS_URL without PostgreSQL',
      'budget: {usdPerMonth: 3}',
      { REDIS_URL: 'redis://127.0.0.1:1' },
      'REDIS_URL is set, and replicas that share limits need a DATABASE_URL of PostgreSQL',
    ],
  ])('stops the start with %s', async (_name, rules, env, reason) => {
    fleet.limit(rules);
    const easel = fleet.start(env);
    expect(await easel.exit).toBe(1);
    expect(easel.output()).toContain(`needs a persistent ledger, but ${reason}`);
  });

  it('is refused with its whole file in a reload where nothing could hold it', async () => {
    fleet.limit('limits: {imagesPerMinute: 3}');
    const easel = fleet.start({ DATABASE_URL: 'off' });
    const url = await easel.url();
    fleet.limit('limits: {imagesPerMinute: 9, imagesPerDay: 3}');
    await until(() => easel.output().includes('consumers reload refused'));
    expect(easel.output()).toContain('limits.imagesPerDay needs a persistent ledger');
    const { limits } = await keyAt(url, DESIGN);
    expect(limits.images_per_minute?.limit).toBe(3);
  });

  it('is in force with a reload, and counts the month from its first', async () => {
    fleet.limit('limits: {concurrentImages: 9}');
    const url = await fleet.start({}).url();
    expect(await ask(url, 3)).toBe(200);
    await until(async () => {
      const usage = await fetch(`${url}/v1/usage`, { headers: DESIGN });
      return ((await usage.json()) as { total: { images: number } }).total.images === 3;
    });
    fleet.limit('limits: {imagesPerDay: 4}, budget: {usdPerMonth: 100}');
    await until(async () => (await keyAt(url, DESIGN)).budget !== null);
    await until(async () => (await usedToday(url)) === 3);
    await until(async () => ((await keyAt(url, DESIGN)).budget?.spent_usd ?? 0) > 3 * PRICE - 0.01);
    expect([await ask(url, 2), await ask(url, 1), await ask(url, 1)]).toEqual([429, 200, 429]);
  });

  it('is not forgotten by a process that is killed, and holds what was at work until that lapses', async () => {
    fleet.limit('limits: {imagesPerDay: 9}');
    const first = fleet.start({});
    const url = await first.url();
    expect(await ask(url, 2)).toBe(200);
    await until(async () => (await usedToday(url)) === 2);
    const emulator = fleet.emulator;
    emulator.injectFault({ kind: 'latency', ms: 60_000 });
    void ask(url, 3).catch(() => undefined);
    await until(() => emulator.maxInFlight('key-1') === 3);
    // What the database was not told yet would be lost with the process.
    await until(async () => (await usedToday(url)) === 5);
    await until(async () => (await limitsOf(url))?.status === 'up');
    first.child.kill('SIGKILL');
    await first.exit;
    const second = await fleet.start({}).url();
    await until(async () => (await usedToday(second)) === 5);
  });
});

describeWithPostgres('a limit by the day or the month over two replicas', () => {
  let postgres: PostgresServer;
  let emulator: Emulator;
  let fleet: Fleet;

  beforeAll(async () => {
    postgres = await PostgresServer.start();
  });
  afterAll(() => postgres.close());
  const freshFleet = async () => {
    await postgres.query('drop schema public cascade');
    await postgres.query('create schema public');
    emulator = await startEmulator({ drawing: 'plain' });
    fleet = new Fleet(emulator);
  };
  beforeEach(freshFleet);
  afterEach(async () => {
    postgres.thaw();
    await fleet.close();
  });

  const replicas = (env: Record<string, string> = {}) =>
    Promise.all(
      [1, 2].map(() =>
        fleet.start({ DATABASE_URL: postgres.url, MAX_INFLIGHT_IMAGES: '200', ...env }).url(),
      ),
    );

  /** What the ledger has, all replicas' rows being written. */
  const madeRows = async (urls: readonly string[]) => {
    for (const url of urls) {
      await (await fetch(`${url}/v1/usage`, { headers: DESIGN })).arrayBuffer();
    }
    const [row] = await postgres.query(
      `select count(*)::int as images, coalesce(sum(micro_usd), 0)::int as cost
       from ledger_images where outcome = 'made'`,
    );
    return { images: Number(row?.['images']), usd: Number(row?.['cost']) / 1_000_000 };
  };

  const isDegraded = () =>
    fleet.running.some((easel) => easel.output().includes('database is away or slow'));

  /**
   * Does something on two new replicas, and again where the database took longer than they wait for it: what is
   * promised holds only while it responds, and this machine has other things to do.
   */
  const whileItResponds = async (
    rules: string,
    work: (urls: readonly string[]) => Promise<void>,
  ): Promise<readonly string[]> => {
    for (let round = 0; round < 10; round += 1) {
      if (round > 0) {
        await fleet.close();
        await freshFleet();
      }
      fleet.limit(rules);
      const urls = await replicas();
      await Promise.all(urls.map(usedToday));
      await work(urls);
      if (!isDegraded()) {
        return urls;
      }
    }
    throw new Error('the database never responded in time');
  };

  it('is never exceeded at full tilt', async () => {
    let statuses: readonly number[] = [];
    const urls = await whileItResponds(
      'limits: {imagesPerDay: 50}, budget: {usdPerMonth: 2}',
      async (both) => {
        statuses = await Promise.all(
          Array.from({ length: 32 }, (_, index) => ask(both[index % 2], 1 + (index % 3))),
        );
      },
    );
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    const made = emulator.requests.length;
    // Two dollars are 14 images; real tokens are a little dearer than the table.
    expect(made).toBeLessThanOrEqual(14);
    expect(made).toBeGreaterThanOrEqual(11);
    await until(async () => (await usedToday(urls[0])) === made);
    expect(await usedToday(urls[1])).toBe(made);
    const rows = await madeRows(urls);
    expect(rows.images).toBe(made);
    expect((await keyAt(urls[0] ?? '', DESIGN)).budget?.spent_usd).toBeCloseTo(rows.usd, 6);
  });

  it('is never exceeded where images fail and are given back', async () => {
    const urls = await whileItResponds('limits: {imagesPerDay: 20}', async (both) => {
      for (let round = 0; round < 4; round += 1) {
        emulator.injectFault({ kind: 'refusal', count: 5 });
        await Promise.all(Array.from({ length: 16 }, (_, index) => ask(both[index % 2], 2)));
      }
    });
    const { images } = await madeRows(urls);
    expect(images).toBeGreaterThan(0);
    expect(images).toBeLessThanOrEqual(20);
    await until(async () => (await usedToday(urls[0])) === images);
    await until(async () => (await usedToday(urls[1])) === images);
  });

  it('goes on while the database is frozen, killed and back, and no request fails for it', async () => {
    fleet.limit('limits: {imagesPerDay: 1000}');
    const urls = await replicas();
    const statuses: number[] = [];
    const round = async () => {
      statuses.push(...(await Promise.all(urls.map((url) => ask(url, 2)))));
    };
    await round();
    await until(async () => (await usedToday(urls[0])) === 4);
    postgres.freeze();
    await round();
    await round();
    for (const url of urls) {
      expect(await limitsOf(url)).toMatchObject({ status: 'degraded' });
      expect(await usedToday(url)).toBeGreaterThanOrEqual(6);
    }
    await postgres.kill();
    await round();
    await postgres.start();
    for (const url of urls) {
      await until(async () => (await limitsOf(url))?.status === 'up');
    }
    await until(async () => (await usedToday(urls[0])) === 16);
    await until(async () => (await usedToday(urls[1])) === 16);
    await round();
    expect(new Set(statuses)).toEqual(new Set([200]));
    await until(async () => (await usedToday(urls[0])) === 20);
    for (const text of ['the database is away or slow', 'are counted in the database again']) {
      await until(() => fleet.running.every((easel) => easel.output().includes(text)));
    }
  });

  it('still refuses what it saw before the database went', async () => {
    fleet.limit('limits: {imagesPerDay: 6}');
    const urls = await replicas();
    expect(await ask(urls[0], 4)).toBe(200);
    await until(async () => (await usedToday(urls[1])) === 4);
    await postgres.kill();
    // Each by what it last saw plus its own: two are left for each of them, and no more.
    expect([await ask(urls[0], 3), await ask(urls[1], 3)]).toEqual([429, 429]);
    expect([await ask(urls[0], 2), await ask(urls[1], 2)]).toEqual([200, 200]);
    expect([await ask(urls[0], 1), await ask(urls[1], 1)]).toEqual([429, 429]);
    await postgres.start();
    await until(async () => (await limitsOf(urls[0]))?.status === 'up');
    await until(async () => (await limitsOf(urls[1]))?.status === 'up');
    await until(async () => {
      const rows = await postgres.query(
        `select total::int as total from quota_totals where length(period) = 10`,
      );
      return rows.length === 1 && rows[0]?.['total'] === 8;
    });
  });

  it('does not wait for a database that is away at the start', async () => {
    const timesSlow = () =>
      fleet.running.map((easel) => easel.output().split('is away or slow').length).join();
    for (let round = 0; ; round += 1) {
      fleet.limit('limits: {imagesPerDay: 3}');
      await postgres.kill();
      const urls = await replicas();
      expect([await ask(urls[0], 2), await ask(urls[0], 2)]).toEqual([200, 429]);
      await postgres.start();
      await until(async () => (await usedToday(urls[1])) === 2);
      const before = timesSlow();
      const statuses = [await ask(urls[1], 2), await ask(urls[1], 1)];
      if (timesSlow() === before || round === 9) {
        expect(statuses).toEqual([429, 200]);
        return;
      }
      // It has just started, and took longer than the replica waits for it.
      await fleet.close();
      await freshFleet();
    }
  });
});

describeWithRedis('a limit by the minute and one by the day', () => {
  it('are taken together or not at all', async () => {
    // Anew where Redis or the database took longer than the replicas wait: what is promised holds while both respond.
    for (let round = 0; ; round += 1) {
      const redis = await RedisServer.start();
      const postgres = await PostgresServer.start();
      const emulator = await startEmulator({ drawing: 'plain' });
      const fleet = new Fleet(emulator);
      try {
        fleet.limit('limits: {imagesPerMinute: 50, imagesPerDay: 10}');
        const urls = await Promise.all(
          [1, 2].map(() => fleet.start({ DATABASE_URL: postgres.url, REDIS_URL: redis.url }).url()),
        );
        await Promise.all(urls.map(usedToday));
        await Promise.all(Array.from({ length: 40 }, (_, index) => ask(urls[index % 2], 3)));
        if (fleet.running.some((easel) => / is away/.test(easel.output())) && round < 9) {
          continue;
        }
        expect(emulator.requests).toHaveLength(9);
        await until(async () => (await usedToday(urls[0])) === 9);
        const { limits } = await keyAt(urls[0] ?? '', DESIGN);
        expect(limits.images_per_minute?.remaining).toBe(41);
        return;
      } finally {
        await fleet.close();
        await postgres.close();
        await redis.kill();
      }
    }
  }, 600_000);
});
