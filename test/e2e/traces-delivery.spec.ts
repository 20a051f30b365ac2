import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { startConnectProxy } from '../connect-proxy';
import { startEmulator, type Emulator } from '../../src/emulator/emulator';
import { startCollector, type OtlpCollector } from '../otlp-collector';
import { forkTracedApps, type TracedApps } from '../traced-apps';
import { accountAt, startTracedEasel, type TracedEasel } from '../traced-easel';
import { until } from '../until';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

let emulator: Emulator;
let apps: TracedApps;
const running: TracedEasel[] = [];
const collectors: OtlpCollector[] = [];

beforeAll(async () => {
  emulator = await startEmulator({ latencyMs: 0, drawing: 'plain' });
  apps = forkTracedApps(emulator.url);
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((easel) => easel.stop()));
  await apps.stop();
  await Promise.all(collectors.splice(0).map((collector) => collector.close()));
});
afterAll(async () => {
  await apps.close();
  await emulator.close();
});

async function easelWith(
  env: Readonly<Record<string, string>>,
  preload?: string,
): Promise<TracedEasel> {
  const accounts = [accountAt(emulator.url, 'studio@example.com')];
  const easel = await startTracedEasel({ accounts, env, ...(preload && { preload }) });
  running.push(easel);
  return easel;
}

async function collector(...respond: Parameters<typeof startCollector>): Promise<OtlpCollector> {
  const started = await startCollector(...respond);
  collectors.push(started);
  return started;
}

async function generate(easel: TracedEasel, headers: Record<string, string> = {}): Promise<number> {
  const response = await easel.post('/v1/images/generations', { prompt: 'x' }, headers);
  await response.arrayBuffer();
  return response.status;
}

/** Of an application that needs no process of its own. */
async function generateAtApp(url: string, headers: Record<string, string> = {}): Promise<number> {
  const response = await fetch(`${url}/v1/images/generations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ prompt: 'x' }),
  });
  await response.arrayBuffer();
  return response.status;
}

/** The lines of a log that say how the delivery goes. */
function reports(easel: TracedEasel): readonly string[] {
  return easel
    .log()
    .map(({ msg }) => String(msg))
    .filter((text) => /traces (cannot be|are) delivered/.test(text));
}

describe('the loaded modules', () => {
  const PRELOAD = require.resolve('../loaded-modules.cjs');

  async function loadedBy(env: Readonly<Record<string, string>>): Promise<readonly string[]> {
    const easel = await easelWith(env, PRELOAD);
    expect(await generate(easel)).toBe(200);
    const { child } = easel.process;
    const told = once(child, 'message');
    child.send('');
    const [paths] = (await told) as [readonly string[]];
    const names = paths.flatMap((path) => /@opentelemetry\/[\w-]+/.exec(path)?.[0] ?? []);
    return [...new Set(names)].sort();
  }

  it.each<[string, Record<string, string>]>([
    ['nothing of OTEL_* is set', {}],
    [
      'the exporter is none',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_TRACES_EXPORTER: 'none' },
    ],
    [
      'the SDK is disabled',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_SDK_DISABLED: 'true' },
    ],
  ])('is nothing of OpenTelemetry but what prom-client needs, where %s', async (_name, env) => {
    expect(await loadedBy(env)).toEqual(['@opentelemetry/api']);
  });

  it('include the SDK if traces are on', async () => {
    const { url } = await collector();
    expect(await loadedBy({ OTEL_EXPORTER_OTLP_ENDPOINT: url })).toContain(
      '@opentelemetry/sdk-trace-base',
    );
  });
});

describe('the client’s trace', () => {
  const KEYS = { PROXY_AUTH_MODE: 'strict', PROXY_API_KEY: 'sk-1234567890' };
  const KEY = { authorization: 'Bearer sk-1234567890' };

  it('is continued, with its state', async () => {
    const { url, spans } = await collector();
    const easel = await easelWith({ OTEL_EXPORTER_OTLP_ENDPOINT: url });
    const headers = { traceparent: `00-${TRACE}-${SPAN}-01`, tracestate: 'vendor=value' };
    expect(await generate(easel, headers)).toBe(200);
    expect(await easel.stop()).toBe(0);
    expect(spans.find(({ kind }) => kind === 'SERVER')).toMatchObject({
      traceId: TRACE,
      parentSpanId: SPAN,
      traceState: 'vendor=value',
    });
  });

  it('is ignored if it is malformed', async () => {
    const malformed = [
      `00-${TRACE.replace('4', 'g')}-${SPAN}-01`,
      `00-${'0'.repeat(32)}-${SPAN}-01`,
      `00-${TRACE}-${'0'.repeat(16)}-01`,
      `ff-${TRACE}-${SPAN}-01`,
      `00-${TRACE}-${SPAN}-01-more`,
      `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
      'lighthouse',
    ];
    const { url, spans } = await collector();
    const app = await apps.start({ OTEL_EXPORTER_OTLP_ENDPOINT: url });
    for (const traceparent of malformed) {
      expect(await generateAtApp(app, { traceparent, tracestate: 'vendor=value' })).toBe(200);
    }
    await apps.stop();
    const requests = spans.filter(({ kind }) => kind === 'SERVER');
    expect(requests).toHaveLength(malformed.length);
    expect(requests.filter(({ parentSpanId }) => parentSpanId !== '')).toEqual([]);
    expect(requests.filter(({ traceState }) => traceState !== '')).toEqual([]);
    expect(requests.map(({ traceId }) => traceId)).not.toContain(TRACE);
  });

  it.each<[string, Record<string, string>, Record<string, string>, string, boolean]>([
    ['off: 00 is not obeyed', {}, {}, '00', true],
    ['off: 01 is not obeyed', { OTEL_TRACES_SAMPLER: 'parentbased_always_off' }, {}, '01', false],
    [
      'off: 01 does not beat a ratio of 0',
      { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' },
      {},
      '01',
      false,
    ],
    [
      'off: 00 does not beat a ratio of 1',
      { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '1' },
      {},
      '00',
      true,
    ],
    ['strict: 00 is obeyed', KEYS, KEY, '00', false],
    [
      'strict: 01 is obeyed',
      { ...KEYS, OTEL_TRACES_SAMPLER: 'parentbased_always_off' },
      KEY,
      '01',
      true,
    ],
    ['strict: the sampler decides', { ...KEYS, OTEL_TRACES_SAMPLER: 'always_on' }, KEY, '00', true],
  ])('in mode %s', async (_name, env, headers, flags, isRecorded) => {
    const traceparent = `00-${TRACE}-${SPAN}-${flags}`;
    const { url, spans } = await collector();
    const app = await apps.start({ OTEL_EXPORTER_OTLP_ENDPOINT: url, ...env });
    expect(await generateAtApp(app, { ...headers, traceparent })).toBe(200);
    // All that was recorded has come then.
    await apps.stop();
    const span = spans.find(({ kind }) => kind === 'SERVER');
    expect(span !== undefined).toBe(isRecorded);
    expect(span?.traceId ?? TRACE).toBe(TRACE);
  });
});

describe('a collector', () => {
  it('gets the remaining spans when the process ends', async () => {
    const { url, spans } = await collector();
    const easel = await easelWith({
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_BSP_SCHEDULE_DELAY: '3600000',
    });
    expect(await generate(easel)).toBe(200);
    expect(spans).toEqual([]);
    expect(await easel.stop()).toBe(0);
    expect(spans.map(({ kind }) => kind).sort()).toEqual(['CLIENT', 'INTERNAL', 'SERVER']);
  });

  it('gets the spans that the console gets, too', async () => {
    const { url, spans } = await collector();
    const easel = await easelWith({
      OTEL_TRACES_EXPORTER: 'console,otlp',
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
    });
    expect(await generate(easel)).toBe(200);
    expect(await easel.stop()).toBe(0);
    expect(spans).toHaveLength(3);
    for (const { spanId } of spans) {
      expect(easel.process.output()).toContain(`id: '${spanId}'`);
    }
  });

  it('gets its headers and compressed bodies, at its own path', async () => {
    const receiving = await collector();
    const { url, exports } = receiving;
    const app = await apps.start({
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${url}/otlp/traces`,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-team=pictures',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    });
    expect(await generateAtApp(app)).toBe(200);
    await receiving.whenReceived(3);
    expect(exports[0]).toMatchObject({
      path: '/otlp/traces',
      headers: { 'x-team': 'pictures', 'content-encoding': 'gzip' },
    });
  });

  it('is reached through the proxy', async () => {
    const receiving = await collector();
    const { url } = receiving;
    const proxy = await startConnectProxy({ leadsTo: Number(new URL(url).port) });
    const app = await apps.start({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector.example:4318',
      HTTP_PROXY: proxy.url.href,
      NO_PROXY: '127.0.0.1',
    });
    expect(await generateAtApp(app)).toBe(200);
    await receiving.whenReceived(3);
    expect(proxy.asked[0]?.target).toBe('collector.example:4318');
    await apps.stop();
    await proxy.close();
  });

  it.each<[string, () => Promise<string>]>([
    [
      'is not there',
      async () => {
        const server = createServer().listen(0, '127.0.0.1');
        await once(server, 'listening');
        const { port } = server.address() as AddressInfo;
        server.close();
        return `http://127.0.0.1:${port}`;
      },
    ],
    ['never answers', async () => (await collector(() => undefined)).url],
    [
      'refuses',
      async () => (await collector((response) => response.writeHead(400).end('a secret'))).url,
    ],
    [
      'is overloaded',
      async () => (await collector((response) => response.writeHead(503).end('a secret'))).url,
    ],
  ])('that %s changes nothing for clients and is told of once', async (_name, urlOf) => {
    const easel = await easelWith({
      OTEL_EXPORTER_OTLP_ENDPOINT: await urlOf(),
      OTEL_EXPORTER_OTLP_TIMEOUT: '200',
      OTEL_BSP_MAX_QUEUE_SIZE: '8',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '4',
    });
    for (let round = 0; round < 8; round++) {
      expect(await generate(easel)).toBe(200);
    }
    await until(() => reports(easel).length > 0);
    for (let round = 0; round < 8; round++) {
      expect(await generate(easel)).toBe(200);
    }
    expect(await easel.stop()).toBe(0);
    expect(reports(easel)).toEqual([
      expect.stringMatching(
        /^traces cannot be delivered \([\w .:-]+\): they are dropped, requests are served as before$/,
      ),
    ]);
    expect(easel.process.output()).not.toMatch(/a secret|Unhandled|uncaught/i);
  });

  it('that never answers keeps no process from ending', async () => {
    const never = await collector(() => undefined);
    const easel = await easelWith({
      OTEL_EXPORTER_OTLP_ENDPOINT: never.url,
      OTEL_EXPORTER_OTLP_TIMEOUT: '3600000',
      OTEL_BSP_EXPORT_TIMEOUT: '3600000',
    });
    expect(await generate(easel)).toBe(200);
    await until(() => never.exports.length > 0);
    expect(await easel.stop()).toBe(0);
  });

  it('that is available again is logged, with the number of lost spans', async () => {
    let isAway = true;
    const { url } = await collector((response) => response.writeHead(isAway ? 400 : 200).end());
    const easel = await easelWith({ OTEL_EXPORTER_OTLP_ENDPOINT: url });
    expect(await generate(easel)).toBe(200);
    await until(() => reports(easel).length === 1);
    isAway = false;
    expect(await generate(easel)).toBe(200);
    await until(() => reports(easel).length === 2);
    expect(reports(easel)[1]).toMatch(/^traces are delivered again: \d+ spans were lost$/);
  });

  it('that has no address is a warning at the start, and the process runs', async () => {
    const easel = await easelWith({ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' });
    expect(await generate(easel)).toBe(200);
    const warning = /^OTEL_EXPORTER_OTLP_ENDPOINT must be like/;
    await until(() =>
      easel.log().some(({ level, msg }) => level === 40 && warning.test(String(msg))),
    );
  });

  it('is logged at start, without user, password and query of its URL', async () => {
    const { url } = await collector();
    const { port } = new URL(url);
    const easel = await easelWith({
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://me:secret@127.0.0.1:${port}`,
      OTEL_TRACES_SAMPLER: 'sometimes',
    });
    const notes = () => easel.log().map(({ msg }) => msg);
    // The notes follow the line that says where Easel listens.
    await until(() => notes().some((msg) => String(msg).startsWith('traces go to')));
    const lines = notes();
    expect(lines).toContain(`traces go to http://127.0.0.1:${port}`);
    expect(lines).toContainEqual(expect.stringMatching(/^OpenTelemetry: OTEL_TRACES_SAMPLER/));
    expect(easel.process.output()).not.toMatch(/me:secret|not a variable of Easel/);
  });
});
