import { startEasel, type RunningEasel } from '../running-easel';
import {
  png,
  respondWhole,
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../scripted-upstream';

const KEY = 'sk-of-a-client-0123456789';
const WRONG = 'sk-of-a-stranger-0123456789';
const GEMINI = '/v1beta/models/gemini-3-pro-image:';
const PROMPT = { prompt: 'a cat' };
const CONTENTS = { contents: [{ role: 'user', parts: [{ text: 'a cat' }] }] };

const ROUTES: readonly (readonly [path: string, body: object])[] = [
  ['/v1/images/generations', PROMPT],
  ['/v1/images/generations', { ...PROMPT, stream: true }],
  ['/openai/deployments/gpt-image-1/images/generations', PROMPT],
  ['/v1/images', PROMPT],
  ['/v1/chat/completions', { messages: [{ role: 'user', content: 'a cat' }] }],
  ['/v1/chat/completions', { messages: [{ role: 'user', content: 'a cat' }], stream: true }],
  [`${GEMINI}generateContent`, CONTENTS],
  [`${GEMINI}streamGenerateContent?alt=sse`, CONTENTS],
  [`${GEMINI}countTokens`, CONTENTS],
  [`${GEMINI}predict`, { instances: [PROMPT] }],
];

/** How a key can be presented. */
const WAYS: readonly (readonly [name: string, headers: (key: string) => Record<string, string>])[] =
  [
    ['a bearer', (key) => ({ authorization: `Bearer ${key}` })],
    ['x-api-key', (key) => ({ 'x-api-key': key })],
    ['api-key', (key) => ({ 'api-key': key })],
  ];
const GOOGLES_WAYS: typeof WAYS = [['x-goog-api-key', (key) => ({ 'x-goog-api-key': key })]];

describe('the key of a client', () => {
  let easel: RunningEasel;
  let upstream: ScriptedUpstream;

  beforeAll(async () => {
    const image = await png(16);
    upstream = await startScriptedUpstream((call) => {
      respondWhole(call, image);
    });
    easel = await startEasel({
      accounts: [{ baseUrl: upstream.url }],
      env: { PROXY_API_KEY: KEY },
    });
  });
  afterAll(async () => {
    await easel.close();
    await upstream.close();
  });

  const ask = async (path: string, body: object, headers: Record<string, string>) => {
    const response = await fetch(`${easel.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    return {
      status: response.status,
      said: JSON.stringify([...response.headers]) + (await response.text()),
    };
  };
  const sentUpstream = () =>
    upstream.calls.map(
      ({ path, headers, body }) => JSON.stringify([path, headers]) + body.toString(),
    );
  const withKey = (path: string, key: string) =>
    `${path}${path.includes('?') ? '&' : '?'}key=${key}`;

  it.each(ROUTES)('is not passed on from %s %j', async (path, body) => {
    const isGoogles = path.startsWith(GEMINI);
    const before = upstream.calls.length;
    const ways = [...WAYS, ...(isGoogles ? GOOGLES_WAYS : [])];
    for (const [, headers] of ways) {
      expect((await ask(path, body, headers(KEY))).status).toBe(200);
      const refused = await ask(path, body, headers(WRONG));
      expect(refused.status).toBe(401);
      expect(refused.said).not.toContain(WRONG);
    }
    const inUrl = await ask(withKey(path, KEY), body, {});
    expect(inUrl.status).toBe(isGoogles ? 200 : 401);
    expect(inUrl.said).not.toContain(KEY);
    const wrongInUrl = await ask(withKey(path, WRONG), body, {});
    expect(wrongInUrl.status).toBe(401);
    expect(wrongInUrl.said).not.toContain(WRONG);
    expect(upstream.calls).toHaveLength(before + ways.length + (isGoogles ? 1 : 0));
    for (const text of [...sentUpstream(), easel.rawLog()]) {
      expect(text).not.toContain(KEY);
      expect(text).not.toContain(WRONG);
    }
  });

  it.each(['/v1/models', '/v1beta/models', '/nowhere', '/v1beta/files', '/docs', '/'])(
    'is in no line of the log and no message of %s',
    async (path) => {
      for (const key of [KEY, WRONG]) {
        const response = await fetch(`${easel.url}${path}?key=${key}`, {
          redirect: 'manual',
          headers: { accept: 'text/html, application/json' },
        });
        const said = JSON.stringify([...response.headers]) + (await response.text());
        expect(said).not.toContain(key);
      }
      expect(easel.rawLog()).not.toMatch(/sk-of-a-/);
    },
  );
});
