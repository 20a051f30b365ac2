import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer } from '../../src/context/consumer';
import { keyDigest, type ConfiguredConsumer } from '../../src/context/consumer-registry';
import { chat } from '../chat-client';
import { picture } from '../pictures';
import { alertRules, metricsIn, panelQueries } from '../prometheus-queries';
import {
  describeWithPrometheus,
  promtool,
  startPrometheus,
  type PrometheusServer,
  type Sample,
} from '../prometheus-server';
import { startEasel, type ImagesBody, type RunningEasel } from '../running-easel';
import { until } from '../until';

const KEY = 'key-of-the-proxy';
const ROUNDS = 3;
const OBSERVABILITY = readFileSync(join(__dirname, '../../docs/observability.md'), 'utf8');
/** By name, the type and labels of each metric in the table. */
const DESCRIBED = Object.fromEntries(
  [...OBSERVABILITY.matchAll(/^\| `(easel_\w+)` +\| (\w+) +\| ([`\w, ]*)\|/gm)].map(
    ([, name = '', type, labels = '']) => [
      name,
      { type, labels: (labels.match(/\w+/g) ?? []).toSorted() },
    ],
  ),
);

/** The same, of what is exposed. */
function exposedMetrics(exposition: string): typeof DESCRIBED {
  return Object.fromEntries(
    [...exposition.matchAll(/^# TYPE (easel_\w+) (\w+)$/gm)].map(([, name = '', type]) => {
      const series = new RegExp(`^${name}(?:_bucket)?(?:\\{(.*)\\})? `, 'gm');
      const labels = [...exposition.matchAll(series)].flatMap(([, text = '']) =>
        [...text.matchAll(/(\w+)="/g)].map(([, label = '']) => label),
      );
      const own = new Set(labels.filter((label) => label !== 'le'));
      return [name, { type, labels: [...own].toSorted() }];
    }),
  );
}

/** Queries that have nothing but zeros to show where all is well. */
const ZERO_WHEN_WELL = [
  'sum(easel_images_waiting{',
  'sum(easel_images_waiting_for_memory{',
  'easel_limits_degraded{',
  'easel_ledger_pending_rows{',
];

const consumer = (
  name: string,
  role: Consumer['role'],
  bounds: Pick<Consumer, 'limits' | 'budget'> = {},
): ConfiguredConsumer => ({
  consumer: { name, role, enabled: true, ...bounds },
  keys: [keyDigest(`key-of-${name}`).toString('hex')],
});

const as = (name: string) => ({ authorization: `Bearer key-of-${name}` });

describeWithPrometheus('a Prometheus with the configuration that ships', () => {
  let folder: string;
  let easel: RunningEasel;
  let prometheus: PrometheusServer;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dashboard-'));
    easel = await startEasel({
      env: {
        PROXY_AUTH_MODE: 'strict',
        PROXY_API_KEY: KEY,
        IMAGE_STORE: 'disk',
        DATA_DIR: folder,
        // As if it were not set: a file in DATA_DIR.
        DATABASE_URL: '',
      },
      consumers: [
        consumer('design', 'member', { limits: { concurrentImages: 2 } }),
        consumer('shop', 'member', { budget: { usdPerMonth: 50 } }),
        consumer('prometheus', 'monitor'),
      ],
    });
    const { host } = new URL(easel.url);
    // With the key of a consumer that may read the metrics and little else.
    prometheus = await startPrometheus([host], 'key-of-prometheus');
    for (let round = 1; round <= ROUNDS; round += 1) {
      await traffic();
      await scraped();
    }
  });
  afterAll(async () => {
    await prometheus.close();
    await easel.close();
    rmSync(folder, { recursive: true });
  });

  /** Everything that a day brings: all APIs, several consumers, refusals, faults of Google's, mistakes of clients. */
  async function traffic(): Promise<void> {
    const done = async (request: Promise<Response>, status: number) => {
      const response = await request;
      const text = await response.text();
      expect({ status: response.status, text: text.slice(0, 300) }).toMatchObject({ status });
    };
    const input = `data:image/png;base64,${Buffer.from(await picture()).toString('base64')}`;
    easel.emulator.injectFault({ kind: 'status', status: 503, count: 1 });
    await done(easel.generate({ prompt: 'x', n: 2 }, as('design')), 200);
    await done(easel.generate({ prompt: 'x', image_size: '4K' }, as('shop')), 200);
    await done(easel.generate({ prompt: 'x', stream: true }, as('shop')), 200);
    await done(easel.edit({ prompt: 'x', images: [{ image_url: input }] }, as('shop')), 200);
    await done(
      chat(easel, { model: 'x', messages: [{ role: 'user', content: 'draw' }] }, as('shop')),
      404,
    );
    await done(chat(easel, { messages: [{ role: 'user', content: 'draw' }] }, as('shop')), 200);
    easel.emulator.injectFault({ kind: 'refusal', count: 1 });
    await done(easel.generate({ prompt: 'x' }, as('design')), 400);
    easel.emulator.injectFault({ kind: 'no_image', count: 2 });
    await done(easel.generate({ prompt: 'x' }, as('shop')), 502);
    await done(easel.generate({ prompt: 'x', n: 3 }, as('design')), 400);
    easel.emulator.injectFault({ kind: 'latency', ms: 1500, count: 2 });
    const [busy, refused] = await Promise.all([
      easel.generate({ prompt: 'x', n: 2 }, as('design')),
      until(() => easel.emulator.maxInFlight() >= 2).then(() =>
        easel.generate({ prompt: 'x' }, as('design')),
      ),
    ]);
    expect([busy.status, refused.status]).toEqual([200, 429]);
    await done(easel.generate({ prompt: 'x' }), 401);
    await done(easel.generate({ prompt: '' }, as('shop')), 400);
    const url = await easel.generate({ prompt: 'x', response_format: 'url' }, as('shop'));
    const { data } = (await url.json()) as ImagesBody;
    await done(fetch(data[0]?.url ?? ''), 200);
    const keyed = { ...as('shop'), 'idempotency-key': randomUUID() };
    await done(easel.generate({ prompt: 'x' }, keyed), 200);
    await done(easel.generate({ prompt: 'x' }, keyed), 200);
    await done(retryOfOneThatLeft(), 200);
    easel.emulator.reset();
  }

  /** As an SDK, whose first request has taken too long for it. */
  async function retryOfOneThatLeft(): Promise<Response> {
    const left = () => easel.rawLog().split('are finished without their client').length;
    const before = left();
    const calls = easel.emulator.requests.length;
    const client = new AbortController();
    const ask = (retry: number, signal?: AbortSignal) =>
      fetch(`${easel.url}/v1/images/generations`, {
        method: 'POST',
        headers: {
          ...as('shop'),
          'content-type': 'application/json',
          'x-stainless-retry-count': String(retry),
        },
        body: JSON.stringify({ prompt: 'x' }),
        ...(signal && { signal }),
      });
    easel.emulator.injectFault({ kind: 'latency', ms: 300, count: 1 });
    const first = ask(0, client.signal).catch(() => undefined);
    await until(() => easel.emulator.requests.length > calls);
    client.abort();
    await first;
    await until(() => left() > before);
    return ask(1);
  }

  /** Waits until Prometheus has seen what has happened until now, twice, for a rate needs two samples. */
  async function scraped(): Promise<void> {
    const scrapes = async () => (await prometheus.query(SCRAPES))[0]?.value ?? 0;
    const before = await scrapes();
    await until(async () => (await scrapes()) >= before + 2);
    await sleep(100);
  }
  const SCRAPES = 'count_over_time(up{job="easel"}[10m])';

  /** The largest value of each line that Grafana would draw. */
  const drawn = (expr: string): Promise<readonly Sample[]> => {
    const filledIn = expr
      .replaceAll('$instance', '.*')
      .replaceAll('$__rate_interval', '1m')
      .replaceAll('$__range', '1h');
    return prometheus.query(`max_over_time((${filledIn})[10m:1s])`);
  };

  it('has a configuration that promtool accepts', () => {
    expect(promtool('check', 'config', prometheus.configFile)).toMatchObject({ ok: true });
  });

  it('scrapes Easel under the job name that the rules and the dashboard use', async () => {
    // On a busy machine a scrape may take longer than Prometheus waits.
    await until(async () => {
      const samples = await prometheus.query('up{job="easel"}');
      return samples.length === 1 && samples[0]?.value === 1;
    });
  });

  it('finds every metric of an alert or a panel among those that Easel exposes', async () => {
    const response = await fetch(`${easel.url}/metrics`, { headers: as('prometheus') });
    const exposed = new Set((await response.text()).match(/^[a-z]\w*/gm));
    const named = [...alertRules, ...panelQueries].flatMap(({ expr }) => metricsIn(expr));
    expect(named.length).toBeGreaterThan(40);
    expect([...new Set(named)].filter((name) => name !== 'up' && !exposed.has(name))).toEqual([]);
  });

  it('exposes the metrics of docs/observability.md, with their types and labels', async () => {
    const response = await fetch(`${easel.url}/metrics`, { headers: as('prometheus') });
    const exposition = await response.text();
    expect(exposedMetrics(exposition)).toEqual(DESCRIBED);
  });

  it.each(panelQueries.map(({ panel, expr }) => [panel, expr]))(
    'has something to show on the panel «%s»: %s',
    async (_panel, expr) => {
      const values = (await drawn(expr)).map(({ value }) => value);
      expect(values.filter(Number.isFinite)).not.toEqual([]);
      if (!ZERO_WHEN_WELL.some((start) => expr.startsWith(start))) {
        expect(Math.max(...values.filter(Number.isFinite))).toBeGreaterThan(0);
      }
    },
  );

  it('evaluates every alert without a fault, and none of them fires', async () => {
    const rules = await prometheus.alerts();
    expect(rules.map(({ name }) => name)).toEqual(alertRules.map(({ alert }) => alert));
    expect(rules.filter(({ health, lastError }) => health !== 'ok' || lastError)).toEqual([]);
    expect(rules.filter(({ state }) => state === 'firing').map(({ name }) => name)).toEqual([]);
  });
});
