import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEasel, type ImagesBody, type RunningEasel } from '../running-easel';
import {
  png,
  respondWhole,
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../scripted-upstream';
import { until } from '../until';

const KEY = { authorization: 'Bearer mine' };
const KEYED = { ...KEY, 'idempotency-key': 'one' };

describe('GET /v1/requests', () => {
  let easel: RunningEasel;
  let upstream: ScriptedUpstream;

  beforeEach(async () => {
    upstream = await startScriptedUpstream(() => undefined);
    easel = await startEasel({
      env: { PROXY_API_KEY: 'mine,yours' },
      accounts: [{ email: 'one@test', baseUrl: upstream.url }],
    });
  });
  afterEach(async () => {
    await easel.close();
    await upstream.close();
  });

  const get = (path: string, key = 'mine') =>
    fetch(`${easel.url}/v1/requests${path}`, { headers: { authorization: `Bearer ${key}` } });

  it('returns running and kept requests, only for their own key', async () => {
    const image = await png(8);
    const asked = easel.generate({ prompt: 'x' }, { ...KEYED, 'x-request-id': 'first' });
    await until(() => upstream.calls.length === 1);
    for (const path of ['/first', '?idempotency_key=one']) {
      const waiting = await get(path);
      expect([waiting.status, waiting.headers.get('retry-after')]).toEqual([202, '2']);
      expect(await waiting.json()).toEqual({
        object: 'request',
        id: 'first',
        status: 'in_progress',
      });
    }
    upstream.calls.forEach((call) => {
      respondWhole(call, image);
    });
    const text = await (await asked).text();
    await until(async () => (await get('/first')).status === 200);
    for (const path of ['/first', '?idempotency_key=one', '?idempotency_key=%22one%22']) {
      expect(await (await get(path)).text()).toBe(text);
      expect((await get(path, 'yours')).status).toBe(404);
    }
    expect((await get('/other')).status).toBe(404);
    expect((await get('?idempotency_key=two')).status).toBe(404);
    expect((await get('')).status).toBe(400);
    // Reading does not remove it.
    const again = await easel.generate({ prompt: 'x' }, KEYED);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(upstream.calls).toHaveLength(1);
  });

  it('returns the images of a client that hung up, and keeps them for its retry', async () => {
    const image = await png(8);
    const client = new AbortController();
    const gone = fetch(`${easel.url}/v1/images/generations`, {
      method: 'POST',
      headers: { ...KEY, 'content-type': 'application/json', 'x-request-id': 'gone' },
      body: '{"prompt":"x"}',
      signal: client.signal,
    }).catch(() => undefined);
    await until(() => upstream.calls.length === 1);
    expect((await get('/gone')).status).toBe(404);
    client.abort();
    await gone;
    await until(async () => (await get('/gone')).status === 202);
    upstream.calls.forEach((call) => {
      respondWhole(call, image);
    });
    await until(async () => (await get('/gone')).status === 200);
    const body = (await (await get('/gone')).json()) as ImagesBody;
    expect(body.data.map((item) => item.b64_json)).toEqual([image]);
    expect((await get('/gone', 'yours')).status).toBe(404);
    const retry = await easel.generate(
      { prompt: 'x' },
      { ...KEY, 'user-agent': 'node', 'x-stainless-retry-count': '1' },
    );
    expect(retry.headers.get('x-retry-adopted')).toBe('1');
    expect((await get('/gone')).status).toBe(404);
    expect(upstream.calls).toHaveLength(1);
  });
});

describe('a kept response on a disk', () => {
  const folder = mkdtempSync(join(tmpdir(), 'easel-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('survives the process, and is made again if its bytes are gone', async () => {
    const upstream = await startScriptedUpstream(async (call) => {
      respondWhole(call, await png(8));
    });
    const start = () =>
      startEasel({
        env: { IMAGE_STORE: 'disk', DATA_DIR: folder, DATABASE_URL: '' },
        accounts: [{ email: 'one@test', baseUrl: upstream.url }],
      });
    const body = { prompt: 'x', response_format: 'url' };
    let easel = await start();
    const first = (await (await easel.generate(body, KEYED)).json()) as ImagesBody;
    await easel.close();
    easel = await start();
    // A request waits half a second for the database, and opening it takes a busy machine longer.
    await (await fetch(`${easel.url}/v1/usage`, { headers: KEY })).arrayBuffer();
    const again = await easel.generate(body, KEYED);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    const { data } = (await again.json()) as ImagesBody;
    const pathOf = (url = '') => new URL(url).pathname;
    expect(pathOf(data[0]?.url)).toBe(pathOf(first.data[0]?.url));
    expect((await fetch(data[0]?.url ?? '')).status).toBe(200);
    rmSync(join(folder, 'images'), { recursive: true });
    const anew = await easel.generate(body, KEYED);
    expect([anew.status, anew.headers.get('idempotent-replayed')]).toEqual([200, null]);
    expect(upstream.calls).toHaveLength(2);
    await easel.close();
    await upstream.close();
  });
});
