import { startEasel, type RunningEasel } from '../running-easel';
import {
  imagePart,
  png,
  respond,
  startScriptedUpstream,
  writeEvent,
  type ScriptedUpstream,
} from '../scripted-upstream';
import { until } from '../until';

const MODEL = '/v1beta/models/gemini-3-pro-image';
const KEY = { 'x-goog-api-key': 'mine' };
const CONTENTS = { contents: [{ role: 'user', parts: [{ text: 'a cat' }] }] };

/** Google bills a call that has begun even if the client hangs up, so Easel finishes it, and it can be fetched. */
describe('a call of Gemini’s own API whose client hung up', () => {
  let easel: RunningEasel;
  let upstream: ScriptedUpstream;
  let image: string;

  beforeEach(async () => {
    image = await png(16);
    upstream = await startScriptedUpstream(() => undefined);
    easel = await startEasel({
      env: { PROXY_API_KEY: 'mine,yours' },
      accounts: [{ baseUrl: upstream.url, maxConcurrency: 8 }],
    });
  });
  afterEach(async () => {
    await easel.close();
    await upstream.close();
  });

  const get = (key = 'mine') =>
    fetch(`${easel.url}/v1/requests/gone`, { headers: { authorization: `Bearer ${key}` } });

  /** Asks, and hangs up once its calls are made. */
  async function askAndLeave(path: string, body: object, calls = 1): Promise<void> {
    const client = new AbortController();
    const gone = fetch(easel.url + path, {
      method: 'POST',
      headers: { ...KEY, 'content-type': 'application/json', 'x-request-id': 'gone' },
      body: JSON.stringify(body),
      signal: client.signal,
    }).catch(() => undefined);
    await until(() => upstream.calls.length === calls);
    client.abort();
    await gone;
    await until(async () => (await get()).status === 202);
  }

  it('is finished, and fetched byte for byte', async () => {
    await askAndLeave(`${MODEL}:generateContent`, CONTENTS);
    const said = JSON.stringify(respond([imagePart(image)], 'STOP'), undefined, 3);
    upstream.calls[0]?.response.writeHead(200, { 'content-type': 'application/json' }).end(said);
    await until(async () => (await get()).status === 200);
    const response = await get();
    expect(await response.text()).toBe(said);
    expect(response.headers.get('x-images-returned')).toBe('1');
    expect((await get('yours')).status).toBe(404);
    const line = easel.log.find(({ msg }) => msg.startsWith('POST /v1beta'));
    expect(line).not.toHaveProperty('status');
  });

  it('is finished as a stream', async () => {
    await askAndLeave(`${MODEL}:streamGenerateContent?alt=sse`, CONTENTS);
    const { response } = upstream.calls[0] ?? {};
    if (response === undefined) {
      throw new Error('no call');
    }
    writeEvent(response, respond([{ text: 'Here' }]));
    writeEvent(response, respond([imagePart(image)], 'STOP'));
    response.end();
    await until(async () => (await get()).status === 200);
    const kept = await get();
    expect(kept.headers.get('content-type')).toContain('text/event-stream');
    const text = await kept.text();
    expect(text).toContain('"Here"');
    expect(text).toContain(image);
  });

  it('is finished as a prediction', async () => {
    const body = { instances: [{ prompt: 'a cat' }], parameters: { sampleCount: 2 } };
    await askAndLeave(`${MODEL}:predict`, body, 2);
    for (const { response } of upstream.calls) {
      const said = JSON.stringify(respond([imagePart(image)], 'STOP'));
      response.writeHead(200, { 'content-type': 'application/json' }).end(said);
    }
    await until(async () => (await get()).status === 200);
    const { predictions } = (await (await get()).json()) as {
      predictions: readonly { readonly bytesBase64Encoded: string }[];
    };
    expect(predictions.map((each) => each.bytesBase64Encoded)).toEqual([image, image]);
  });

  it('is not retried if it fails, and then nothing is kept', async () => {
    await askAndLeave(`${MODEL}:generateContent`, CONTENTS);
    upstream.calls[0]?.response.writeHead(500).end('{}');
    await until(async () => (await get()).status === 404);
    expect(upstream.calls).toHaveLength(1);
  });
});
