import { chunksOf } from '../chat-client';
import { parseEvents } from '../event-stream';
import { startEasel, type EaselOptions, type RunningEasel } from '../running-easel';
import { until } from '../until';

/** A way to ask for images. */
interface Api {
  readonly name: string;
  /** As the log has it. */
  readonly api: 'images' | 'chat' | 'openrouter' | 'gemini';
  readonly path: string;
  readonly body: (n: number) => object;
  /** How many images a response holds, read as its clients do. */
  readonly images: (text: string) => number;
  readonly isStream?: true;
  /** One that makes one image at a time. */
  readonly single?: true;
  /** Where errors are Google's. */
  readonly isGoogle?: true;
}

interface GoogleResponse {
  readonly candidates?: readonly {
    readonly content?: { readonly parts?: readonly { readonly inlineData?: object }[] };
  }[];
}

const GEMINI = '/v1beta/models/gemini-3-pro-image:';
const PROMPT = { prompt: 'a cat' };
const MESSAGES = { messages: [{ role: 'user', content: 'a cat' }], modalities: ['image', 'text'] };
const CONTENTS = { contents: [{ role: 'user', parts: [{ text: 'a cat' }] }] };

const json = (text: string) => JSON.parse(text) as Readonly<Record<string, unknown>>;
const dataIn = (text: string) => (json(text)['data'] as readonly object[]).length;
const completedIn = (text: string) =>
  parseEvents(text).filter(({ name }) => name?.endsWith('.completed')).length;
const imagesOf = ({ candidates = [] }: GoogleResponse) =>
  candidates
    .flatMap(({ content }) => content?.parts ?? [])
    .filter(({ inlineData }) => inlineData !== undefined).length;

const APIS: readonly Api[] = [
  {
    name: 'images',
    api: 'images',
    path: '/v1/images/generations',
    body: (n) => ({ ...PROMPT, n }),
    images: dataIn,
  },
  {
    name: 'images as a stream',
    api: 'images',
    path: '/v1/images/generations',
    body: (n) => ({ ...PROMPT, n, stream: true }),
    images: completedIn,
    isStream: true,
  },
  {
    name: 'chat',
    api: 'chat',
    path: '/v1/chat/completions',
    body: (n) => ({ ...MESSAGES, n }),
    images: (text) =>
      (json(text)['choices'] as readonly { message: { images?: readonly object[] } }[]).flatMap(
        ({ message }) => message.images ?? [],
      ).length,
  },
  {
    name: 'chat as a stream',
    api: 'chat',
    path: '/v1/chat/completions',
    body: (n) => ({ ...MESSAGES, n, stream: true }),
    images: (text) =>
      chunksOf(text).flatMap(({ choices }) => choices?.[0]?.delta.images ?? []).length,
    isStream: true,
  },
  {
    name: 'OpenRouter’s',
    api: 'openrouter',
    path: '/api/v1/images',
    body: (n) => ({ ...PROMPT, n }),
    images: dataIn,
  },
  {
    name: 'OpenRouter’s as a stream',
    api: 'openrouter',
    path: '/api/v1/images',
    body: (n) => ({ ...PROMPT, n, stream: true }),
    images: completedIn,
    isStream: true,
  },
  {
    name: 'Gemini’s own',
    api: 'gemini',
    path: `${GEMINI}generateContent`,
    body: (n) => ({ ...CONTENTS, generationConfig: { candidateCount: n } }),
    images: (text) => imagesOf(json(text)),
    isGoogle: true,
  },
  {
    name: 'Gemini’s own as a stream',
    api: 'gemini',
    path: `${GEMINI}streamGenerateContent?alt=sse`,
    body: () => CONTENTS,
    images: (text) =>
      text
        .split('\r\n\r\n')
        .filter(Boolean)
        .map((event) => imagesOf(json(event.replace('data: ', ''))))
        .reduce((sum, images) => sum + images, 0),
    isStream: true,
    single: true,
    isGoogle: true,
  },
  {
    name: 'Imagen’s former method',
    api: 'gemini',
    path: `${GEMINI}predict`,
    body: (n) => ({ instances: [PROMPT], parameters: { sampleCount: n } }),
    images: (text) => (json(text)['predictions'] as readonly object[]).length,
    isGoogle: true,
  },
];

const SEVERAL = APIS.filter(({ single }) => single !== true);

describe('through every API the pool is the same:', () => {
  let easel: RunningEasel;

  async function start(options: EaselOptions): Promise<void> {
    easel = await startEasel(options);
  }
  afterEach(() => easel.close());

  const ask = ({ path, body }: Api, n: number, signal?: AbortSignal) =>
    fetch(`${easel.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body(n)),
      ...(signal && { signal }),
    });
  const keysCalled = () => easel.emulator.requests.map(({ key }) => key);
  const line = () => easel.log.find((each) => each['images'] !== undefined && 'status' in each);

  it.each(SEVERAL)('$name, of three of which one is refused', async (api) => {
    await start({ accounts: 3 });
    easel.emulator.injectFault({ kind: 'refusal', count: 1 });
    const response = await ask(api, 3);
    const text = await response.text();
    expect(response.status).toBe(200);
    expect(api.images(text)).toBe(2);
    // A refusal cannot succeed on another account, and is not retried.
    expect(easel.emulator.requests).toHaveLength(3);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'x-images-requested': '3',
      'x-image-model': 'gemini-3-pro-image',
      'x-image-size': 'default',
      'x-account-email': expect.stringMatching(/^account-\d@test(, account-\d@test)*$/) as string,
      ...(api.isStream === true ? {} : { 'x-images-returned': '2' }),
    });
    expect(response.headers.has('x-cost-usd')).toBe(api.isStream !== true);
    await until(() => line() !== undefined);
    expect(line()).toMatchObject({ status: 200, images: { requested: 3, returned: 2 } });
  });

  it.each(APIS)('$name, which the log names whatever becomes of the request', async (api) => {
    const key = 'sk-of-the-test';
    await start({ env: { PROXY_AUTH_MODE: 'strict', PROXY_API_KEY: key } });
    const requests = [
      { authorization: `Bearer ${key}`, body: JSON.stringify(api.body(1)) },
      { authorization: `Bearer ${key}`, body: '{"malformed' },
      { authorization: 'Bearer sk-of-nobody', body: JSON.stringify(api.body(1)) },
    ];
    for (const { authorization, body } of requests) {
      const headers = { 'content-type': 'application/json', authorization };
      await (await fetch(`${easel.url}${api.path}`, { method: 'POST', headers, body })).text();
    }
    await fetch(`${easel.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
    const lines = () => easel.log.filter((each) => 'status' in each);
    await until(() => lines().length === 4);
    expect(lines().map((each) => [each['status'], each['api']])).toEqual([
      [200, api.api],
      [400, api.api],
      [401, api.api],
      [200, undefined],
    ]);
  });

  it.each(APIS)('$name, with a rate-limited account', async (api) => {
    await start({ accounts: 2 });
    const key = 'key-of-account-1@test';
    easel.emulator.injectFault({ kind: 'rate_limit', retryDelay: '30s', key });
    const n = api.single === true ? 1 : 3;
    for (const round of [1, 2]) {
      easel.emulator.reset();
      easel.emulator.injectFault({ kind: 'rate_limit', retryDelay: '30s', key });
      const response = await ask(api, n);
      expect(response.status).toBe(200);
      expect(api.images(await response.text())).toBe(n);
      if (api.isStream !== true) {
        expect(response.headers.get('x-account-email')).toBe('account-2@test');
      }
      const called = keysCalled();
      expect(called.filter((each) => each !== key)).toEqual(Array(n).fill('key-of-account-2@test'));
      if (round === 2) {
        // It rests as long as Google said.
        expect(called).toHaveLength(n);
      }
    }
  });

  it.each(APIS)('$name, with an account whose name is not ASCII', async (api) => {
    const email = 'josé…@atelier.example';
    await start({ accounts: [{ email, apiKey: 'key-1' }] });
    const namesIn = ({ headers }: Response) =>
      Buffer.from(headers.get('x-account-email') ?? '', 'latin1').toString('utf8');
    const made = await ask(api, 1);
    expect(api.images(await made.text())).toBe(1);
    expect(namesIn(made)).toBe(email);
    // As an error: some streams have left their head by then.
    easel.emulator.injectFault({ kind: 'status', status: 400 });
    const failed = await ask(api, 1);
    await failed.text();
    expect(namesIn(failed)).toBe(email);
  });

  it.each(APIS)('$name, with all accounts rate-limited', async (api) => {
    await start({ accounts: 2 });
    easel.emulator.injectFault({ kind: 'rate_limit', retryDelay: '30s' });
    // What has begun as a stream has left its head by then.
    expect((await easel.generate(PROMPT)).status).toBe(429);
    expect(keysCalled().sort()).toEqual(['key-of-account-1@test', 'key-of-account-2@test']);
    const response = await ask(api, 1);
    const { error } = (await response.json()) as { error: object };
    expect(response.status).toBe(429);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(error).toMatchObject(
      api.isGoogle === true
        ? { code: 429, status: 'RESOURCE_EXHAUSTED' }
        : { type: 'rate_limit_error', code: 'rate_limit_exceeded' },
    );
    expect(easel.emulator.requests).toHaveLength(2);
  });

  it.each(APIS)('$name, whose client hangs up', async (api) => {
    await start({
      accounts: [{ maxConcurrency: 1 }],
      latencyMs: 60_000,
      env: { ABANDONED_TTL_SECONDS: '0' },
    });
    const inFlight = async () => {
      const { data } = (await (await fetch(`${easel.url}/v1/accounts`)).json()) as {
        data: { in_flight: number }[];
      };
      return data[0]?.in_flight;
    };
    const client = new AbortController();
    const gone = ask(api, 2, client.signal).then(
      (response) => response.text().catch(() => 'gone'),
      () => 'gone',
    );
    await until(async () => (await inFlight()) === 1);
    await until(() => easel.emulator.requests.length === 1);
    client.abort();
    expect(await gone).toBe('gone');
    await until(async () => (await inFlight()) === 0);
    // The second image had not begun, and is no longer needed.
    expect(easel.emulator.requests).toHaveLength(1);
    await until(
      () =>
        line() !== undefined ||
        easel.log.some(({ msg }) => /disconnected|without its client/.test(msg)),
    );
  });
});
