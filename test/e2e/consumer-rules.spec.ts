import { keyDigest } from '../../src/context/consumer-registry';
import type { Consumer } from '../../src/context/consumer';
import { dataUri, form, picture } from '../pictures';
import { startEasel, type RunningEasel } from '../running-easel';

const PRO = 'gemini-3-pro-image';
const FLASH = 'gemini-3.1-flash-image';

/** What a request asks for, independent of any API. */
interface Wish {
  /** Absent: the API's default, where it has one. */
  readonly model?: string;
  readonly size?: string;
}

/** Sends a request to one of the APIs, with a key. */
type SendRequest = (easel: RunningEasel, key: string, wish: Wish) => Promise<Response>;

const headersOf = (key: string) => ({ authorization: `Bearer ${key}` });

const post =
  (path: string, bodyOf: (wish: Wish) => object): SendRequest =>
  (easel, key, wish) =>
    fetch(easel.url + path, {
      method: 'POST',
      headers: { ...headersOf(key), 'content-type': 'application/json' },
      body: JSON.stringify(bodyOf(wish)),
    });

const modelOf = ({ model }: Wish) => (model === undefined ? {} : { model });
const sizeOf = ({ size }: Wish) => (size === undefined ? {} : { image_size: size });
const fields = (wish: Wish) => ({ prompt: 'x', ...modelOf(wish), ...sizeOf(wish) });

const upload =
  (path: string, isPrompted: boolean): SendRequest =>
  async (easel, key, { model, size }) =>
    fetch(easel.url + path, {
      method: 'POST',
      headers: headersOf(key),
      body: form(
        ['image', await picture()],
        ...(isPrompted ? ([['prompt', 'x']] as const) : []),
        ...(model === undefined ? [] : ([['model', model]] as const)),
        ...(size === undefined ? [] : ([['image_size', size]] as const)),
      ),
    });

const messages = [{ role: 'user', content: 'a cat' }];
const chat = (wish: Wish) => ({ messages, ...modelOf(wish), image_config: sizeOf(wish) });

/** By Gemini's own API, where the model is in the path. */
const native =
  (method: string, bodyOf: (size: string | undefined) => object): SendRequest =>
  (easel, key, { model = PRO, size }) =>
    fetch(`${easel.url}/v1beta/models/${model}:${method}`, {
      method: 'POST',
      headers: { 'x-goog-api-key': key, 'content-type': 'application/json' },
      body: JSON.stringify(bodyOf(size)),
    });

const contents = (size: string | undefined) => ({
  contents: [{ parts: [{ text: 'x' }] }],
  ...(size === undefined ? {} : { generationConfig: { imageConfig: { imageSize: size } } }),
});

/** Every route that makes images, and whether the model is optional. */
const APIS: readonly (readonly [name: string, send: SendRequest, hasDefault: boolean])[] = [
  ['generations', post('/v1/images/generations', fields), true],
  [
    'generations, streamed',
    post('/v1/images/generations', (wish) => ({ ...fields(wish), stream: true })),
    true,
  ],
  [
    'Azure’s base URL',
    (easel, key, wish) =>
      fetch(
        `${easel.url}/openai/deployments/${wish.model ?? PRO}/images/generations?api-version=1`,
        {
          method: 'POST',
          headers: { 'api-key': key, 'content-type': 'application/json' },
          body: JSON.stringify({ prompt: 'x', ...sizeOf(wish) }),
        },
      ),
    false,
  ],
  ['edits by form', upload('/v1/images/edits', true), true],
  [
    'edits by JSON',
    async (easel, key, wish) => {
      const image_url = dataUri(await picture());
      const ask = post('/v1/images/edits', () => ({ ...fields(wish), images: [{ image_url }] }));
      return ask(easel, key, wish);
    },
    true,
  ],
  ['variations', upload('/v1/images/variations', false), true],
  ['chat', post('/v1/chat/completions', chat), true],
  [
    'chat, streamed',
    post('/v1/chat/completions', (wish) => ({ ...chat(wish), stream: true })),
    true,
  ],
  [
    'OpenRouter’s API',
    post('/v1/images', (wish) => ({
      prompt: 'x',
      ...modelOf(wish),
      ...(wish.size === undefined ? {} : { resolution: wish.size }),
    })),
    true,
  ],
  ['Gemini’s API', native('generateContent', contents), false],
  ['Gemini’s API, streamed', native('streamGenerateContent', contents), false],
  [
    'Imagen’s call',
    native('predict', (size) => ({
      instances: [{ prompt: 'x' }],
      parameters: size === undefined ? {} : { imageSize: size },
    })),
    false,
  ],
];

const configured = (name: string, rules: Partial<Consumer>) => ({
  consumer: { name, role: 'member' as const, enabled: true, ...rules },
  keys: [keyDigest(`key-of-${name}`).toString('hex')],
});

describe.each(APIS)('a consumer at %s', (_name, ask, hasDefault) => {
  let easel: RunningEasel;

  beforeAll(async () => {
    easel = await startEasel({
      env: { PROXY_AUTH_MODE: 'strict', PROXY_API_KEY: 'key-of-the-proxy' },
      accounts: [{ email: 'one@test' }, { email: 'two@test' }],
      consumers: [
        configured('free', {}),
        configured('expired', { expiresAt: Date.now() - 1 }),
        configured('disabled', { enabled: false }),
        configured('flash', { models: [FLASH] }),
        configured('small', { maxImageSize: '2K' }),
        configured('two', { accounts: ['two@test'] }),
        configured('limited', { limits: { imagesPerMinute: 1 } }),
      ],
    });
  });
  afterAll(() => easel.close());
  beforeEach(() => {
    easel.emulator.reset();
  });

  const statusOf = async (name: string, wish: Wish = {}) => {
    const response = await ask(easel, `key-of-${name}`, wish);
    return { status: response.status, text: await response.text(), headers: response.headers };
  };
  const calls = () => easel.emulator.requests.map(({ model }) => model);
  const imageSizes = () => easel.emulator.requests.map(({ body }) => JSON.stringify(body));

  it.each(['expired', 'disabled'])('gets an error that says its key is %s', async (state) => {
    const { status, text } = await statusOf(state);
    expect(status).toBe(401);
    expect(text).toContain(state);
    expect(text).not.toContain(`key-of-${state}`);
    expect(calls()).toEqual([]);
  });

  it('has its models and no other', async () => {
    const hidden = await statusOf('flash', { model: PRO });
    expect(hidden.status).toBe(404);
    expect(calls()).toEqual([]);
    expect((await statusOf('flash', { model: FLASH })).status).toBe(200);
    if (hasDefault) {
      expect((await statusOf('flash')).status).toBe(200);
      expect((await statusOf('flash', { model: 'gpt-image-1' })).status).toBe(200);
    }
    expect(new Set(calls())).toEqual(new Set([FLASH]));
  });

  it('has sizes up to its largest, and no other', async () => {
    const above = await statusOf('small', { size: '4K', model: PRO });
    expect(above.status).toBe(400);
    expect(above.text).toContain('2K');
    expect(calls()).toEqual([]);
    expect((await statusOf('small', { size: '2K', model: PRO })).status).toBe(200);
    expect(imageSizes()).toEqual([expect.stringContaining('"imageSize":"2K"')]);
    expect((await statusOf('free', { size: '4K', model: PRO })).status).toBe(200);
  });

  it('is served only by its accounts', async () => {
    for (let round = 0; round < 3; round += 1) {
      const { status, headers } = await statusOf('two');
      expect([status, headers.get('x-account-email')]).toEqual([200, 'two@test']);
    }
    expect(new Set(easel.emulator.requests.map(({ key }) => key))).toEqual(
      new Set(['key-of-two@test']),
    );
  });

  it('has its limit in the headers of every response', async () => {
    const first = await statusOf('limited');
    expect([first.status, first.headers.get('x-ratelimit-limit-images')]).toEqual([200, '1']);
    const second = await statusOf('limited');
    expect(second.status).toBe(429);
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(
      ['limit', 'remaining'].map((name) => second.headers.get(`x-ratelimit-${name}-images`)),
    ).toEqual(['1', '0']);
    expect(calls()).toHaveLength(1);
  });
});
