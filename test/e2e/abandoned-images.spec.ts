import { randomBytes } from 'node:crypto';
import OpenAI from 'openai';
import sharp from 'sharp';
import { startEasel, type ImagesBody, type RunningEasel } from '../running-easel';
import {
  png,
  respondWhole,
  startScriptedUpstream,
  type ScriptedCall,
  type ScriptedUpstream,
} from '../scripted-upstream';
import { until } from '../until';

const AGENT = 'OpenAI/JS 7.59.0';
const RETRY = { 'user-agent': AGENT, 'x-stainless-retry-count': '1' };
const FIRST = { 'user-agent': AGENT, 'x-stainless-retry-count': '0' };

/** A PNG that does not get smaller, in base64. */
async function noise(width: number): Promise<string> {
  const raw = { width, height: width, channels: 3 } as const;
  const bytes = await sharp(randomBytes(width * width * 3), { raw })
    .png()
    .toBuffer();
  return bytes.toString('base64');
}

/** Clients that hang up, and the retries by which SDKs ask again. */
describe('an image whose client has hung up', () => {
  let easel: RunningEasel;
  let upstream: ScriptedUpstream;
  /** Lets the next calls go, in the order they came. */
  let respondTo: (call: ScriptedCall) => void;

  async function start(env: Record<string, string> = {}, maxConcurrency = 8) {
    // Each image is different, so that a wrong one is noticed.
    const images = await Promise.all(Array.from({ length: 24 }, (_, index) => png(8 + index)));
    respondTo = (call) => {
      respondWhole(call, images[(call.number - 1) % images.length] ?? '');
    };
    upstream = await startScriptedUpstream(() => undefined);
    easel = await startEasel({
      env,
      accounts: [{ email: 'one@test', baseUrl: upstream.url, maxConcurrency }],
    });
    return images;
  }

  afterEach(async () => {
    await easel.close();
    await upstream.close();
  });

  /** Asks, and hangs up once so many calls are made upstream and `then` is done. */
  async function hangUp(
    body: object,
    calls: number,
    headers: Record<string, string> = FIRST,
    then: () => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    const client = new AbortController();
    const leftBefore = timesLeft();
    const gone = fetch(`${easel.url}/v1/images/generations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      signal: client.signal,
    }).catch(() => undefined);
    await until(() => upstream.calls.length === calls);
    await then();
    client.abort();
    await gone;
    await until(() => timesLeft() > leftBefore);
  }

  const timesLeft = () => easel.rawLog().split('image(s) are finished without').length - 1;

  const b64 = async (response: Response) =>
    ((await response.json()) as ImagesBody).data.map((item) => item.b64_json);

  it('is adopted by the retry, whether it is finished or still running', async () => {
    const images = await start();
    await hangUp({ prompt: 'x' }, 1);
    const retry = easel.generate({ prompt: 'x' }, RETRY);
    setTimeout(() => {
      upstream.calls.forEach(respondTo);
    }, 100);
    const response = await retry;
    expect(response.headers.get('x-retry-adopted')).toBe('1');
    expect(response.headers.get('x-images-returned')).toBe('1');
    expect(await b64(response)).toEqual([images[0]]);
    expect(upstream.calls).toHaveLength(1);
  });

  it('is finished without a retry, and delivered once', async () => {
    const images = await start();
    await hangUp({ prompt: 'x' }, 1);
    upstream.calls.forEach(respondTo);
    expect(await b64(await easel.generate({ prompt: 'x' }, RETRY))).toEqual([images[0]]);
    const second = easel.generate({ prompt: 'x' }, RETRY);
    await until(() => upstream.calls.length === 2);
    upstream.calls.slice(1).forEach(respondTo);
    const response = await second;
    expect(response.headers.get('x-retry-adopted')).toBeNull();
    expect(await b64(response)).toEqual([images[1]]);
  });

  it('is one of several: a retry requests only the missing ones', async () => {
    const images = await start({ MAX_ATTEMPTS_PER_IMAGE: '1' }, 2);
    // Two of the four are begun, the other two wait for the account.
    await hangUp({ prompt: 'x', n: 4 }, 2);
    const retry = easel.generate({ prompt: 'x', n: 4 }, RETRY);
    upstream.calls.slice(0, 2).forEach(respondTo);
    await until(() => upstream.calls.length === 4);
    upstream.calls.slice(2).forEach(respondTo);
    const response = await retry;
    expect(response.headers.get('x-retry-adopted')).toBe('2');
    const made = await b64(response);
    expect(new Set(made)).toEqual(new Set(images.slice(0, 4)));
    expect(made).toHaveLength(4);
    expect(upstream.calls).toHaveLength(4);
  });

  it.each<[string, Record<string, string>, object]>([
    ['without the number of a retry', { 'user-agent': AGENT }, { prompt: 'x' }],
    ['that is a first try', FIRST, { prompt: 'x' }],
    ['of another program', { ...RETRY, 'user-agent': 'OpenAI/Python 3' }, { prompt: 'x' }],
    ['with another body', RETRY, { prompt: 'y' }],
    ['for another account', { ...RETRY, 'x-account-email': 'one@test' }, { prompt: 'x' }],
  ])('is not given to a request %s', async (_name, headers, body) => {
    const images = await start();
    await hangUp({ prompt: 'x' }, 1);
    upstream.calls.forEach(respondTo);
    const other = easel.generate(body, headers);
    await until(() => upstream.calls.length === 2);
    upstream.calls.slice(1).forEach(respondTo);
    expect(await b64(await other)).toEqual([images[1]]);
    expect(await b64(await easel.generate({ prompt: 'x' }, RETRY))).toEqual([images[0]]);
  });

  it('is not given to another key, nor to another address', async () => {
    const images = await start({ PROXY_API_KEY: 'mine,yours', TRUSTED_PROXIES: 'loopback' });
    const by = (key: string, address: string, base: Record<string, string>) => ({
      ...base,
      authorization: `Bearer ${key}`,
      'x-forwarded-for': address,
    });
    await hangUp({ prompt: 'x' }, 1, by('mine', '192.0.2.1', FIRST));
    upstream.calls.forEach(respondTo);
    for (const [key, address] of [
      ['yours', '192.0.2.1'],
      ['mine', '192.0.2.2'],
    ] as const) {
      const before = upstream.calls.length;
      const other = easel.generate({ prompt: 'x' }, by(key, address, RETRY));
      await until(() => upstream.calls.length === before + 1);
      upstream.calls.slice(before).forEach(respondTo);
      expect((await b64(await other))[0]).not.toBe(images[0]);
    }
    const own = await easel.generate({ prompt: 'x' }, by('mine', '192.0.2.1', RETRY));
    expect(await b64(own)).toEqual([images[0]]);
  });

  it('is requested again if its call fails, and not retried without a client', async () => {
    const images = await start();
    await hangUp({ prompt: 'x' }, 1);
    const retry = easel.generate({ prompt: 'x' }, RETRY);
    const [call] = upstream.calls;
    call?.response.writeHead(500).end('{}');
    await until(() => upstream.calls.length === 2);
    upstream.calls.slice(1).forEach(respondTo);
    expect(await b64(await retry)).toEqual([images[1]]);
  });

  it('is kept if its response was lost in transit', async () => {
    await start();
    // More than the kernel buffers of an unread response.
    const large = await noise(2400);
    respondTo = (call) => {
      respondWhole(call, large);
    };
    const client = new AbortController();
    const asked = fetch(`${easel.url}/v1/images/generations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...FIRST },
      body: '{"prompt":"x"}',
      signal: client.signal,
    });
    await until(() => upstream.calls.length === 1);
    upstream.calls.forEach(respondTo);
    expect((await asked).status).toBe(200);
    client.abort();
    await until(() => easel.rawLog().includes('are finished without'));
    const response = await easel.generate({ prompt: 'x' }, RETRY);
    expect(response.headers.get('x-retry-adopted')).toBe('1');
    expect((await b64(response))[0] === large).toBe(true);
    expect(upstream.calls).toHaveLength(1);
  });

  it('survives a second hang-up', async () => {
    const images = await start();
    await hangUp({ prompt: 'x' }, 1);
    const client = new AbortController();
    const retry = fetch(`${easel.url}/v1/images/generations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...RETRY },
      body: '{"prompt":"x"}',
      signal: client.signal,
    }).catch(() => undefined);
    await until(() => easel.rawLog().includes('are adopted'));
    client.abort();
    await retry;
    await until(() => easel.rawLog().split('are finished without').length === 3);
    upstream.calls.forEach(respondTo);
    const last = await easel.generate(
      { prompt: 'x' },
      { ...RETRY, 'x-stainless-retry-count': '2' },
    );
    expect(last.headers.get('x-retry-adopted')).toBe('1');
    expect(await b64(last)).toEqual([images[0]]);
    expect(upstream.calls).toHaveLength(1);
  });

  it('makes room for live requests, and is dropped beyond the maximum number', async () => {
    await start({ MAX_ABANDONED_IMAGES: '2' });
    for (let index = 1; index <= 3; index += 1) {
      await hangUp({ prompt: `${index}` }, index);
    }
    await upstream.calls[0]?.closed;
    upstream.calls.forEach(respondTo);
    const third = await easel.generate({ prompt: '3' }, RETRY);
    expect(third.headers.get('x-retry-adopted')).toBe('1');
    const first = easel.generate({ prompt: '1' }, RETRY);
    await until(() => upstream.calls.length === 4);
    upstream.calls.slice(3).forEach(respondTo);
    expect((await first).headers.get('x-retry-adopted')).toBeNull();
  });

  it('is kept with as many others of its request as fit, and the rest are dropped', async () => {
    const images = await start({ MAX_ABANDONED_IMAGES: '2' });
    await hangUp({ prompt: 'x', n: 4 }, 4);
    await Promise.all(upstream.calls.slice(2).map(({ closed }) => closed));
    upstream.calls.slice(0, 2).forEach(respondTo);
    const retry = easel.generate({ prompt: 'x', n: 4 }, RETRY);
    await until(() => upstream.calls.length === 6);
    upstream.calls.slice(4).forEach(respondTo);
    const response = await retry;
    expect(response.headers.get('x-retry-adopted')).toBe('2');
    const made = new Set(await b64(response));
    expect(made).toEqual(new Set([images[0], images[1], images[4], images[5]]));
    expect(easel.rawLog()).not.toContain('internal error');
  });

  it('makes room for images of another request one at a time', async () => {
    const images = await start({ MAX_ABANDONED_IMAGES: '3' });
    await hangUp({ prompt: 'x', n: 3 }, 3);
    upstream.calls.forEach(respondTo);
    await until(() => upstream.calls.every(({ response }) => response.writableFinished));
    await hangUp({ prompt: 'y' }, 4);
    upstream.calls.slice(3).forEach(respondTo);
    const retry = easel.generate({ prompt: 'x', n: 3 }, RETRY);
    await until(() => upstream.calls.length === 5);
    upstream.calls.slice(4).forEach(respondTo);
    const response = await retry;
    expect(response.headers.get('x-retry-adopted')).toBe('2');
    expect(new Set(await b64(response))).toEqual(new Set([images[0], images[1], images[4]]));
    const other = await easel.generate({ prompt: 'y' }, RETRY);
    expect(await b64(other)).toEqual([images[3]]);
  });

  it('does not count towards the limit of live images', async () => {
    await start({ MAX_INFLIGHT_IMAGES: '1' });
    await hangUp({ prompt: 'x' }, 1);
    const other = easel.generate({ prompt: 'y' });
    await until(() => upstream.calls.length === 2);
    upstream.calls.forEach(respondTo);
    expect((await other).status).toBe(200);
  });

  it('is not finished if abandoned images are not kept', async () => {
    await start({ ABANDONED_TTL_SECONDS: '0' });
    const client = new AbortController();
    const gone = fetch(`${easel.url}/v1/images/generations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"prompt":"x"}',
      signal: client.signal,
    }).catch(() => undefined);
    await until(() => upstream.calls.length === 1);
    client.abort();
    await gone;
    await upstream.calls[0]?.closed;
    await until(() => easel.rawLog().includes('client disconnected'));
  });

  it('is one upstream call for openai-node with a short timeout', async () => {
    const images = await start();
    const client = new OpenAI({
      apiKey: 'none',
      baseURL: `${easel.url}/v1`,
      timeout: 1500,
      maxRetries: 2,
    });
    const made = client.images.generate({ prompt: 'x', model: 'gemini-3-pro-image' });
    await until(() => easel.rawLog().includes('are adopted'));
    upstream.calls.forEach(respondTo);
    expect((await made).data?.map((item) => item.b64_json)).toEqual([images[0]]);
    expect(upstream.calls).toHaveLength(1);
  });

  it('is one upstream call for openai-node with an idempotency header', async () => {
    const images = await start();
    const client = new OpenAI({
      apiKey: 'none',
      baseURL: `${easel.url}/v1`,
      timeout: 1500,
      maxRetries: 2,
    });
    Object.assign(client, { idempotencyHeader: 'Idempotency-Key' });
    const made = client.images.generate({ prompt: 'x', model: 'gemini-3-pro-image' });
    await until(() => easel.rawLog().includes('continues without its client'));
    upstream.calls.forEach(respondTo);
    expect((await made).data?.map((item) => item.b64_json)).toEqual([images[0]]);
    expect(upstream.calls).toHaveLength(1);
    // Another call has another key.
    const second = client.images.generate({ prompt: 'x', model: 'gemini-3-pro-image' });
    await until(() => upstream.calls.length === 2);
    upstream.calls.slice(1).forEach(respondTo);
    expect((await second).data?.map((item) => item.b64_json)).toEqual([images[1]]);
  });
});
