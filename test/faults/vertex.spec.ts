import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import type { Account } from '../../src/accounts/account';
import { parseAccounts } from '../../src/accounts/config/accounts-file';
import { startTokenServer, type FakeTokenServer } from '../fake-token-server';
import { startVertex, type FakeVertex } from '../fake-vertex';
import { form, mask, picture } from '../pictures';
import {
  startEasel,
  type EaselOptions,
  type ErrorBody,
  type ImagesBody,
  type RunningEasel,
} from '../running-easel';

const EMAIL = 'vertex@x.org';

let tokens: FakeTokenServer;
let vertex: FakeVertex;
let easel: RunningEasel;

beforeEach(async () => {
  [tokens, vertex] = await Promise.all([startTokenServer(), startVertex()]);
});
afterEach(async () => {
  await easel.close();
  await Promise.all([tokens.close(), vertex.close()]);
});

/** Accounts as an accounts file has them, on the fake Vertex; with the service account unless named. */
function accountsFrom(...entries: readonly Record<string, unknown>[]): readonly Account[] {
  const files: Record<string, object> = {
    '/service.json': tokens.serviceAccount,
    '/user.json': {
      type: 'authorized_user',
      client_id: 'client-id',
      client_secret: 'client-secret',
      refresh_token: 'refresh-token',
      quota_project_id: 'billed',
      token_uri: tokens.uri,
    },
  };
  const accounts = entries.map((entry, index) => ({
    email: index === 0 ? EMAIL : `vertex-${index + 1}@x.org`,
    provider: 'vertex',
    credentialsFile: '/service.json',
    baseUrl: vertex.url,
    maxConcurrency: 30,
    ...entry,
  }));
  return parseAccounts(JSON.stringify({ accounts }), (path) => JSON.stringify(files[path]));
}

async function start(options: EaselOptions = {}): Promise<void> {
  easel = await startEasel({ otherAccounts: accountsFrom({}), ...options });
}

interface ShownAccount {
  readonly email: string;
  readonly state: string;
  readonly reason: string | null;
  readonly failures: number;
}

async function accountOf(email = EMAIL): Promise<ShownAccount | undefined> {
  const response = await fetch(`${easel.url}/v1/accounts`);
  const { data } = (await response.json()) as { data: ShownAccount[] };
  return data.find((candidate) => candidate.email === email);
}

async function stateOf(email = EMAIL): Promise<string> {
  const account = await accountOf(email);
  return [account?.state, account?.reason].filter(Boolean).join(': ');
}

const codeOf = async (response: Response) => ((await response.json()) as ErrorBody).error.code;
const bearers = () => vertex.requests.map(({ headers }) => headers.authorization);

describe('an image from Vertex AI', () => {
  it.each([
    ['flex', 'flex'],
    ['priority', 'priority'],
    ['default', undefined],
  ])('requests the tier %s by a header', async (service_tier, header) => {
    await start();
    const response = await easel.generate({ prompt: 'x', service_tier });
    expect(response.status).toBe(200);
    await response.arrayBuffer();
    const [request] = vertex.requests;
    expect(request?.headers['x-vertex-ai-llm-shared-request-type']).toBe(header);
    expect(request?.body).not.toHaveProperty('serviceTier');
  });

  it('is made with a token of the service account, and under the account’s name', async () => {
    await start();
    const response = await easel.generate({ prompt: 'x', size: '1920x1080', quality: 'hd' });
    const body = (await response.json()) as ImagesBody;
    expect(response.status).toBe(200);
    expect(response.headers.get('x-account-email')).toBe(EMAIL);
    expect(response.headers.get('x-upstream')).toBeNull();
    expect(body).toMatchObject({
      output_format: 'png',
      size: '64x64',
      usage: { total_tokens: 1123 },
    });
    expect(vertex.requests).toHaveLength(1);
    expect(vertex.requests[0]).toMatchObject({
      path: '/v1/projects/acme-images/locations/global/publishers/google/models/gemini-3-pro-image:generateContent',
      headers: { authorization: `Bearer ${tokens.tokens[0] ?? ''}` },
      body: {
        contents: [{ role: 'user' }],
        generationConfig: { imageConfig: { aspectRatio: '16:9', imageSize: '4K' } },
      },
    });
    expect(vertex.requests[0]?.headers['x-goog-api-key']).toBeUndefined();
    expect(vertex.requests[0]?.headers['x-goog-user-project']).toBeUndefined();
  });

  it('requests the token from the key’s token_uri, with an assertion for that address', async () => {
    await start();
    await easel.generate({ prompt: 'x' });
    expect(tokens.requests).toHaveLength(1);
    expect(tokens.requests[0]).toMatchObject({
      path: new URL(tokens.uri).pathname,
      form: { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer' },
      claims: {
        iss: 'images@acme-images.iam.gserviceaccount.com',
        aud: tokens.uri,
        scope: 'https://www.googleapis.com/auth/cloud-platform',
      },
    });
  });

  it('is made on behalf of a user, and counted for the user’s quota project', async () => {
    await start({
      otherAccounts: accountsFrom({ credentialsFile: '/user.json', project: 'p', location: 'eu' }),
    });
    expect((await easel.generate({ prompt: 'x' })).status).toBe(200);
    expect(tokens.requests[0]?.form).toEqual({
      grant_type: 'refresh_token',
      client_id: 'client-id',
      client_secret: 'client-secret',
      refresh_token: 'refresh-token',
    });
    expect(vertex.requests[0]?.path).toMatch(/^\/v1\/projects\/p\/locations\/eu\//);
    expect(vertex.requests[0]?.headers['x-goog-user-project']).toBe('billed');
  });

  it('has no key and no token in the log, nor in a response', async () => {
    await start();
    await easel.generate({ prompt: 'x' });
    tokens.response({
      status: 400,
      body: { error: 'invalid_grant', error_description: 'of images@' },
    });
    vertex.refused.add(tokens.tokens[0] ?? '');
    const response = await easel.generate({ prompt: 'y' });
    const shown = JSON.stringify([...response.headers]) + (await response.text());
    expect(response.status).toBe(503);
    const text = `${easel.rawLog()}${shown}${await stateOf()}`;
    for (const secret of ['ya29', 'PRIVATE KEY', 'assertion', 'images@', tokens.uri, vertex.url]) {
      expect(text).not.toContain(secret);
    }
    expect(easel.rawLog()).toContain('token: invalid_grant');
  });
});

describe('the format of an image', () => {
  it.each<[string, object, unknown, string]>([
    ['none', {}, undefined, 'png'],
    ['PNG', { output_format: 'png' }, { mimeType: 'image/png' }, 'png'],
    [
      'JPEG',
      { output_format: 'jpeg' },
      { mimeType: 'image/jpeg', compressionQuality: 100 },
      'jpeg',
    ],
    [
      'a compressed JPEG',
      { output_format: 'jpeg', output_compression: 40 },
      { mimeType: 'image/jpeg', compressionQuality: 40 },
      'jpeg',
    ],
    ['WebP, which Vertex lacks', { output_format: 'webp' }, undefined, 'webp'],
  ])('is asked of Vertex: %s', async (_name, fields, options, format) => {
    await start();
    const response = await easel.generate({ prompt: 'x', ...fields });
    const body = (await response.json()) as ImagesBody;
    expect(body.output_format).toBe(format);
    expect(vertex.requests[0]?.body.generationConfig.imageConfig).toEqual({
      aspectRatio: '1:1',
      ...(options === undefined ? {} : { imageOutputOptions: options }),
    });
  });

  it('is taken as Vertex made it, not compressed twice', async () => {
    await start();
    const fields = { prompt: 'x', output_format: 'jpeg', output_compression: 40 };
    const body = (await (await easel.generate(fields)).json()) as ImagesBody;
    const raw = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, index) => (index * 7) % 256));
    const once = await sharp(raw, { raw: { width: 64, height: 64, channels: 3 } })
      .jpeg({ quality: 40 })
      .toBuffer();
    expect(body.data[0]?.b64_json).toBe(once.toString('base64'));
  });

  it.each([
    ['png', 'jpeg'],
    ['jpeg', 'png'],
  ] as const)('is converted by Easel if Vertex returns %s anyway', async (insistence, wanted) => {
    vertex.insistOn(insistence);
    await start();
    const fields = { prompt: 'x', output_format: wanted };
    const body = (await (await easel.generate(fields)).json()) as ImagesBody;
    expect(body.output_format).toBe(wanted);
    expect(body.data[0]?.b64_json).toMatch(wanted === 'png' ? /^iVBOR/ : /^\/9j\//);
  });

  it('is not requested from Vertex with a mask, because Easel encodes that image', async () => {
    await start();
    const [image, hole] = await Promise.all([
      picture(40, 30),
      mask(40, 30, (x) => (x < 20 ? 0 : 255)),
    ]);
    const response = await easel.edit(
      form(['image', image], ['mask', hole], ['prompt', 'x'], ['output_format', 'jpeg']),
    );
    expect(await response.json()).toMatchObject({ output_format: 'jpeg', size: '40x30' });
    expect(vertex.requests[0]?.body.generationConfig).not.toHaveProperty('imageConfig');
  });

  it.each(['png', 'jpeg'])('is never requested from the Developer API: %s', async (wanted) => {
    await start({ accounts: 1, otherAccounts: [] });
    const response = await easel.generate({ prompt: 'x', output_format: wanted });
    expect(response.status).toBe(200);
    expect(JSON.stringify(easel.emulator.requests)).not.toContain('imageOutputOptions');
  });
});

describe('a token', () => {
  it('is requested once, however many calls wait for it', async () => {
    tokens.response({ afterMs: 200 });
    await start({ otherAccounts: accountsFrom({}, { location: 'us-central1' }) });
    const responses = await Promise.all(
      Array.from({ length: 10 }, () => easel.generate({ prompt: 'x', n: 2 })),
    );
    expect(responses.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(vertex.requests).toHaveLength(20);
    expect(new Set(bearers())).toEqual(new Set([`Bearer ${tokens.tokens[0] ?? ''}`]));
    expect(tokens.requests).toHaveLength(1);
  });

  it('is requested once, even if the first client has disconnected', async () => {
    tokens.response({ afterMs: 400 });
    await start();
    const client = new AbortController();
    const left = fetch(`${easel.url}/v1/images/generations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"prompt":"x"}',
      signal: client.signal,
    }).catch(() => 'gone');
    await sleep(100);
    const stays = easel.generate({ prompt: 'y' });
    await sleep(100);
    client.abort();
    expect(await left).toBe('gone');
    expect((await stays).status).toBe(200);
    expect(tokens.requests).toHaveLength(1);
    expect(vertex.requests).toHaveLength(1);
  });

  it('is requested directly, whatever proxy the environment names', async () => {
    process.env['HTTPS_PROXY'] = process.env['HTTP_PROXY'] = 'http://127.0.0.1:9';
    try {
      await start();
      expect((await easel.generate({ prompt: 'x' })).status).toBe(200);
    } finally {
      delete process.env['HTTPS_PROXY'];
      delete process.env['HTTP_PROXY'];
    }
  });

  it('is renewed early, while the old one still serves', async () => {
    tokens.response({ expiresInS: 4 });
    await start();
    await easel.generate({ prompt: 'x' });
    tokens.response({ afterMs: 300 });
    await sleep(2200);
    await easel.generate({ prompt: 'y' });
    expect(bearers()).toEqual(Array(2).fill(`Bearer ${tokens.tokens[0] ?? ''}`));
    await sleep(500);
    await easel.generate({ prompt: 'z' });
    expect(tokens.requests).toHaveLength(2);
    expect(bearers()[2]).toBe(`Bearer ${tokens.tokens[1] ?? ''}`);
  });

  it('that Vertex refuses is renewed, once for all calls, and each call made again', async () => {
    await start();
    await easel.generate({ prompt: 'x' });
    vertex.refused.add(tokens.tokens[0] ?? '');
    const responses = await Promise.all(
      Array.from({ length: 5 }, () => easel.generate({ prompt: 'y' })),
    );
    expect(responses.map(({ status }) => status)).toEqual(Array(5).fill(200));
    expect(tokens.requests).toHaveLength(2);
    // Each call is an attempt of its own, and none blames the account.
    const { failures } = (await accountOf()) ?? { failures: 0 };
    expect(failures).toBeGreaterThan(0);
    expect(await accountOf()).toMatchObject({ state: 'ready', requests: 6 + failures, images: 6 });
    expect(vertex.requests).toHaveLength(6 + failures);
    const metrics = await (await fetch(`${easel.url}/metrics`)).text();
    expect(metrics).toMatch(new RegExp(`outcome="stale_token".* ${failures}\\b`));
  });

  it('that Vertex refuses is not renewed beyond the attempts of an image', async () => {
    await start({ env: { MAX_ATTEMPTS_PER_IMAGE: '1' } });
    vertex.refused.add('ya29.token-1');
    expect((await easel.generate({ prompt: 'x' })).status).toBe(502);
    expect(vertex.requests).toHaveLength(1);
    expect(await stateOf()).toBe('ready');
    expect((await easel.generate({ prompt: 'y' })).status).toBe(200);
    expect(bearers()[1]).toBe('Bearer ya29.token-2');
  });

  it('that Vertex refuses a stream for is renewed as well', async () => {
    await start();
    vertex.refused.add('ya29.token-1');
    const response = await easel.generate({ prompt: 'x', stream: true });
    expect(await response.text()).toContain('image_generation.completed');
    expect(await accountOf()).toMatchObject({
      state: 'ready',
      requests: 2,
      images: 1,
      failures: 1,
    });
  });

  it('that is refused again disables the account', async () => {
    await start();
    vertex.refused.add('ya29.token-1').add('ya29.token-2');
    const response = await easel.generate({ prompt: 'x' });
    expect(response.status).toBe(503);
    expect(await codeOf(response)).toBe('no_account_available');
    expect(vertex.requests).toHaveLength(2);
    expect(tokens.requests).toHaveLength(2);
    expect(await stateOf()).toBe('disabled: 401 UNAUTHENTICATED ACCESS_TOKEN_EXPIRED');
  });
});

describe('a token endpoint', () => {
  it.each([
    [400, { error: 'invalid_grant', error_description: 'Account not found' }, 'invalid_grant'],
    [401, { error: 'invalid_client', error_description: 'prose' }, 'invalid_client'],
    [403, { error: 'unauthorized_client' }, 'unauthorized_client'],
    [401, {}, '401'],
  ])('that says %s %j disables the account', async (status, body, reason) => {
    tokens.response({ status, body });
    await start({ accounts: 1 });
    const response = await easel.generate({ prompt: 'x', n: 4 });
    expect(response.status).toBe(200);
    expect(await stateOf()).toBe(`disabled: token: ${reason}`);
    expect(vertex.requests).toHaveLength(0);
    // And it gets no further call.
    const asked = tokens.requests.length;
    await easel.generate({ prompt: 'y', n: 4 });
    expect(tokens.requests).toHaveLength(asked);
  });

  it.each<[string, Parameters<FakeTokenServer['response']>[0]]>([
    ['fails', { status: 500, body: { error: 'internal_failure' } }],
    ['is overloaded', { status: 503, body: '<html>' }],
    ['answers without a token', { body: {} }],
    ['redirects', { status: 307, body: {}, location: '/elsewhere' }],
  ])('that %s is a transient fault', async (_name, reply) => {
    tokens.response(reply);
    await start({ env: { MAX_ATTEMPTS_PER_IMAGE: '2' } });
    const response = await easel.generate({ prompt: 'x' });
    expect(response.status).toBe(502);
    expect(await codeOf(response)).toBe('upstream_error');
    const { pathname } = new URL(tokens.uri);
    expect(tokens.requests.map(({ path }) => path)).toEqual([pathname, pathname]);
    expect(await stateOf()).toBe('ready');
    tokens.response();
    expect((await easel.generate({ prompt: 'y' })).status).toBe(200);
  });

  it.each<[string, Parameters<FakeTokenServer['response']>[0]]>([
    ['in OAuth’s words', { status: 429, body: { error: 'rate_limit_exceeded' }, retryAfter: '33' }],
    ['in HTML', { status: 429, body: '<html>', retryAfter: '33' }],
  ])('that is asked too often is a rate limit, %s', async (_name, answer) => {
    tokens.response(answer);
    await start();
    const response = await easel.generate({ prompt: 'x' });
    expect(response.status).toBe(429);
    expect(await codeOf(response)).toBe('rate_limit_exceeded');
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(20);
    expect(tokens.requests).toHaveLength(1);
    expect(await stateOf()).toMatch(/^cooling: token: /);
  });

  it('that is unreachable is a transient failure', async () => {
    await start({ env: { MAX_ATTEMPTS_PER_IMAGE: '2' } });
    await tokens.close();
    const response = await easel.generate({ prompt: 'x' });
    expect(response.status).toBe(502);
    expect(await stateOf()).toBe('ready');
    expect(easel.rawLog()).toContain('token: ECONNREFUSED');
    tokens = await startTokenServer();
  });

  it('that is silent does not hold a request beyond its deadline', async () => {
    tokens.response({ afterMs: 5000 });
    await start({ env: { REQUEST_DEADLINE_MS: '1000' } });
    const response = await easel.generate({ prompt: 'x' });
    expect(response.status).toBe(504);
    expect(await codeOf(response)).toBe('upstream_timeout');
    expect(await stateOf()).toBe('ready');
  });
});
