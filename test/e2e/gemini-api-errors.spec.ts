import { startEasel, type RunningEasel } from '../running-easel';
import { rawExchange } from '../raw-exchange';

interface GoogleError {
  readonly error: {
    readonly code: number;
    readonly message: string;
    readonly status: string;
    readonly details: readonly Record<string, unknown>[];
  };
}

const CALL = '/v1beta/models/gemini-3-pro-image:generateContent';

describe('errors and keys of Gemini’s own API', () => {
  let easel: RunningEasel;
  const start = async (env: Record<string, string> = {}) => {
    easel = await startEasel({ env });
  };
  afterEach(() => easel.close());

  const call = (path: string, init: RequestInit = {}) =>
    fetch(`${easel.url}${path}`, { method: 'POST', ...init });
  const errorOf = async (response: Response) => ((await response.json()) as GoogleError).error;

  it('returns every error in Google’s format, in every version and for every method', async () => {
    await start();
    const cases: readonly (readonly [string, string, number, string])[] = [
      ['POST', '/v1beta/files', 501, 'UNIMPLEMENTED'],
      ['POST', '/upload/v1beta/files', 501, 'UNIMPLEMENTED'],
      ['POST', '/v1beta/cachedContents', 501, 'UNIMPLEMENTED'],
      ['GET', '/v1beta/interactions/x', 501, 'UNIMPLEMENTED'],
      ['POST', '/v1beta/batches', 501, 'UNIMPLEMENTED'],
      ['POST', '/v1/models/gemini-3-pro-image:batchGenerateContent', 501, 'UNIMPLEMENTED'],
      ['POST', '/v1beta/models/gemini-3-pro-image:paint', 404, 'NOT_FOUND'],
      ['POST', '/v1alpha/things', 404, 'NOT_FOUND'],
      ['GET', '/v1beta', 404, 'NOT_FOUND'],
      ['DELETE', CALL, 405, 'UNIMPLEMENTED'],
      ['GET', '/v1beta/models/%E0%A4:generateContent', 405, 'UNIMPLEMENTED'],
    ];
    for (const [method, path, status, name] of cases) {
      const response = await call(path, { method });
      const error = await errorOf(response);
      expect({ path, status: response.status, error }).toEqual({
        path,
        status,
        error: {
          code: status,
          message: expect.any(String) as string,
          status: name,
          details: expect.any(Array) as unknown[],
        },
      });
      expect(response.headers.get('x-request-id')).toMatch(/^req_/);
      expect(response.headers.get('openai-version')).toBeNull();
    }
    const wrongMethod = await call(CALL, { method: 'DELETE' });
    expect(wrongMethod.headers.get('allow')).toBe('POST, OPTIONS');
    // `GET models/{model}` matches this path as well, and is not its route.
    const options = await call(CALL, { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'POST, OPTIONS']);
  });

  it('keeps OpenAI’s error format for the paths of OpenAI’s API', async () => {
    await start();
    for (const path of ['/v1/files', '/v1/models/x:image', '/v2/models/x:generateContent']) {
      const response = await fetch(`${easel.url}${path}`);
      expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
    }
  });

  it('checks the key before it reveals anything about a path', async () => {
    await start({ PROXY_API_KEY: 'right-key' });
    for (const path of ['/v1beta/files', '/v1beta/models/x:paint', '/v1beta/nothing']) {
      const response = await call(path);
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toContain('Bearer');
      expect(await errorOf(response)).toMatchObject({ status: 'UNAUTHENTICATED' });
    }
  });

  it.each<[string, string, Record<string, string>]>([
    ['its own header', '', { 'x-goog-api-key': 'right-key' }],
    ['the URL', '?key=right-key', {}],
    ['the URL, of several', '?key=wrong&alt=sse&key=right-key', {}],
    ['a bearer', '', { authorization: 'Bearer right-key' }],
    ['x-api-key, beside a wrong one', '?key=wrong', { 'x-api-key': 'right-key' }],
    [
      'its own header, beside a wrong bearer',
      '',
      { 'x-goog-api-key': 'right-key', authorization: 'Bearer wrong' },
    ],
  ])('takes a key from %s', async (_name, query, headers) => {
    await start({ PROXY_API_KEY: 'right-key' });
    const response = await call(`/v1beta/files${query}`, { headers });
    expect(response.status).toBe(501);
  });

  it('accepts keys in Google’s form only here', async () => {
    await start({ PROXY_API_KEY: 'right-key' });
    const headers = { 'x-goog-api-key': 'right-key' };
    const responses = await Promise.all([
      fetch(`${easel.url}/v1/models?key=right-key`, { headers }),
      fetch(`${easel.url}/metrics?key=right-key`, { headers }),
      fetch(`${easel.url}/v1beta/openai/models?key=right-key`, { headers }),
    ]);
    expect(responses.map(({ status }) => status)).toEqual([401, 401, 401]);
  });

  it('shows no key, right or wrong, in any message or line of the log', async () => {
    await start({ PROXY_API_KEY: 'right-key-of-a-client' });
    const wrong = 'wrong-key-of-a-client';
    const responses = [
      await call(`${CALL}?key=${wrong}`),
      await call(CALL, { headers: { 'x-goog-api-key': wrong } }),
      await call('/v1beta/files?key=right-key-of-a-client'),
      await call(`/v1beta/models/%E0?key=${wrong}`, { method: 'GET' }),
    ];
    const shown = await Promise.all(
      responses.map(async (response) =>
        [JSON.stringify([...response.headers]), await response.text()].join(),
      ),
    );
    expect(responses.map(({ status }) => status)).toEqual([401, 401, 501, 401]);
    await easel.close();
    for (const text of [...shown, easel.rawLog()]) {
      expect(text).not.toMatch(/key-of-a-client|wro\*+ent/);
    }
    await start();
  });

  it('responds to a body with broken framing in the format of the called API', async () => {
    await start();
    const broken = (path: string) =>
      rawExchange(easel.url, [
        `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n` +
          'Transfer-Encoding: chunked\r\n\r\nZZ\r\n',
      ]);
    expect(await broken(CALL)).toContain('"status":"INVALID_ARGUMENT"');
    expect(await broken('/v1/images/generations')).toContain('"type":"invalid_request_error"');
  });
});
