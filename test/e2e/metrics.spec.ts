import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startEasel, type EaselOptions, type RunningEasel } from '../running-easel';
import { until } from '../until';

const run = promisify(execFile);
const ROOT = join(__dirname, '../..');
const GENERATIONS = '/v1/images/generations';
const KEY = 'the-right-key-0123456789';

describe('/metrics', () => {
  let easel: RunningEasel;

  const start = async (options: EaselOptions = {}) => {
    easel = await startEasel(options);
  };
  afterEach(() => easel.close());

  const scrape = async () => (await fetch(`${easel.url}/metrics`)).text();

  /** The value of a sample as it is written, e.g. `easel_accounts{state="ready"}`; 0 where there is none yet. */
  async function valueOf(sample: string): Promise<number> {
    const line = (await scrape()).split('\n').find((one) => one.startsWith(`${sample} `));
    return Number(line?.slice(sample.length) ?? 0);
  }

  /** A response may be read before the gateway has seen that it is out. */
  async function untilSample(sample: string, value: number): Promise<void> {
    let seen = Number.NaN;
    await until(async () => {
      seen = await valueOf(sample);
      return seen === value;
    }).catch(() => undefined);
    expect({ sample, value: seen }).toEqual({ sample, value });
  }

  const requests = (method: string, route: string, status: number) =>
    `easel_http_requests_total{method="${method}",route="${route}",status="${status}"}`;
  const images = (outcome: string) =>
    `easel_images_total{model="gemini-3-pro-image",outcome="${outcome}"}`;

  it('has Prometheus’ text format, and the process metrics under their usual names', async () => {
    await start();
    const response = await fetch(`${easel.url}/metrics`);
    expect(response.status).toBe(200);
    const type = response.headers.get('content-type')?.split('; ').sort();
    expect(type).toEqual(['charset=utf-8', 'text/plain', 'version=0.0.4']);
    const lines = (await response.text()).trim().split('\n');
    for (const line of lines) {
      expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{.*\})? ([\d.e+-]+|NaN)|)$/i);
    }
    const names = lines.map((line) => line.split(/[ {]/, 1)[0]);
    expect(names).toEqual(
      expect.arrayContaining([
        'process_cpu_seconds_total',
        'process_resident_memory_bytes',
        'nodejs_heap_size_used_bytes',
        'nodejs_eventloop_lag_p50_seconds',
        'nodejs_eventloop_lag_p90_seconds',
        'nodejs_eventloop_lag_p99_seconds',
        'nodejs_eventloop_lag_max_seconds',
      ]),
    );
  });

  it('shows that the event loop was blocked', async () => {
    await start();
    await scrape();
    // Each scrape begins anew, and the first tick after it only starts the clock.
    await sleep(50);
    // Nothing is awaited between this and the scrape, which so comes while the loop is held.
    const end = performance.now() + 300;
    while (performance.now() < end) {
      // The gateway runs in this very process, and cannot do anything meanwhile.
    }
    expect(await valueOf('nodejs_eventloop_lag_max_seconds')).toBeGreaterThan(0.2);
  });

  it('counts requests, and how long they took, by the pattern of their route', async () => {
    await start({ accounts: [{ email: 'a@test' }] });
    await easel.generate({ prompt: 'x' });
    await easel.generate({ prompt: '' });
    await fetch(`${easel.url}/v1/models/gemini-3-pro-image`);
    await fetch(`${easel.url}/v1/models/gpt-4o`);
    await fetch(`${easel.url}/v1/accounts/a@test/enable`, { method: 'POST' });
    await fetch(`${easel.url}/v1/somewhere/else?key=${KEY}`);
    await fetch(`${easel.url}/%E0%A4%A`);
    await fetch(`${easel.url}/healthz`, { method: 'DELETE' });
    await untilSample(requests('POST', GENERATIONS, 200), 1);
    await untilSample(requests('POST', GENERATIONS, 400), 1);
    await untilSample(requests('GET', '/v1/models/*id', 200), 1);
    await untilSample(requests('GET', '/v1/models/*id', 404), 1);
    await untilSample(requests('POST', '/v1/accounts/:email/enable', 200), 1);
    await untilSample(requests('GET', 'unmatched', 404), 2);
    await untilSample(requests('DELETE', 'unmatched', 405), 1);
    await untilSample('easel_faults_total{fault="unknown_route"}', 2);
    await untilSample('easel_faults_total{fault="model_not_found"}', 1);
    const duration = `easel_http_request_duration_seconds`;
    const labels = `route="${GENERATIONS}",status="200"`;
    await untilSample(`${duration}_count{${labels}}`, 1);
    await untilSample(`${duration}_bucket{le="600",${labels}}`, 1);
    expect(await valueOf(`${duration}_sum{${labels}}`)).toBeGreaterThan(0);
    const others = (await scrape()).replaceAll(/^easel_account_images_total.*$/gm, '');
    expect(others).not.toMatch(/somewhere|gpt-4o|a@test/);
  });

  it('counts itself as any other route', async () => {
    await start();
    await scrape();
    expect((await fetch(`${easel.url}/metrics`, { method: 'HEAD' })).status).toBe(200);
    await untilSample(requests('HEAD', '/metrics', 200), 1);
    expect(await valueOf(requests('GET', '/metrics', 200))).toBeGreaterThan(1);
    const wrong = await fetch(`${easel.url}/metrics`, { method: 'POST' });
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
  });

  it('counts images, and the calls that were made for them', async () => {
    await start();
    easel.emulator.injectFault({ kind: 'refusal', count: 1 });
    expect((await easel.generate({ prompt: 'x', n: 3 })).status).toBe(200);
    await untilSample(images('made'), 2);
    await untilSample(images('failed'), 1);
    await untilSample('easel_upstream_calls_total{outcome="image"}', 2);
    await untilSample('easel_upstream_calls_total{outcome="refused"}', 1);
  });

  it('shows running and waiting images, and the client that hangs up', async () => {
    await start({
      accounts: [{ maxConcurrency: 1 }],
      latencyMs: 60_000,
      // Nothing is finished for a retry: the call ends with its client.
      env: { ABANDONED_TTL_SECONDS: '0' },
    });
    const client = new AbortController();
    const call = fetch(`${easel.url}${GENERATIONS}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"prompt":"x","n":3}',
      signal: client.signal,
    }).catch(() => 'gone');
    await untilSample('easel_images_in_flight', 1);
    await untilSample('easel_images_waiting', 2);
    client.abort();
    expect(await call).toBe('gone');
    await untilSample(requests('POST', GENERATIONS, 499), 1);
    await untilSample(images('abandoned'), 3);
    await untilSample('easel_images_in_flight', 0);
    await untilSample('easel_images_waiting', 0);
    await untilSample('easel_upstream_calls_total{outcome="abandoned"}', 1);
  });

  it('counts and logs each request of a pipeline whose client hangs up, because each is paid for', async () => {
    await start({ latencyMs: 60_000, env: { ABANDONED_TTL_SECONDS: '0' } });
    const body = '{"prompt":"x"}';
    const request =
      `POST ${GENERATIONS} HTTP/1.1\r\nHost: easel\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${body.length}\r\n\r\n${body}`;
    const socket = connect(Number(new URL(easel.url).port), '127.0.0.1');
    socket.on('error', () => undefined).write(request.repeat(3));
    await untilSample('easel_images_in_flight', 3);
    socket.destroy();
    await untilSample(requests('POST', GENERATIONS, 499), 3);
    await untilSample(images('abandoned'), 3);
    const lines = easel.log.filter(({ msg }) => msg.endsWith('client disconnected'));
    expect(lines).toHaveLength(3);
  });

  it('counts a stream that fails midway as what it failed with', async () => {
    await start({ env: { MAX_ATTEMPTS_PER_IMAGE: '1' } });
    easel.emulator.injectFault({ kind: 'cut', afterImages: 1 });
    const response = await easel.generate({ prompt: 'x', stream: true, partial_images: 2 });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('event: error');
    await untilSample(requests('POST', GENERATIONS, 502), 1);
    await untilSample('easel_faults_total{fault="upstream_error"}', 1);
    await untilSample(images('failed'), 1);
  });

  it('shows the accounts by their state', async () => {
    await start({ accounts: [{}, { email: 'b@test' }, { email: 'c@test', enabled: false }] });
    easel.emulator.injectFault({
      kind: 'status',
      status: 429,
      details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '60s' }],
      count: 1,
    });
    expect((await easel.generate({ prompt: 'x' })).status).toBe(200);
    await untilSample('easel_accounts{state="ready"}', 1);
    await untilSample('easel_accounts{state="cooling"}', 1);
    await untilSample('easel_accounts{state="exhausted"}', 0);
    await untilSample('easel_accounts{state="disabled"}', 1);
    await untilSample('easel_upstream_calls_total{outcome="rate_limit"}', 1);
  });

  it('needs a key if other routes do, never shows a key or a prompt, and an account only if allowed', async () => {
    await start({ env: { PROXY_API_KEY: KEY, METRICS_ACCOUNT_LABELS: 'off' } });
    const authorization = `Bearer ${KEY}`;
    await easel.generate({ prompt: 'a most private prompt' }, { authorization });
    await easel.generate({ prompt: 'x' }, { authorization: 'Bearer somebody-elses-key' });
    expect((await fetch(`${easel.url}/metrics`)).status).toBe(401);
    const response = await fetch(`${easel.url}/metrics`, { headers: { authorization } });
    const text = await response.text();
    expect(text).toContain(requests('POST', GENERATIONS, 401));
    expect(text).not.toMatch(/@|private|somebody|key-of|the-right-key/);
  });

  it('is logged at debug only', async () => {
    await start();
    await scrape();
    const levels = () =>
      easel.log.filter(({ path }) => path === '/metrics').map(({ level }) => level);
    await until(() => levels().length > 0);
    expect(levels()).toEqual([20]);
  });

  it('keeps no process alive', async () => {
    await start();
    const script =
      `const { Metrics } = require(${JSON.stringify(require.resolve('../../src/observability/metrics'))});` +
      'new Metrics({ list: () => [], load: { inFlight: 0, waiting: 0 }, endings: [] }, { bytes: 0, maxBytes: 0, waiting: 0 }, { metrics: { maxConsumers: 1 } }).text().then(console.log)';
    // Ends by itself, or the time-out ends it, which rejects.
    const { stdout } = await run(process.execPath, ['-e', script], { cwd: ROOT, timeout: 20_000 });
    expect(stdout).toContain('nodejs_gc_duration_seconds');
  });

  it('has exactly the documented metrics', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'easel-metrics-'));
    await start({ env: { DATABASE_URL: '', IMAGE_STORE: 'disk', DATA_DIR: folder } });
    const page = readFileSync(join(ROOT, 'docs/observability.md'), 'utf8');
    const told = [...page.matchAll(/^\| `(easel_\w+)`/gm)].map(([, name]) => name);
    const exported = [...(await scrape()).matchAll(/^# TYPE (easel_\w+)/gm)].map(
      ([, name]) => name,
    );
    expect(told.sort()).toEqual(exported.sort());
    rmSync(folder, { recursive: true, force: true });
  });
});
