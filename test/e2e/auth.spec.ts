import { startEasel, type ErrorBody, type RunningEasel } from '../running-easel';

const KEY = 'the-right-key-0123456789';

/** A path that fits the pattern of a route. */
const concrete = (pattern: string) =>
  pattern.replace(/\{.*\}$/, '').replace(/[:*]\w+/g, 'gemini-3-pro-image');

interface Target {
  readonly method: string;
  readonly path: string;
}

/** The status of the calls below once they are let in, if it is not 200. */
const ADMITTED: Readonly<Record<string, number>> = {
  // There is no ledger here, and no start of a time was given.
  'GET /v1/usage': 503,
  'HEAD /v1/usage': 503,
  'GET /v1/organization/usage/images': 400,
  'HEAD /v1/organization/usage/images': 400,
  'GET /v1/organization/costs': 400,
  'HEAD /v1/organization/costs': 400,
  'POST /v1/images/edits': 400,
  'POST /v1/images/variations': 415,
  'POST /v1/accounts/gemini-3-pro-image/enable': 404,
  'POST /v1/accounts/gemini-3-pro-image/disable': 404,
  'GET /': 404,
  'GET /v1/unknown': 404,
  'GET /v1/healthz': 404,
  'GET /%E0%A4%A': 404,
  'GET /docs/LICENSE': 404,
  'HEAD /docs/LICENSE': 404,
  'GET /docs/nothing-here': 404,
  'POST /healthz': 405,
  'DELETE /v1/models': 405,
};

function admitted({ method, path }: Target): number {
  return method === 'OPTIONS' ? 204 : (ADMITTED[`${method} ${path}`] ?? 200);
}

async function drained(response: Response): Promise<void> {
  if (!response.bodyUsed) {
    await response.arrayBuffer();
  }
}

describe.each(['off', 'strict', 'all_except_health'] as const)(
  'with PROXY_AUTH_MODE=%s',
  (mode) => {
    let easel: RunningEasel;
    let calls: Target[];

    beforeAll(async () => {
      easel = await startEasel({ env: { PROXY_AUTH_MODE: mode, PROXY_API_KEY: KEY } });
      calls = [
        // Every route there is, read off the router: a new one cannot be forgotten here.
        ...easel.routes
          .list()
          .flatMap(({ path, methods }) =>
            methods.map((method) => ({ method, path: concrete(path) })),
          ),
        { method: 'GET', path: '/' },
        { method: 'GET', path: '/v1/unknown' },
        { method: 'POST', path: '/healthz' },
        { method: 'DELETE', path: '/v1/models' },
        { method: 'GET', path: '/docs/swagger-ui.css' },
        { method: 'GET', path: '/docs/nothing-here' },
        { method: 'GET', path: '/v1/healthz' },
        { method: 'GET', path: '/%E0%A4%A' },
      ];
    });
    afterAll(() => easel.close());

    const isProbe = ({ method, path }: Target) =>
      ['GET', 'HEAD'].includes(method) && ['/healthz', '/readyz'].includes(path);

    const call = ({ method, path }: Target, headers: Record<string, string>) =>
      fetch(`${easel.url}${path}`, {
        method,
        headers: { 'content-type': 'application/json', ...headers },
        ...(method === 'POST' ? { body: '{"prompt":"x"}' } : {}),
      });

    it('knows its routes', () => {
      const paths = easel.routes.list().map(({ path }) => path);
      expect(paths).toEqual(
        expect.arrayContaining([
          '/healthz',
          '/readyz',
          '/docs',
          '/docs-json',
          '/v1/images/generations',
        ]),
      );
    });

    it('decides on every route without a key, with the right one and with a wrong one', async () => {
      for (const target of calls) {
        const open = mode === 'off' || (mode === 'all_except_health' && isProbe(target));
        const none = await call(target, {});
        const wrong = await call(target, { authorization: 'Bearer a-wrong-key-0123456789' });
        const right = await call(target, { authorization: `Bearer ${KEY}` });
        expect({ target, none: none.status === 401, wrong: wrong.status === 401 }).toEqual({
          target,
          none: !open,
          wrong: !open,
        });
        expect({ target, status: right.status }).toEqual({ target, status: admitted(target) });
        if (!open && target.method !== 'HEAD') {
          expect(await none.json()).toMatchObject({
            error: { type: 'invalid_request_error', param: null, code: null },
          });
          expect(await wrong.json()).toMatchObject({
            error: { type: 'invalid_request_error', param: null, code: 'invalid_api_key' },
          });
        }
        // A body that nobody reads keeps its connection, and that the process of the tests.
        await Promise.all([none, wrong, right].map(drained));
      }
    });

    it('lets CORS preflights pass', async () => {
      const response = await fetch(`${easel.url}/v1/images/generations`, {
        method: 'OPTIONS',
        headers: {
          origin: 'https://app.example',
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization, content-type, x-stainless-lang',
        },
      });
      expect(response.status).toBe(204);
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
      expect(response.headers.get('access-control-allow-headers')).toContain('x-stainless-lang');
    });
  },
);

describe('the key', () => {
  let easel: RunningEasel;

  beforeAll(async () => {
    easel = await startEasel({
      env: { PROXY_AUTH_MODE: 'strict', PROXY_API_KEY: `${KEY},second` },
    });
  });
  afterAll(() => easel.close());

  const status = async (path: string, headers: Record<string, string>) =>
    (await fetch(`${easel.url}${path}`, { headers })).status;
  const basic = (password: string) =>
    `Basic ${Buffer.from(`anyone:${password}`).toString('base64')}`;

  it.each<[string, string, Record<string, string>, number]>([
    ['bearer in any case', '/v1/models', { authorization: `bEARER ${KEY}` }, 200],
    ['a second key', '/v1/models', { authorization: 'Bearer second' }, 200],
    ['x-api-key', '/v1/models', { 'x-api-key': KEY }, 200],
    ['api-key', '/v1/models', { 'api-key': KEY }, 200],
    [
      'a right one beside a wrong one',
      '/v1/models',
      { authorization: 'Bearer no', 'api-key': KEY },
      200,
    ],
    ['Basic on the docs', '/docs', { authorization: basic(KEY) }, 200],
    ['Basic on the document', '/docs-json', { authorization: basic(KEY) }, 200],
    ['Basic on an asset of the docs', '/docs/swagger-ui.css', { authorization: basic(KEY) }, 200],
    ['Basic elsewhere', '/v1/models', { authorization: basic(KEY) }, 401],
    ['a wrong Basic password', '/docs', { authorization: basic('wrong') }, 401],
    ['an empty bearer', '/v1/models', { authorization: 'Bearer ' }, 401],
    ['the key in the query', `/v1/models?api-key=${KEY}`, {}, 401],
    ['the docs in other letters', '/DOCS', {}, 401],
    ['the docs with a slash', '/docs/', {}, 401],
    ['the document in other letters', '/Docs-JSON', {}, 401],
  ])('%s', async (_name, path, headers, expected) => {
    expect(await status(path, headers)).toBe(expected);
  });

  it('offers Basic to browsers on the docs, and Bearer everywhere', async () => {
    const docs = await fetch(`${easel.url}/docs`);
    expect(docs.headers.get('www-authenticate')).toMatch(/Basic realm="Easel".*Bearer/);
    const api = await fetch(`${easel.url}/v1/models`);
    expect(api.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(api.headers.get('www-authenticate')).not.toMatch(/Basic/);
  });

  it('is masked in the response and absent from the log', async () => {
    const response = await fetch(`${easel.url}/v1/models`, {
      headers: { authorization: 'Bearer sk-somebody-elses-key-42' },
    });
    const { error } = (await response.json()) as ErrorBody;
    expect(error.message).not.toContain('sk-somebody-elses-key-42');
    expect(easel.rawLog()).not.toContain('somebody');
    expect(easel.rawLog()).not.toContain(KEY);
  });

  it('is asked for before the body is read', async () => {
    const { request } = await import('node:http');
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const call = request(`${easel.url}/v1/images/generations`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-length': 1_000_000 },
      });
      call.on('response', (response) => {
        resolve(response.statusCode);
        call.destroy();
      });
      call.on('error', reject);
      // Not one byte of the announced body is sent.
      call.flushHeaders();
    });
    expect(status).toBe(401);
  });

  it.each([
    ['a wrong key', 'a-wrong-key-0123456789', ['401']],
    ['the right key', KEY, ['100', '200']],
  ])('with %s, a client that waits to be asked for its body hears %s', async (_n, key, heard) => {
    const { request } = await import('node:http');
    const body = '{"prompt":"x"}';
    const statuses = await new Promise<string[]>((resolve, reject) => {
      const seen: string[] = [];
      const call = request(`${easel.url}/v1/images/generations`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-length': body.length,
          authorization: `Bearer ${key}`,
          expect: '100-continue',
        },
      });
      call.on('continue', () => {
        seen.push('100');
        call.end(body);
      });
      call.on('response', (response) => {
        seen.push(String(response.statusCode));
        response.resume();
        resolve(seen);
        call.destroy();
      });
      call.on('error', reject);
      call.flushHeaders();
    });
    expect(statuses).toEqual(heard);
  });

  it('never goes upstream', async () => {
    await easel.generate({ prompt: 'x' }, { authorization: `Bearer ${KEY}`, 'x-api-key': KEY });
    const [sent] = easel.emulator.requests;
    expect(sent?.key).toMatch(/^key-of-/);
    expect(JSON.stringify(sent)).not.toContain(KEY);
  });
});
