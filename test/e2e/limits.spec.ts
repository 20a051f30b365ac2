import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer } from '../../src/context/consumer';
import { keyDigest, type ConfiguredConsumer } from '../../src/context/consumer-registry';
import { startEmulator, type Emulator } from '../../src/emulator/emulator';
import { startProcess, type EaselProcess } from '../easel-process';
import { describeWithRedis, RedisServer } from '../redis-server';
import { startEasel, type ErrorBody, type ImagesBody, type RunningEasel } from '../running-easel';
import { until } from '../until';

const configured = (name: string, limits: Consumer['limits'], role: Consumer['role'] = 'member') =>
  ({
    consumer: { name, role, enabled: true, ...(limits && { limits }) },
    keys: [keyDigest(`key-of-${name}`).toString('hex')],
  }) satisfies ConfiguredConsumer;

const as = (name: string) => ({ authorization: `Bearer key-of-${name}` });

const errorOf = async (response: Response) => ((await response.json()) as ErrorBody).error;

const ratesOf = ({ headers }: Response) =>
  ['limit', 'remaining', 'reset'].map((name) => headers.get(`x-ratelimit-${name}-images`));

interface KeyBody {
  readonly limits: {
    readonly images_per_minute: {
      readonly limit: number;
      readonly remaining: number;
      readonly resets_at: string | null;
    } | null;
    readonly concurrent_images: { readonly limit: number; readonly remaining: number } | null;
  };
}

describe('the limits of a consumer', () => {
  let easel: RunningEasel;

  beforeEach(async () => {
    easel = await startEasel({
      env: { PROXY_AUTH_MODE: 'strict', PROXY_API_KEY: 'key-of-the-proxy', METRICS_CONSUMERS: '2' },
      accounts: [{ email: 'one@test', maxConcurrency: 32 }],
      consumers: [
        configured('design', { imagesPerMinute: 20, concurrentImages: 8 }),
        configured('shop', { imagesPerMinute: 4 }),
        configured('narrow', { concurrentImages: 2 }),
        configured('free', undefined),
      ],
    });
  });
  afterEach(() => easel.close());

  const keyOf = async (name: string) => {
    const response = await fetch(`${easel.url}/v1/key`, { headers: as(name) });
    return ((await response.json()) as KeyBody).limits;
  };

  it('hold against a hundred requests at once, and upstream never sees more', async () => {
    easel.emulator.injectFault({ kind: 'latency', ms: 300 });
    const responses = await Promise.all(
      Array.from({ length: 100 }, () => easel.generate({ prompt: 'x', n: 3 }, as('design'))),
    );
    const statuses = responses.map(({ status }) => status);
    const granted = statuses.filter((status) => status === 200).length;
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    // Two fit at once; more only where some were done before the last had come.
    expect(granted).toBeGreaterThanOrEqual(2);
    expect(granted).toBeLessThanOrEqual(6);
    expect(easel.emulator.requests).toHaveLength(3 * granted);
    expect(easel.emulator.maxInFlight('key-of-one@test')).toBeLessThanOrEqual(8);
    await Promise.all(responses.map((response) => response.arrayBuffer()));
    expect((await keyOf('design')).images_per_minute?.remaining).toBe(20 - 3 * granted);
    expect((await keyOf('design')).concurrent_images).toEqual({
      limit: 8,
      remaining: 8,
      resets_at: null,
    });
  });

  it('refuse with a message and the time to wait, and charge nothing', async () => {
    const first = await easel.generate({ prompt: 'x', n: 3 }, as('shop'));
    expect(first.status).toBe(200);
    expect(ratesOf(first)).toEqual(['4', '1', '1m0s']);
    await first.arrayBuffer();
    for (let round = 0; round < 3; round += 1) {
      const response = await easel.generate({ prompt: 'x', n: 2 }, as('shop'));
      expect(response.status).toBe(429);
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(Number(response.headers.get('retry-after'))).toBeLessThanOrEqual(60);
      expect(ratesOf(response).slice(0, 2)).toEqual(['4', '1']);
      expect(response.headers.get('x-cost-usd')).toBe('0');
      const error = await errorOf(response);
      expect(error).toMatchObject({
        type: 'rate_limit_error',
        code: 'rate_limit_exceeded',
        param: null,
      });
      expect(error.message).toMatch(
        /^Rate limit reached for 'shop' on imagesPerMinute: Limit 4, Used 3, Requested 2\. It ends at 20\S+Z\. Please try again in \d+s\.$/,
      );
    }
    const last = await easel.generate({ prompt: 'x' }, as('shop'));
    expect([last.status, ratesOf(last)[1]]).toEqual([200, '0']);
    await last.arrayBuffer();
    expect(easel.emulator.requests).toHaveLength(4);
  });

  it.each<[string, string, number, object, number]>([
    ['narrow', 'n', 2, { n: 3 }, 3],
    ['shop', 'n', 4, { n: 5 }, 5],
    ['shop', 'batch_size', 4, { batch_size: 6 }, 6],
    ['design', 'n', 8, { n: 10 }, 10],
  ])(
    'of %s say of %s that more than %i can never be had',
    async (name, param, most, body, value) => {
      const response = await easel.generate({ prompt: 'x', ...body }, as(name));
      expect(response.status).toBe(400);
      expect(await errorOf(response)).toEqual({
        type: 'invalid_request_error',
        code: 'integer_above_max_value',
        param,
        message: `Invalid '${param}': integer above maximum value. Expected a value <= ${most}, but got ${value} instead.`,
      });
    },
  );

  it.each<[string, number, (url: string) => Promise<Response>]>([
    ['a list', 200, (url) => fetch(`${url}/v1/models`, { headers: as('shop') })],
    ['the documentation', 200, (url) => fetch(`${url}/docs`, { headers: as('shop') })],
    ['its document', 200, (url) => fetch(`${url}/docs-json`, { headers: as('shop') })],
    [
      'its page by another name',
      302,
      (url) => fetch(`${url}/docs/index.html`, { headers: as('shop'), redirect: 'manual' }),
    ],
    ['an unknown path', 404, (url) => fetch(`${url}/v1/unknown`, { headers: as('shop') })],
    [
      'a wrong method',
      405,
      (url) => fetch(`${url}/v1/models`, { method: 'DELETE', headers: as('shop') }),
    ],
    ['a route of others', 403, (url) => fetch(`${url}/v1/accounts`, { headers: as('shop') })],
    [
      'a bad body',
      400,
      (url) =>
        fetch(`${url}/v1/images/generations`, {
          method: 'POST',
          headers: { ...as('shop'), 'content-type': 'application/json' },
          body: '{}',
        }),
    ],
  ])('are told with %s', async (_name, status, ask) => {
    const response = await ask(easel.url);
    expect(response.status).toBe(status);
    expect(ratesOf(response)).toEqual(['4', '4', '0s']);
    await response.arrayBuffer();
  });

  it('are not sent to consumers without a rate limit', async () => {
    for (const name of ['free', 'narrow', 'the-proxy']) {
      const response = await fetch(`${easel.url}/v1/models`, { headers: as(name) });
      expect([response.status, ...ratesOf(response)]).toEqual([200, null, null, null]);
      await response.arrayBuffer();
    }
  });

  it('are given back the images that were not made', async () => {
    easel.emulator.injectFault({ kind: 'refusal', count: 1 });
    const response = await easel.generate({ prompt: 'x', n: 3 }, as('shop'));
    const { data } = (await response.json()) as ImagesBody;
    expect(data).toHaveLength(2);
    expect((await keyOf('shop')).images_per_minute).toMatchObject({ limit: 4, remaining: 2 });
    easel.emulator.injectFault({ kind: 'refusal' });
    const refused = await easel.generate({ prompt: 'x', n: 2 }, as('shop'));
    expect([refused.status, ratesOf(refused)[1]]).toEqual([400, '2']);
    await refused.arrayBuffer();
    expect((await keyOf('shop')).images_per_minute).toMatchObject({ remaining: 2 });
  });

  it('apply to Gemini’s own API too, and free calls do not count', async () => {
    const ask = (method: string, candidateCount: number) =>
      fetch(`${easel.url}/v1beta/models/gemini-3-pro-image:${method}`, {
        method: 'POST',
        headers: { 'x-goog-api-key': 'key-of-shop', 'content-type': 'application/json' },
        body: JSON.stringify({
          contents: [{ parts: [{ text: 'x' }] }],
          ...(method === 'countTokens' ? {} : { generationConfig: { candidateCount } }),
        }),
      });
    const statuses: number[] = [];
    for (const [method, candidates] of [
      ['countTokens', 1],
      ['generateContent', 3],
      ['generateContent', 5],
      ['generateContent', 2],
      ['streamGenerateContent', 1],
      ['streamGenerateContent', 1],
      ['countTokens', 1],
    ] as const) {
      const response = await ask(method, candidates);
      statuses.push(response.status);
      await response.arrayBuffer();
    }
    expect(statuses).toEqual([200, 200, 400, 429, 200, 429, 200]);
  });

  it('count an abandoned image once it is paid for, and release its slot', async () => {
    easel.emulator.injectFault({ kind: 'latency', ms: 2000 });
    const leaving = new AbortController();
    const left = fetch(`${easel.url}/v1/images/generations`, {
      method: 'POST',
      headers: { ...as('shop'), 'content-type': 'application/json' },
      body: JSON.stringify({ prompt: 'x', n: 2 }),
      signal: leaving.signal,
    }).catch(() => undefined);
    await until(() => easel.emulator.maxInFlight('key-of-one@test') === 2);
    leaving.abort();
    await left;
    await sleep(50);
    expect((await keyOf('shop')).images_per_minute).toMatchObject({ limit: 4, remaining: 2 });
  });

  it.each<[string, string, object]>([
    ['images', '/v1/images/generations', { prompt: 'x' }],
    ['chat', '/v1/chat/completions', { messages: [{ role: 'user', content: 'x' }] }],
    ['OpenRouter’s API', '/api/v1/images', { prompt: 'x' }],
    [
      'Gemini’s own API',
      '/v1beta/models/gemini-3-pro-image:generateContent',
      { contents: [{ parts: [{ text: 'x' }] }] },
    ],
  ])('refuse without a failed image in the metrics: %s', async (_name, path, body) => {
    const ask = async (content: object) => {
      const response = await fetch(`${easel.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...as('shop') },
        body: JSON.stringify(content),
      });
      await response.arrayBuffer();
      return response.status;
    };
    await (await easel.generate({ prompt: 'x', n: 4 }, as('shop'))).arrayBuffer();
    expect(await ask(body)).toBe(429);
    const metrics = await (
      await fetch(`${easel.url}/metrics`, { headers: as('the-proxy') })
    ).text();
    expect(metrics).toContain(
      'easel_limit_rejections_total{consumer="shop",limit="imagesPerMinute"} 1',
    );
    expect(metrics).not.toMatch(/easel_(consumer_)?images_total\{.*outcome="failed"/);
  });

  it('appear in the log and the metrics by name, without key or digest', async () => {
    const bodies = [
      await easel.generate({ prompt: 'x', n: 4, image_size: '2K' }, as('shop')),
      await easel.generate({ prompt: 'x' }, as('shop')),
      await easel.generate({ prompt: 'x' }, as('free')),
      await easel.generate({ prompt: 'x' }, as('narrow')),
    ];
    await Promise.all(bodies.map((response) => response.arrayBuffer()));
    const metrics = await fetch(`${easel.url}/metrics`, { headers: as('the-proxy') });
    const text = await metrics.text();
    expect(text).toContain(
      'easel_consumer_images_total{consumer="shop",size="2K",outcome="made"} 4',
    );
    expect(text).toContain(
      'easel_consumer_images_total{consumer="free",size="default",outcome="made"} 1',
    );
    expect(text).toContain(
      'easel_consumer_images_total{consumer="other",size="default",outcome="made"} 1',
    );
    expect(text).toContain(
      'easel_limit_rejections_total{consumer="shop",limit="imagesPerMinute"} 1',
    );
    const lines = easel.log.filter(({ path }) => path === '/v1/images/generations');
    expect(lines.map(({ consumer, limit }) => [consumer, limit])).toEqual([
      ['shop', undefined],
      ['shop', 'imagesPerMinute'],
      ['free', undefined],
      ['narrow', undefined],
    ]);
    for (const written of [text, easel.rawLog()]) {
      expect(written).not.toMatch(/key-of-(shop|free|narrow|the-proxy)\b|[\da-f]{64}/);
    }
  });
});

describe('consumers that wait', () => {
  it('take turns, however many requests one of them has', async () => {
    const easel = await startEasel({
      env: { PROXY_AUTH_MODE: 'strict', PROXY_API_KEY: 'key-of-the-proxy' },
      accounts: [{ email: 'one@test', maxConcurrency: 1 }],
      consumers: [configured('busy', undefined), configured('calm', undefined)],
    });
    try {
      easel.emulator.injectFault({ kind: 'latency', ms: 150 });
      const done: string[] = [];
      const ask = async (name: string) => {
        const response = await easel.generate({ prompt: 'x' }, as(name));
        await response.arrayBuffer();
        done.push(name);
      };
      const metric = async () => {
        const response = await fetch(`${easel.url}/metrics`, { headers: as('the-proxy') });
        return Number(/^easel_images_waiting (\d+)$/m.exec(await response.text())?.[1]);
      };
      const busy = Array.from({ length: 12 }, () => ask('busy'));
      await until(async () => (await metric()) >= 9);
      const before = done.length;
      await ask('calm');
      // One of the others is running, and one more may have been sent.
      expect(done.length - before).toBeLessThanOrEqual(4);
      await Promise.all(busy);
    } finally {
      await easel.close();
    }
  });
});

describeWithRedis('the limits of a consumer over two replicas', () => {
  let redis: RedisServer;
  let emulator: Emulator;
  const running: EaselProcess[] = [];

  beforeEach(async () => {
    redis = await RedisServer.start();
    emulator = await startEmulator({ drawing: 'plain' });
  });
  afterEach(async () => {
    running.splice(0).forEach(({ child }) => child.kill('SIGKILL'));
    redis.thaw();
    await redis.kill();
    await emulator.close();
  });

  async function replicas(limits: string): Promise<readonly string[]> {
    const folder = mkdtempSync(join(tmpdir(), 'easel-'));
    writeFileSync(
      join(folder, 'accounts.yaml'),
      `accounts: [{email: a@test, provider: gemini, apiKey: key-1, baseUrl: "${emulator.url}", maxConcurrency: 64}]`,
    );
    writeFileSync(
      join(folder, 'consumers.yaml'),
      `consumers: [{name: design, key: long-key-of-design, limits: ${limits}}]`,
    );
    const both = [1, 2].map(() =>
      startProcess({
        ACCOUNTS_FILE: join(folder, 'accounts.yaml'),
        CONSUMERS_FILE: join(folder, 'consumers.yaml'),
        REDIS_URL: redis.url,
      }),
    );
    running.push(...both);
    return Promise.all(both.map((easel) => easel.url()));
  }

  const ask = (url: string | undefined, n: number) =>
    fetch(`${url}/v1/images/generations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer long-key-of-design' },
      body: JSON.stringify({ prompt: 'x', n }),
    });

  it('hold together against a hundred requests at once', async () => {
    const urls = await replicas('{imagesPerMinute: 20, concurrentImages: 8}');
    emulator.injectFault({ kind: 'latency', ms: 300 });
    const responses = await Promise.all(
      Array.from({ length: 100 }, (_, index) => ask(urls[index % 2], 3)),
    );
    const granted = responses.filter(({ status }) => status === 200).length;
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200, 429]));
    expect(granted).toBeLessThanOrEqual(6);
    expect(emulator.requests).toHaveLength(3 * granted);
    expect(emulator.maxInFlight('key-1')).toBeLessThanOrEqual(8);
    await Promise.all(responses.map((response) => response.arrayBuffer()));
  });

  it('cost one more script before the call of an image and one after it, sent together with the pool’s', async () => {
    const [url] = await replicas('{imagesPerMinute: 1000, concurrentImages: 8}');
    const counted = async () => {
      const [calls, reads] = [
        await redis.command('INFO', 'commandstats'),
        await redis.command('INFO', 'stats'),
      ];
      return {
        scripts: Number(/cmdstat_evalsha:calls=(\d+)/.exec(calls)?.[1]),
        reads: Number(/total_reads_processed:(\d+)/.exec(reads)?.[1]),
      };
    };
    const make = async () => {
      const response = await ask(url, 1);
      expect(response.status).toBe(200);
      expect(ratesOf(response)[1]).toMatch(/^\d+$/);
      await response.arrayBuffer();
    };
    await make();
    const before = await counted();
    for (let image = 0; image < 20; image += 1) {
      await make();
    }
    const after = await counted();
    // Now and then each replica renews its leases, and a look at the limits may be due.
    expect((after.scripts - before.scripts) / 20).toBeLessThan(4.5);
    expect((after.reads - before.reads) / 20).toBeLessThan(3.7);
  });

  it('hold while Redis is frozen, killed and restarted, and no request fails', async () => {
    const urls = await replicas('{imagesPerMinute: 1000}');
    const statuses: number[] = [];
    const round = async () => {
      const responses = await Promise.all(urls.map((url) => ask(url, 2)));
      statuses.push(...responses.map(({ status }) => status));
      await Promise.all(responses.map((response) => response.arrayBuffer()));
    };
    const remaining = async (url: string | undefined) => {
      const response = await fetch(`${url}/v1/key`, {
        headers: { authorization: 'Bearer long-key-of-design' },
      });
      return ((await response.json()) as KeyBody).limits.images_per_minute?.remaining;
    };
    await round();
    redis.freeze();
    await round();
    await redis.kill();
    await round();
    await redis.start();
    await until(
      async () => (await remaining(urls[0])) === 988 && (await remaining(urls[1])) === 988,
    );
    await round();
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(await remaining(urls[0])).toBe(984);
  });
});
