import { randomBytes } from 'node:crypto';
import sharp from 'sharp';
import { keyDigest, type ConfiguredConsumer } from '../../src/context/consumer-registry';
import { form } from '../pictures';
import {
  startEasel,
  type EaselOptions,
  type ImagesBody,
  type RunningEasel,
} from '../running-easel';
import {
  imagePart,
  respond,
  respondWhole,
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../scripted-upstream';
import { until } from '../until';

const AGENT = 'OpenAI/JS 7.59.0';
const FIRST = { 'user-agent': AGENT, 'x-stainless-retry-count': '0' };
const RETRY = { 'user-agent': AGENT, 'x-stainless-retry-count': '1' };

/** A PNG that stays in slabs, so that a slab that was given back shows, in base64. */
async function noise(): Promise<string> {
  const raw = { width: 120, height: 120, channels: 3 } as const;
  const bytes = await sharp(randomBytes(120 * 120 * 3), { raw })
    .png()
    .toBuffer();
  return bytes.toString('base64');
}

/** Which request gets the images of clients that hung up, if their retries fail too. */
describe('the retry of a client that hung up', () => {
  let easel: RunningEasel;
  let upstream: ScriptedUpstream;
  let images: readonly string[];

  beforeAll(async () => {
    images = await Promise.all(Array.from({ length: 4 }, noise));
  });

  async function start({ accounts, ...options }: EaselOptions = {}): Promise<void> {
    upstream = await startScriptedUpstream(() => undefined);
    const [account] = typeof accounts === 'object' ? accounts : [];
    easel = await startEasel({
      ...options,
      accounts: [{ email: 'one@test', baseUrl: upstream.url, maxConcurrency: 8, ...account }],
    });
  }

  afterEach(async () => {
    await easel.close();
    await upstream.close();
  });

  function respondToAll(from = 0): void {
    for (const call of upstream.calls.slice(from)) {
      if (!call.response.writableEnded) {
        respondWhole(call, images[call.number - 1] ?? '');
      }
    }
  }

  function post(
    path: string,
    body: unknown,
    headers: Record<string, string>,
    client?: AbortSignal,
  ) {
    return fetch(easel.url + path, {
      method: 'POST',
      ...(body instanceof FormData
        ? { headers, body }
        : {
            headers: { 'content-type': 'application/json', ...headers },
            body: JSON.stringify(body),
          }),
      ...(client && { signal: client }),
    });
  }

  const GENERATIONS = '/v1/images/generations';

  /** Asks, and hangs up once the log has so many lines with this text. */
  async function askAndLeave(
    said: string,
    times: number,
    headers: Record<string, string>,
    { path = GENERATIONS, body = { prompt: 'x' } }: { path?: string; body?: object } = {},
  ): Promise<void> {
    const leftBefore = timesSaid('are finished without');
    const client = new AbortController();
    const gone = post(path, body, headers, client.signal).catch(() => undefined);
    await until(() => (said === 'call' ? upstream.calls.length : timesSaid(said)) === times);
    client.abort();
    await gone;
    await until(() => timesSaid('are finished without') === leftBefore + 1);
  }

  const timesSaid = (text: string) => easel.rawLog().split(text).length - 1;

  const b64 = async (response: Response) =>
    ((await response.json()) as ImagesBody).data.map((item) => item.b64_json);

  it('waits for an image that an earlier retry adopted before it hung up too', async () => {
    await start();
    await askAndLeave('call', 1, FIRST);
    await askAndLeave('are adopted', 1, RETRY);
    const third = post(GENERATIONS, { prompt: 'x' }, { ...RETRY, 'x-stainless-retry-count': '2' });
    await until(() => timesSaid('are adopted') === 2);
    respondToAll();
    const response = await third;
    expect(response.headers.get('x-retry-adopted')).toBe('1');
    expect((await b64(response))[0] === images[0]).toBe(true);
    expect(upstream.calls).toHaveLength(1);
  });

  it('finds images again that an earlier retry could not receive', async () => {
    const consumer = { name: 'team', role: 'member', enabled: true } as const;
    const consumers: readonly ConfiguredConsumer[] = [
      {
        consumer: { ...consumer, limits: { concurrentImages: 2 } },
        keys: [keyDigest('key-of-team').toString('hex')],
      },
    ];
    await start({
      consumers,
      env: { PROXY_API_KEY: 'the operator', PROXY_AUTH_MODE: 'strict' },
      accounts: [{ maxConcurrency: 1 }],
    });
    const as = (headers: Record<string, string>) => ({
      ...headers,
      authorization: 'Bearer key-of-team',
    });
    const two = { body: { prompt: 'x', n: 2 } };
    await askAndLeave('call', 1, as(FIRST), two);
    respondToAll();
    // Both of the images that it may have at once.
    const other = post(GENERATIONS, { prompt: 'y', n: 2 }, as(FIRST));
    await until(() => upstream.calls.length === 2);
    const refused = await post(GENERATIONS, two.body, as(RETRY));
    expect(refused.status).toBe(429);
    respondToAll();
    await until(() => upstream.calls.length === 3);
    respondToAll();
    await (await other).arrayBuffer();
    const again = post(GENERATIONS, two.body, as({ ...RETRY, 'x-stainless-retry-count': '2' }));
    await until(() => upstream.calls.length === 4);
    respondToAll();
    const response = await again;
    expect(response.headers.get('x-retry-adopted')).toBe('1');
    expect(new Set(await b64(response))).toEqual(new Set([images[0], images[3]]));
  });

  it('needs no account for an edit that is finished', async () => {
    await start({ env: { PROXY_API_KEY: 'mine' } });
    const as = (headers: Record<string, string>) => ({ ...headers, authorization: 'Bearer mine' });
    const image = new Uint8Array(Buffer.from(images[3] ?? '', 'base64'));
    const edit = () => form(['prompt', 'x'], ['image', image]);
    const path = '/v1/images/edits';
    await askAndLeave('call', 1, as(FIRST), { path, body: edit() });
    respondToAll();
    await until(() => upstream.calls[0]?.response.writableFinished === true);
    await post('/v1/accounts/one@test/disable', {}, as({}));
    const response = await post(path, edit(), as(RETRY));
    expect([response.status, response.headers.get('x-retry-adopted')]).toEqual([200, '1']);
    expect((await b64(response))[0] === images[0]).toBe(true);
  });

  it('is recognised by the model in its path too', async () => {
    await start();
    const pathOf = (model: string) => `/openai/deployments/${model}/images/generations`;
    await askAndLeave('call', 1, FIRST, { path: pathOf('gemini-3-pro-image') });
    respondToAll();
    const other = post(pathOf('gemini-2.5-flash-image'), { prompt: 'x' }, RETRY);
    await until(() => upstream.calls.length === 2);
    respondToAll(1);
    expect((await b64(await other))[0] === images[1]).toBe(true);
    const own = await post(pathOf('gemini-3-pro-image'), { prompt: 'x' }, RETRY);
    expect(own.headers.get('x-retry-adopted')).toBe('1');
  });

  it('gets the model’s text in the stream of a chat', async () => {
    await start();
    const chat = {
      model: 'gemini-3-pro-image',
      messages: [{ role: 'user', content: 'a boat' }],
      modalities: ['image', 'text'],
      stream: true,
    };
    const path = '/v1/chat/completions';
    await askAndLeave('call', 1, FIRST, { path, body: chat });
    const retry = post(path, chat, RETRY);
    await until(() => timesSaid('are adopted') === 1);
    const [call] = upstream.calls;
    const said = respond([{ text: 'Here is a boat.' }, imagePart(images[0] ?? '')], 'STOP');
    call?.response.writeHead(200, { 'content-type': 'text/event-stream' });
    call?.response.end(`data: ${JSON.stringify(said)}\r\n\r\n`);
    const text = await (await retry).text();
    expect(text).toContain('Here is a boat.');
    expect(text.includes(images[0] ?? 'no image')).toBe(true);
    expect(upstream.calls).toHaveLength(1);
  });
});
