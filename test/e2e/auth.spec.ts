import { mkdtempSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Consumer } from '../../src/context/consumer';
import { keyDigest, type ConfiguredConsumer } from '../../src/context/consumer-registry';
import { converse } from '../raw-client';
import { startEasel, type ErrorBody, type RunningEasel } from '../running-easel';

const KEY = 'the-right-key-0123456789';

/** A path that fits the pattern of a route. */
const concrete = (pattern: string) =>
  pattern
    .replace(/\{.*\}$/, '')
    .replace(/(?<!\\)[:*]\w+/g, 'gemini-3-pro-image')
    .replaceAll('\\', '');

interface Target {
  readonly method: string;
  readonly path: string;
}

/** The status of the calls below once they are let in, if it is not 200. */
const ADMITTED: Readonly<Record<string, number>> = {
  // A body of OpenAI's is none of Gemini's.
  'POST /v1beta/models/gemini-3-pro-image:generateContent': 400,
  'POST /v1beta/models/gemini-3-pro-image:streamGenerateContent': 400,
  'POST /v1beta/models/gemini-3-pro-image:countTokens': 400,
  'POST /v1beta/models/gemini-3-pro-image:predict': 400,
  'POST /v1/chat/completions': 400,
  'GET /console/assets/gemini-3-pro-image': 404,
  'HEAD /console/assets/gemini-3-pro-image': 404,
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
  // No key is named, and no such request was ever made.
  'GET /v1/requests': 400,
  'HEAD /v1/requests': 400,
  'GET /v1/requests/gemini-3-pro-image': 404,
  'HEAD /v1/requests/gemini-3-pro-image': 404,
  // Whatever the key: the signature is wrong.
  'GET /files/gemini-3-pro-image': 403,
  'HEAD /files/gemini-3-pro-image': 403,
  'GET /': 404,
  'GET /v1/unknown': 404,
  'GET /v1/healthz': 404,
  'GET /%E0%A4%A': 404,
  'GET /docs/LICENSE': 404,
  'HEAD /docs/LICENSE': 404,
  'GET /docs/nothing-here': 404,
  'POST /healthz': 405,
  'DELETE /v1/models': 405,
  'DELETE /v1/accounts': 405,
};

function admitted({ method, path }: Target): number {
  return method === 'OPTIONS' ? 204 : (ADMITTED[`${method} ${path}`] ?? 200);
}

async function drained(response: Response): Promise<void> {
  if (!response.bodyUsed) {
    await response.arrayBuffer();
  }
}

const configured = (name: string, fields: Partial<Consumer> = {}): ConfiguredConsumer => ({
  consumer: { name, role: 'member', enabled: true, ...fields },
  keys: [keyDigest(`key-of-${name}`).toString('hex')],
});

const CONSUMERS = [
  configured('member'),
  configured('monitor', { role: 'monitor' }),
  configured('operator', { role: 'operator' }),
  configured('expired', { role: 'operator', expiresAt: Date.now() - 1 }),
  configured('disabled', { role: 'operator', enabled: false }),
];

/** What a request presents: each a column of the matrix. */
const CALLERS = {
  none: {},
  wrong: { authorization: 'Bearer a-wrong-key-0123456789' },
  expired: { authorization: 'Bearer key-of-expired' },
  disabled: { authorization: 'Bearer key-of-disabled' },
  proxy: { authorization: `Bearer ${KEY}` },
  operator: { authorization: 'Bearer key-of-operator' },
  member: { authorization: 'Bearer key-of-member' },
  monitor: { authorization: 'Bearer key-of-monitor' },
} as const satisfies Record<string, Record<string, string>>;

type Caller = keyof typeof CALLERS;

const KEYLESS: readonly Caller[] = ['none', 'wrong', 'expired', 'disabled'];

/** Which roles may call a route, in addition to operators. A route that is missing here fails the test. */
const MAY: Readonly<Record<string, readonly Caller[] | 'probe' | 'public'>> = {
  'GET /files/:file': 'public',
  'GET /v1/requests': ['member'],
  'GET /v1/requests/:id': ['member'],
  'GET /healthz': 'probe',
  'GET /readyz': 'probe',
  'GET /metrics': ['monitor'],
  'GET /v1/models': ['member'],
  'GET /v1/models/*id': ['member'],
  'GET /v1/key': ['member', 'monitor'],
  'GET /console': 'public',
  'GET /console/assets/:name': 'public',
  'GET /console/config': ['member'],
  'POST /v1/images/plan': ['member'],
  'GET /v1/usage': ['member', 'monitor'],
  'GET /v1/organization/usage/images': [],
  'GET /v1/organization/costs': [],
  'GET /v1/accounts': ['monitor'],
  'POST /v1/accounts/:email/enable': [],
  'POST /v1/accounts/:email/disable': [],
  'POST /v1/images/generations': ['member'],
  'POST /v1/images': ['member'],
  'POST /v1/chat/completions': ['member'],
  'GET /v1/images/models': ['member'],
  'GET /v1beta/models': ['member'],
  'GET /v1beta/models/:model': ['member'],
  'POST /v1beta/models/:model\\:generateContent': ['member'],
  'POST /v1beta/models/:model\\:streamGenerateContent': ['member'],
  'POST /v1beta/models/:model\\:countTokens': ['member'],
  'POST /v1beta/models/:model\\:predict': ['member'],
  'POST /v1/images/edits': ['member'],
  'POST /v1/images/variations': ['member'],
};

/** OpenAI's object, or Google's on its own routes. */
function errorOf(path: string, status: number, caller: Caller): object {
  if (path.startsWith('/v1beta/')) {
    return { code: status, status: status === 401 ? 'UNAUTHENTICATED' : 'PERMISSION_DENIED' };
  }
  const wrongKey = caller === 'none' ? null : 'invalid_api_key';
  const code = status === 401 ? wrongKey : 'insufficient_permissions';
  return { type: 'invalid_request_error', param: null, code };
}

interface Row extends Target {
  readonly may: readonly Caller[] | 'probe' | 'public';
}

/** Paths and methods without a route: every role gets the same 404 or 405. */
const NO_ROUTES: readonly Target[] = [
  { method: 'GET', path: '/' },
  { method: 'GET', path: '/v1/unknown' },
  { method: 'POST', path: '/healthz' },
  { method: 'DELETE', path: '/v1/models' },
  { method: 'DELETE', path: '/v1/accounts' },
  { method: 'GET', path: '/v1/healthz' },
  { method: 'GET', path: '/%E0%A4%A' },
];

/** The routes of the router that `MAY` says nothing of. */
function undecidedRoutes(easel: RunningEasel): readonly string[] {
  return easel.routes
    .list()
    .filter(({ path }) => !/^\/docs\b/.test(path))
    .flatMap(({ path, methods }) => methods.map((method) => `${method} ${path}`))
    .filter((route) => !/^(?:HEAD|OPTIONS) /.test(route) && MAY[route] === undefined);
}

/** Every route there is, read off the router: a new one cannot be forgotten, see `undecidedRoutes`. */
function rowsOf(easel: RunningEasel): readonly Row[] {
  const routes = easel.routes.list().flatMap(({ path, methods }) =>
    methods.flatMap((method): readonly Row[] => {
      const isDocs = /^\/docs\b/.test(path);
      const decided = isDocs
        ? (['member'] as const)
        : MAY[`${method === 'HEAD' ? 'GET' : method} ${path}`];
      // OPTIONS lists the methods, to any valid key.
      const may = method === 'OPTIONS' ? (['member', 'monitor'] as const) : decided;
      // A separate test names the routes that MAY lacks; nothing is expected of them here yet.
      return may === undefined ? [] : [{ method, path: concrete(path), may }];
    }),
  );
  return [
    ...routes,
    ...NO_ROUTES.map((target): Row => ({ ...target, may: ['member', 'monitor'] })),
  ];
}

describe.each(['off', 'strict', 'all_except_health'] as const)(
  'with PROXY_AUTH_MODE=%s',
  (mode) => {
    let easel: RunningEasel;

    beforeAll(async () => {
      easel = await startEasel({
        env: {
          PROXY_AUTH_MODE: mode,
          PROXY_API_KEY: KEY,
          IMAGE_STORE: 'disk',
          DATA_DIR: mkdtempSync(join(tmpdir(), 'easel-')),
        },
        consumers: CONSUMERS,
      });
    });
    afterAll(() => easel.close());

    const call = ({ method, path }: Target, headers: Record<string, string>) =>
      fetch(`${easel.url}${path}`, {
        method,
        headers: { 'content-type': 'application/json', ...headers },
        ...(method === 'POST' ? { body: '{"prompt":"x"}' } : {}),
      });

    function expected(row: Row, caller: Caller): number {
      const isProbe = row.may === 'probe' && ['GET', 'HEAD'].includes(row.method);
      const isPublic = row.may === 'public';
      if (mode === 'off' || isPublic || (mode === 'all_except_health' && isProbe)) {
        // Where everybody is the same, no request is anybody's own.
        const isUnknown = mode === 'off' && row.path === '/v1/requests' && row.method !== 'OPTIONS';
        return isUnknown ? 404 : admitted(row);
      }
      if (KEYLESS.includes(caller)) {
        return 401;
      }
      const isOperator = caller === 'proxy' || caller === 'operator';
      return isOperator || !Array.isArray(row.may) || row.may.includes(caller)
        ? admitted(row)
        : 403;
    }

    it('reads the routes from the router', () => {
      const paths = easel.routes.list().map(({ path }) => path);
      expect(paths).toEqual(
        expect.arrayContaining([
          '/files/:file',
          '/healthz',
          '/readyz',
          '/docs',
          '/docs-json',
          '/v1/images/generations',
        ]),
      );
    });

    it('has each of them in MAY, above, with the roles of its @Access, or [] for operators only', () => {
      expect(undecidedRoutes(easel)).toEqual([]);
    });

    it.each(Object.keys(CALLERS) as Caller[])(
      'decides on every route with the key: %s',
      async (caller) => {
        for (const row of rowsOf(easel)) {
          const { method, path } = row;
          const response = await call(row, CALLERS[caller]);
          const { status } = response;
          expect({ method, path, status }).toEqual({ method, path, status: expected(row, caller) });
          if ([401, 403].includes(status) && method !== 'HEAD' && row.may !== 'public') {
            expect(await response.json()).toMatchObject({ error: errorOf(path, status, caller) });
          }
          // An unread body keeps its connection open, and with it the test process.
          await drained(response);
        }
      },
    );

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

describe('a role', () => {
  let easel: RunningEasel;

  beforeAll(async () => {
    easel = await startEasel({
      env: { PROXY_AUTH_MODE: 'strict', PROXY_API_KEY: KEY },
      consumers: CONSUMERS,
    });
  });
  afterAll(() => easel.close());

  /** Other ways to write a path; a router that takes one of them must ask for the role there as well. */
  const spellings = (path: string): readonly string[] => [
    `${path}/`,
    `${path}//`,
    `/${path}`,
    path.replace(/\/(?=[^/]*$)/, '//'),
    path.toUpperCase(),
    path.replace(/[a-z]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
    path.replaceAll('/', '%2f').replace('%2f', '/'),
    path.replace(/\w(?=\w*$)/, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
    `/.${path}`,
    `/docs/..${path}`,
    `/docs/%2e%2e${path}`,
    `${path}/.`,
    `${path};a=b`,
    `${path}?role=operator`,
    `${path}?_method=GET`,
    `${path}?_method=POST`,
    `${path}%20`,
    `${path}%00`,
    `http://easel${path}`,
    path.replace('/v1', ''),
    path.replace('/v1', '/api/v1'),
    path.replace('/v1', '/v1/v1'),
    path.replace('/v1', '/V1'),
    path.replace('/v1', '/v1beta/openai'),
    path.replace('/v1', '/openai/v1'),
  ];

  /** Of a reply that no route has given: not HTTP, or no such route, or not for this role. */
  const REFUSAL =
    /^(400 Your request is not|403 The key of|404 Invalid URL|404 Not found|405 Not allowed)/;

  /** The reply's status and message, to a request whose path no client library tidies up. */
  async function replyTo(verb: string, path: string, role: string): Promise<string> {
    const body = verb === 'POST' ? '{"prompt":"x","_method":"GET"}' : '';
    // The other method of those that routes have.
    const override = verb === 'POST' ? 'GET' : 'POST';
    const { hostname, port } = new URL(easel.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      [
        `${verb} ${path} HTTP/1.1`,
        'Host: easel',
        `Authorization: Bearer key-of-${role}`,
        `X-HTTP-Method-Override: ${override}`,
        `X-HTTP-Method: ${override}`,
        `X-Method-Override: ${override}`,
        'X-Original-URL: /v1/accounts',
        'Content-Type: application/json',
        `Content-Length: ${body.length}`,
        'Connection: close',
        '',
        body,
      ].join('\r\n'),
    );
    const reply = await text(socket);
    const [, status = ''] = /^HTTP\/1\.1 (\d+)/.exec(reply) ?? [];
    const [, message = ''] = /"message":\s*"([^"]+)/.exec(reply) ?? [];
    return `${status} ${message}`;
  }

  it.each(['monitor', 'member'] as const)(
    'of a %s reaches no route of others by any spelling',
    async (role) => {
      const forbidden = rowsOf(easel).filter(
        ({ may }) => Array.isArray(may) && !may.includes(role),
      );
      expect(forbidden.map(({ path }) => path)).toContain(
        role === 'member' ? '/v1/accounts' : '/v1/models',
      );
      for (const { method, path } of forbidden) {
        // Were it let in, its reply would be another one. Of the license there is a route, but no file.
        const isNoticed = !REFUSAL.test(await replyTo(method, path, 'operator'));
        expect(isNoticed || path === '/docs/LICENSE').toBe(true);
      }
      const before = easel.emulator.requests.length;
      const allowed = new Set(
        rowsOf(easel)
          .filter(({ may }) => Array.isArray(may) && may.includes(role))
          .map(({ method, path }) => `${method} ${path}`),
      );
      // A route's GET and HEAD have the same spellings, and those of /v1/images are some of others: each is tried once.
      const tried = new Set<string>();
      for (const { method, path } of forbidden) {
        for (const spelling of [path, ...spellings(path)]) {
          for (const verb of new Set([method, 'HEAD', 'GET', 'POST'])) {
            if (tried.has(`${verb} ${spelling}`)) {
              continue;
            }
            tried.add(`${verb} ${spelling}`);
            const reply = await replyTo(verb, spelling, role);
            // Whatever is let in was another route than the one that is meant.
            const isOwn = allowed.has(`${verb} ${spelling.replace(/\?.*$/, '')}`);
            // Replies to HEAD have no message.
            const isRefused = REFUSAL.test(reply) || (verb === 'HEAD' && /^40[345] $/.test(reply));
            const isFine = isRefused || isOwn;
            if (!isFine) {
              expect([verb, spelling, reply]).toEqual([]);
            }
          }
        }
      }
      if (role === 'monitor') {
        expect(easel.emulator.requests.slice(before)).toEqual([]);
      }
    },
  );

  it.each<[Caller, string, number]>([
    ['member', '/v1/models', 403],
    ['monitor', '/v1/accounts', 403],
    ['operator', '/v1/models', 200],
    ['member', '/v1/unknown', 404],
    ['member', '/healthz', 200],
  ])('decides whether a %s may choose an account, on %s: %i', async (caller, path, status) => {
    const response = await fetch(`${easel.url}${path}`, {
      headers: { ...CALLERS[caller], 'x-account-email': 'account-1@test' },
    });
    expect(response.status).toBe(status);
    const body = await response.json();
    if (status === 403) {
      expect((body as ErrorBody).error).toMatchObject({
        code: 'insufficient_permissions',
        message: 'Only an operator may choose an account. Leave X-Account-Email out.',
      });
    }
  });

  it('is decided before the body is read', async () => {
    const head = [
      'POST /v1/images/generations HTTP/1.1',
      'Host: easel',
      'Authorization: Bearer key-of-monitor',
      'Content-Type: application/json',
      'Content-Length: 1000000',
    ];
    // Not one byte of the announced body is sent.
    const [response] = await converse(easel.url, [Buffer.from(`${head.join('\r\n')}\r\n\r\n`)], {
      kind: 'fast',
    });
    expect(response?.status).toBe(403);
  });

  it('names the consumer and its role in a refusal, but not the key', async () => {
    const response = await fetch(`${easel.url}/v1/accounts`, { headers: CALLERS.member });
    const { error } = (await response.json()) as ErrorBody;
    expect(error.message).toBe(
      "The key of 'member' has the role 'member', which may not use this route.",
    );
  });
});

describe('every handler of every controller', () => {
  it('lists the roles that may call it', async () => {
    const easel = await startEasel();
    try {
      const undecided = easel.undecidedHandlers();
      expect(undecided).toEqual([]);
    } finally {
      await easel.close();
    }
  });
});

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

  it('is checked before the body is read', async () => {
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
  ])('with %s, a client that sends Expect: 100-continue gets %s', async (_n, key, heard) => {
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

  it('is never sent upstream', async () => {
    await easel.generate({ prompt: 'x' }, { authorization: `Bearer ${KEY}`, 'x-api-key': KEY });
    const [sent] = easel.emulator.requests;
    expect(sent?.key).toMatch(/^key-of-/);
    expect(JSON.stringify(sent)).not.toContain(KEY);
  });
});
