import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEasel, type ErrorBody, type RunningEasel } from '../running-easel';
import { firstResponse, rawExchange } from '../raw-exchange';
import { until } from '../until';

const CLOSE = 'Connection: close\r\n\r\n';

function codeIn(body: string): unknown {
  return (JSON.parse(body) as ErrorBody).error.code;
}

/** Writes bytes, and resets the connection a little later. */
async function reset(url: string, bytes: string, pauseMs: number): Promise<void> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const isClosed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => undefined);
  socket.on('connect', () => socket.write(bytes));
  socket.on('connect', () => void sleep(pauseMs).then(() => socket.resetAndDestroy()));
  await isClosed;
}

describe('malformed or unusual HTTP', () => {
  let easel: RunningEasel;
  beforeAll(async () => {
    easel = await startEasel({ env: { PROXY_API_KEY: 'sk-right', PROXY_AUTH_MODE: 'strict' } });
  });
  afterAll(() => easel.close());

  const KEY = 'Authorization: Bearer sk-right\r\n';

  it.each<[string, string, number]>([
    ['a target in absolute form', `GET http://easel/v1/models HTTP/1.1\r\nHost: x\r\n${KEY}`, 200],
    [
      'one with a query',
      `GET HTTP://easel:8045/v1/models?api-version=1 HTTP/1.1\r\nHost: x\r\n${KEY}`,
      200,
    ],
    ['one without a key', 'GET http://easel/v1/models HTTP/1.1\r\nHost: x\r\n', 401],
    ['one of another route', `GET http://easel/nowhere HTTP/1.1\r\nHost: x\r\n${KEY}`, 404],
    ['no Host', `GET /v1/models HTTP/1.1\r\n${KEY}`, 400],
    ['no Host in HTTP/1.0', `GET /v1/models HTTP/1.0\r\n${KEY}`, 200],
    ['two Hosts', `GET /v1/models HTTP/1.1\r\nHost: a\r\nHost: b\r\n${KEY}`, 400],
    [
      'another Transfer-Encoding',
      `POST /v1/images/generations HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n${KEY}`,
      501,
    ],
    [
      'a key with a no-break space behind it',
      'GET /v1/models HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sk-right\xa0\r\n',
      401,
    ],
    [
      'the same as x-api-key',
      'GET /v1/models HTTP/1.1\r\nHost: x\r\nx-api-key: sk-right\xa0\r\n',
      401,
    ],
    [
      'a key with spaces and tabs around it',
      'GET /v1/models HTTP/1.1\r\nHost: x\r\nAuthorization:  Bearer \t sk-right \t\r\n',
      200,
    ],
    ['a malformed Host', `GET /v1/models HTTP/1.1\r\nHost: a b\r\n${KEY}`, 400],
    ['CONNECT', `CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n${KEY}`, 405],
    ['a target of an asterisk', `OPTIONS * HTTP/1.1\r\nHost: x\r\n${KEY}`, 404],
    ['no HTTP at all', 'NONSENSE\r\n', 400],
    [
      'a chunk whose length is not a number',
      `POST /v1/images/generations HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n${KEY}Content-Type: application/json\r\n\r\nzz\r\n`,
      400,
    ],
    [
      'a head that is too long',
      `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n`,
      431,
    ],
    ['a path of 15 KiB', `GET /${'x'.repeat(15_000)} HTTP/1.1\r\nHost: x\r\n${KEY}`, 404],
  ])('%s', async (_name, head, status) => {
    const text = await rawExchange(easel.url, [Buffer.from(head + CLOSE, 'latin1')]);
    const response = firstResponse(text);
    expect(response.status).toBe(status);
    if (status >= 400) {
      expect(response.head.toLowerCase()).toContain('content-type: application/json');
      expect(Object.keys((JSON.parse(response.body) as ErrorBody).error)).toEqual([
        'message',
        'type',
        'param',
        'code',
      ]);
    }
  });
});

describe('a request that still arrives after its response was sent', () => {
  jest.setTimeout(30_000);
  let easel: RunningEasel;
  beforeAll(async () => {
    easel = await startEasel({ latencyMs: 2500 });
  });
  afterAll(() => easel.close());

  const postOf = (path: string, type: string, length: number): string =>
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\n` +
    `Content-Length: ${length}\r\n\r\n`;
  const IMAGES = '/v1/images/generations';
  const JSON_TYPE = 'application/json';
  const IMAGE = '{"prompt":"x"}';

  it.each([
    ['to an unknown path', postOf('/v1/nowhere', JSON_TYPE, 1000), 404],
    ['of an unsupported type', postOf(IMAGES, 'text/plain', 1000), 415],
    ['that is too large', postOf(IMAGES, JSON_TYPE, 1_000_000_000), 413],
    ['to a route without a body', postOf('/healthz', JSON_TYPE, 1000), 405],
  ])('is disconnected soon: one %s', async (_name, head, status) => {
    // Resolves only once the connection is closed; Node alone would wait for five minutes.
    const text = await rawExchange(easel.url, [`${head}xxx`]);
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual([`HTTP/1.1 ${status}`]);
  });

  it('keeps its connection if it arrives completely', async () => {
    const text = await rawExchange(
      easel.url,
      [
        `${postOf(IMAGES, 'text/plain', 6)}abc`,
        'def',
        `GET /healthz HTTP/1.1\r\nHost: x\r\n${CLOSE}`,
      ],
      300,
    );
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 415', 'HTTP/1.1 200']);
  });

  it.each([
    ['too large', postOf(IMAGES, JSON_TYPE, 1_000_000_000)],
    ['of an unsupported type', postOf(IMAGES, 'text/plain', 1000)],
    ['for nobody', postOf('/v1/nowhere', JSON_TYPE, 1000)],
  ])('takes no image along that is made before it: one that is %s', async (_name, refused) => {
    const image = postOf(IMAGES, JSON_TYPE, IMAGE.length) + IMAGE;
    const text = await rawExchange(easel.url, [`${image}${refused}xxx`]);
    const [first, second, ...others] = text.match(/HTTP\/1\.1 \d+/g) ?? [];
    expect(first).toBe('HTTP/1.1 200');
    expect(text).toContain('b64_json');
    expect(second).toMatch(/ 4\d\d$/);
    expect(others).toEqual([]);
  });
});

describe('bytes after a request that is still being served', () => {
  let easel: RunningEasel;
  beforeEach(async () => {
    easel = await startEasel({ latencyMs: 300 });
  });
  afterEach(() => easel.close());

  const postOf = (body: object, headers = ''): string => {
    const json = JSON.stringify(body);
    return (
      'POST /v1/images/generations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n' +
      `Content-Length: ${json.length}\r\n${headers}\r\n${json}`
    );
  };
  const GARBAGE = 'NONSENSE\r\n\r\n';
  const CONNECT = 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n';
  const LARGE = { prompt: 'x', n: 4, image_size: '4K' };

  it.each<[string, readonly string[]]>([
    ['garbage behind a stream', [postOf({ prompt: 'x', stream: true }), GARBAGE]],
    ['garbage at once', [postOf({ prompt: 'x', stream: true }) + GARBAGE]],
    ['garbage behind a whole response', [postOf({ prompt: 'x' }), GARBAGE]],
    ['CONNECT behind a stream', [postOf({ prompt: 'x', stream: true }), CONNECT]],
    ['CONNECT at once, behind more than a socket takes', [postOf(LARGE) + CONNECT]],
    [
      'a request behind one that ends the connection',
      [postOf({ prompt: 'x' }, 'Connection: close\r\n') + postOf({ prompt: 'y' })],
    ],
  ])('do not change its response: %s', async (_name, pieces) => {
    const text = await rawExchange(easel.url, pieces);
    expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(firstResponse(text).status).toBe(200);
    const isWhole = text.includes('image_generation.completed') || text.trimEnd().endsWith('}');
    expect(isWhole).toBe(true);
    expect(text).toContain('b64_json');
  });

  // Node takes its listeners off the socket of a CONNECT, so that an error on it would end the process.
  it.each([
    ['alone', CONNECT],
    ['behind an image', postOf({ prompt: 'x' }) + CONNECT],
  ])(
    'do no harm if they are a CONNECT whose client resets the connection: %s',
    async (_name, bytes) => {
      for (const pauseMs of Array.from({ length: 30 }, (_, index) => index % 5)) {
        await reset(easel.url, bytes, pauseMs);
      }
      expect((await fetch(`${easel.url}/healthz`)).status).toBe(200);
    },
  );

  it('do not prevent the requests before them from being served', async () => {
    const text = await rawExchange(easel.url, [
      postOf({ prompt: 'x' }) + postOf({ prompt: 'y' }) + GARBAGE,
    ]);
    expect(text.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
    expect(text).not.toContain('HTTP/1.1 400');
  });
});

describe('foreign web pages, if Easel needs no key', () => {
  let easel: RunningEasel;
  const start = async (env: Record<string, string>): Promise<void> => {
    easel = await startEasel({ env: { PROXY_AUTH_MODE: 'off', ...env } });
  };
  afterEach(() => easel.close());

  const form = (): FormData => {
    const data = new FormData();
    data.append('prompt', 'x');
    return data;
  };
  const request = (host: string, more = '', path = '/v1/models', method = 'GET'): Promise<string> =>
    rawExchange(easel.url, [`${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n${more}${CLOSE}`]);

  it('cannot start a paid call with a form, which a browser sends without a preflight', async () => {
    await start({ CORS_ORIGINS: 'https://app.example' });
    const response = await easel.edit(form(), { origin: 'https://evil.example' });
    expect(response.status).toBe(403);
    const { error } = (await response.json()) as ErrorBody;
    expect(error).toMatchObject({ type: 'invalid_request_error', code: 'forbidden_origin' });
    expect(error.message).toContain('CORS_ORIGINS');
    expect(easel.emulator.requests).toHaveLength(0);
  });

  it('are distinguished from allowed pages, Easel’s own pages, and programs', async () => {
    await start({ CORS_ORIGINS: 'https://app.example' });
    const own = new URL(easel.url).origin;
    for (const headers of [{ origin: 'https://app.example' }, { origin: own }, {}]) {
      const response = await easel.generate({ prompt: 'x' }, headers as Record<string, string>);
      expect(response.status).toBe(200);
    }
  });

  it.each(['/v1/models', '/metrics', '/docs', '/healthz', '/nowhere'])(
    'get nothing from %s under their own host name',
    async (path) => {
      await start({});
      const { status, body } = firstResponse(await request('evil.example:8045', '', path));
      expect(status).toBe(403);
      expect(codeIn(body)).toBe('forbidden_host');
      expect(body).toContain('ALLOWED_HOSTS');
    },
  );

  it.each<[string, string, Record<string, string>, number]>([
    ['an allowed name', 'images.example', { ALLOWED_HOSTS: 'images.example, b.example' }, 200],
    ['the public one', 'images.example', { PUBLIC_URL: 'https://images.example/easel/' }, 200],
    ['any, where any is allowed', 'evil.example', { ALLOWED_HOSTS: '*' }, 200],
    ['any, where others reach it', 'evil.example', { HOST: '0.0.0.0' }, 200],
    [
      'any name, if Easel needs a key',
      'evil.example',
      { PROXY_AUTH_MODE: 'strict', PROXY_API_KEY: 'k' },
      401,
    ],
    ['another', 'evil.example', { ALLOWED_HOSTS: 'images.example' }, 403],
  ])('are known as %s', async (_name, host, env, status) => {
    await start(env);
    expect(firstResponse(await request(host)).status).toBe(status);
  });

  it('may send a CORS preflight', async () => {
    await start({ CORS_ORIGINS: 'https://app.example' });
    const preflight = 'Origin: https://evil.example\r\nAccess-Control-Request-Method: POST\r\n';
    const text = await request('localhost', preflight, '/v1/images/generations', 'OPTIONS');
    expect(firstResponse(text).status).toBe(204);
  });

  it('are recognised by the host of an absolute target', async () => {
    await start({});
    const text = await request('localhost', '', 'http://evil.example/v1/models');
    expect(firstResponse(text).status).toBe(403);
  });
});

describe('the log line of a request that is rejected before its route is known', () => {
  let easel: RunningEasel;
  beforeAll(async () => {
    easel = await startEasel({ env: { PROXY_AUTH_MODE: 'off' } });
  });
  afterAll(() => easel.close());

  const EVIL = 'Host: evil.example\r\n';
  const ENCODED = 'Host: localhost\r\nTransfer-Encoding: gzip, chunked\r\n';
  const PREFLIGHT =
    'Host: localhost\r\nOrigin: https://a.example\r\nAccess-Control-Request-Method: POST\r\n';
  const GEMINI = '/v1beta/models/gemini-3-pro-image:generateContent';

  it.each<[string, string, string, number, string | undefined]>([
    ['POST', '/v1/images/generations', EVIL, 403, 'images'],
    ['POST', '/v1/chat/completions', EVIL, 403, 'chat'],
    ['POST', '/openai/deployments/gpt-image-1/images/edits', EVIL, 403, 'images'],
    ['POST', GEMINI, EVIL, 403, 'gemini'],
    ['GET', '/v1/models', EVIL, 403, undefined],
    ['POST', '/v1/images/edits', ENCODED, 501, 'images'],
    ['POST', '/v1/images', ENCODED, 501, 'openrouter'],
    ['POST', GEMINI, ENCODED, 501, 'gemini'],
    ['OPTIONS', '/v1/images/generations', PREFLIGHT, 204, 'images'],
    ['OPTIONS', '/chat/completions', PREFLIGHT, 204, 'chat'],
  ])('names the API: %s %s', async (method, path, headers, status, api) => {
    await rawExchange(easel.url, [`${method} ${path} HTTP/1.1\r\n${headers}${CLOSE}`]);
    const line = () => easel.log.findLast(({ msg }) => msg.startsWith(`${method} ${path} `));
    await until(() => line()?.['status'] === status);
    expect(line()?.['api']).toBe(api);
  });
});

describe('the client’s address in the log', () => {
  let easel: RunningEasel;
  afterEach(() => easel.close());

  const clientOf = async (env: Record<string, string>, forwarded: string): Promise<unknown> => {
    easel = await startEasel({ env });
    await easel.generate({ prompt: 'x' }, { 'x-forwarded-for': forwarded });
    return easel.log.find(({ msg }) => msg.startsWith('POST /v1/images'))?.['client'];
  };

  it.each<[Record<string, string>, string, string]>([
    [{}, '203.0.113.9', '127.0.0.1'],
    [{ TRUSTED_PROXIES: 'loopback' }, '203.0.113.9', '203.0.113.9'],
    [{ TRUSTED_PROXIES: '127.0.0.1/32' }, '198.51.100.7, 203.0.113.9', '203.0.113.9'],
    [{ TRUSTED_PROXIES: 'loopback, 203.0.113.0/24' }, '198.51.100.7, 203.0.113.9', '198.51.100.7'],
    [{ TRUSTED_PROXIES: '10.0.0.0/8' }, '203.0.113.9', '127.0.0.1'],
  ])('with %j and %s', async (env, forwarded, client) => {
    expect(await clientOf(env, forwarded)).toBe(client);
  });
});

describe('text with an unusual encoding', () => {
  let easel: RunningEasel;
  beforeEach(async () => {
    easel = await startEasel();
  });
  afterEach(() => easel.close());

  const post = (body: Buffer | string, headers: Record<string, string> = {}) =>
    fetch(`${easel.url}/v1/images/generations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : new Uint8Array(body),
    });
  const promptSent = (): unknown => {
    const [request] = easel.emulator.requests;
    return (request?.body as { contents: [{ parts: [{ text: string }] }] }).contents[0].parts[0]
      .text;
  };

  it.each([
    ['short', 'boat \\ud83d', 'boat \ufffd'],
    ['long', `${'x'.repeat(2000)}\\ud83d`, `${'x'.repeat(2000)}\ufffd`],
    ['whole', 'boat \\ud83d\\ude80', 'boat 🚀'],
  ])('a surrogate, %s', async (_name, written, sent) => {
    expect((await post(`{"prompt":"${written}"}`)).status).toBe(200);
    expect(promptSent()).toBe(sent);
  });

  it.each<[string, Buffer]>([
    ['short', Buffer.from([...Buffer.from('{"prompt":"bo'), 0xff, ...Buffer.from('at"}')])],
    [
      'long',
      Buffer.from([...Buffer.from(`{"prompt":"${'x'.repeat(2000)}`), 0xe4, ...Buffer.from('"}')]),
    ],
    ['in a name', Buffer.from([...Buffer.from('{"prompt":"x","'), 0xc3, ...Buffer.from('":1}')])],
  ])('bytes that are no UTF-8, %s, cost nothing', async (_name, body) => {
    const response = await post(body);
    expect(response.status).toBe(400);
    expect(((await response.json()) as ErrorBody).error.message).toContain('UTF-8');
    expect(easel.emulator.requests).toHaveLength(0);
  });

  it('the same in a form', async () => {
    const boundary = 'xx';
    const body = Buffer.concat([
      Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nbo`),
      Buffer.from([0xff]),
      Buffer.from(`at\r\n--${boundary}--\r\n`),
    ]);
    const response = await fetch(`${easel.url}/v1/images/edits`, {
      method: 'POST',
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
      body: new Uint8Array(body),
    });
    expect(response.status).toBe(400);
    expect(((await response.json()) as ErrorBody).error.message).toContain('UTF-8');
  });

  it.each<[string, Record<string, string>]>([
    ['an empty Content-Encoding', { 'content-encoding': '' }],
    ['ASCII', { 'content-type': 'application/json; charset=us-ascii' }],
    ['a charset in quotes', { 'content-type': 'application/json; charset="UTF-8"' }],
  ])('is accepted with %s', async (_name, headers) => {
    expect((await post('{"prompt":"x"}', headers)).status).toBe(200);
  });
});
