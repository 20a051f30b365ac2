import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalRecords } from '../../src/idempotency/local-records';
import { startEasel, type ImagesBody, type RunningEasel } from '../running-easel';
import {
  png,
  respondWhole,
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../scripted-upstream';
import { until } from '../until';

const KEY = { authorization: 'Bearer mine' };
const OFF = {
  IDEMPOTENCY_TTL_SECONDS: '0',
  ABANDONED_TTL_SECONDS: '0',
  PROXY_API_KEY: 'mine',
};

/** Everything that keeps is turned off: nothing may be left of a request once it is over. */
describe('with nothing to be kept', () => {
  let folder: string;
  let easel: RunningEasel;
  let upstream: ScriptedUpstream;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'nothing-kept-'));
    upstream = await startScriptedUpstream(() => undefined);
    easel = await startEasel({
      env: { ...OFF, DATA_DIR: folder },
      accounts: [{ email: 'one@test', baseUrl: upstream.url }],
    });
  });
  afterEach(async () => {
    await easel.close();
    await upstream.close();
    rmSync(folder, { recursive: true });
  });

  it('a key has no record, no timer and no kept response', async () => {
    const claims = jest.spyOn(LocalRecords.prototype, 'claim');
    const timers = jest.spyOn(global, 'setInterval');
    const image = await png(8);
    for (const number of [1, 2]) {
      const asked = easel.generate({ prompt: 'x' }, { ...KEY, 'idempotency-key': 'not a key' });
      await until(() => upstream.calls.length === number);
      upstream.calls.slice(number - 1).forEach((call) => {
        respondWhole(call, image);
      });
      const response = await asked;
      expect([response.status, response.headers.get('idempotent-replayed')]).toEqual([200, null]);
      expect(((await response.json()) as ImagesBody).data[0]?.b64_json).toBe(image);
    }
    expect(claims).not.toHaveBeenCalled();
    expect(timers.mock.calls.filter(([, ms]) => ms === 10_000)).toEqual([]);
    const found = await fetch(`${easel.url}/v1/requests?idempotency_key=mine`, { headers: KEY });
    expect(found.status).toBe(404);
    jest.restoreAllMocks();
  });

  it('a client that hangs up ends its call, and its retry is a new request', async () => {
    const retry = { ...KEY, 'x-stainless-retry-count': '1', 'user-agent': 'OpenAI/JS 7' };
    const client = new AbortController();
    const gone = fetch(`${easel.url}/v1/images/generations`, {
      method: 'POST',
      headers: { ...retry, 'content-type': 'application/json', 'x-request-id': 'gone' },
      body: '{"prompt":"x"}',
      signal: client.signal,
    }).catch(() => undefined);
    await until(() => upstream.calls.length === 1);
    client.abort();
    await gone;
    await upstream.calls[0]?.closed;
    const asked = easel.generate({ prompt: 'x' }, retry);
    await until(() => upstream.calls.length === 2);
    upstream.calls.slice(1).forEach((call) => {
      void png(8).then((image) => {
        respondWhole(call, image);
      });
    });
    expect((await asked).headers.get('x-retry-adopted')).toBeNull();
    const found = await fetch(`${easel.url}/v1/requests/gone`, { headers: KEY });
    expect(found.status).toBe(404);
  });

  it('a URL is a data URI, no folder is created, and no store is reported', async () => {
    const asked = easel.generate({ prompt: 'x', response_format: 'url' }, KEY);
    await until(() => upstream.calls.length === 1);
    const image = await png(8);
    upstream.calls.forEach((call) => {
      respondWhole(call, image);
    });
    const { data } = (await (await asked).json()) as ImagesBody;
    expect(data[0]?.url).toBe(`data:image/png;base64,${image}`);
    expect(existsSync(join(folder, 'images'))).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
    const ready = (await (await fetch(`${easel.url}/readyz`)).json()) as {
      readonly details: Record<string, unknown>;
    };
    expect(ready.details).not.toHaveProperty('imageStore');
  });
});
