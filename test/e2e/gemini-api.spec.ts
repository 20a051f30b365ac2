import { createHash, randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { parseAccounts } from '../../src/accounts/config/accounts-file';
import { startTokenServer, type FakeTokenServer } from '../fake-token-server';
import { startEasel, type EaselOptions, type RunningEasel } from '../running-easel';
import {
  imagePart,
  png,
  respond,
  respondWithError,
  startScriptedUpstream,
  type ScriptedCall,
  type ScriptedUpstream,
} from '../scripted-upstream';
import { until } from '../until';

const MODEL = 'gemini-3-pro-image';
const CALL = `/v1beta/models/${MODEL}:generateContent`;
const CONTENTS = [{ role: 'user', parts: [{ text: 'a cat' }] }];

interface GoogleError {
  readonly error: { readonly code: number; readonly message: string; readonly status: string };
}

describe('generateContent', () => {
  let easel: RunningEasel;
  let upstream: ScriptedUpstream;
  let image: string;
  /** What is answered to each call. */
  let script: (call: ScriptedCall) => void | Promise<void>;

  beforeAll(async () => {
    image = await png(32);
  });

  async function start(options: EaselOptions = {}, keys = 2): Promise<void> {
    script = (call) => {
      answer(call, JSON.stringify(respond([imagePart(image)], 'STOP'), undefined, 2));
    };
    upstream = await startScriptedUpstream((call) => script(call));
    easel = await startEasel({
      accounts: Array.from({ length: keys }, () => ({ baseUrl: upstream.url })),
      ...options,
    });
  }
  afterEach(async () => {
    await easel.close();
    await upstream.close();
  });

  const answer = ({ response }: ScriptedCall, body: string | Buffer, status = 200): void => {
    response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' });
    response.end(body);
  };
  const post = (
    body: string | Buffer | object,
    {
      path = CALL,
      headers = {},
      signal,
    }: { path?: string; headers?: Record<string, string>; signal?: AbortSignal } = {},
  ) =>
    fetch(`${easel.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body:
        typeof body === 'string' || Buffer.isBuffer(body)
          ? new Uint8Array(Buffer.from(body))
          : JSON.stringify(body),
      ...(signal && { signal }),
    });
  const sent = (index = 0) => upstream.calls[index]?.body ?? Buffer.alloc(0);
  const sentJson = (index = 0) => JSON.parse(sent(index).toString()) as Record<string, unknown>;
  const imageLine = () => easel.log.find(({ msg }) => msg.startsWith('POST /v1beta'));

  it('passes a body in which nothing must be touched, and its response, byte for byte', async () => {
    await start();
    const body = `{ "contents" : [ {"role":"user","parts":[{"text":"caf\\u00e9 \\/ 🐈"},{"inlineData":{"mimeType":"image/png","data":"${image}"}}]} ],\n\t"generationConfig":{"temperature":1.0,"seed":12345678901234567890,"imageConfig":{"imageSize":"2K","aspectRatio":"16:9"},"responseModalities":["TEXT","IMAGE"]},"safetySettings":[], "contents_":1e2 }\n`;
    const response = await post(body, {
      headers: {
        accept: 'application/json',
        'x-goog-api-client': 'google-genai-sdk/2',
        cookie: 'a=b',
        'x-goog-user-project': 'p',
      },
    });
    const expected = JSON.stringify(respond([imagePart(image)], 'STOP'), undefined, 2);
    expect(await response.text()).toBe(expected);
    expect(sent().toString()).toBe(body);
    expect(upstream.calls[0]?.path).toBe(CALL);
    const { headers } = upstream.calls[0] ?? {};
    expect(Object.keys(headers ?? {}).sort()).toEqual(
      [
        'accept',
        'accept-encoding',
        'connection',
        'content-length',
        'content-type',
        'host',
        'x-goog-api-client',
        'x-goog-api-key',
      ].filter((name) => name !== 'connection' || headers?.connection !== undefined),
    );
    expect(headers).toMatchObject({
      accept: 'application/json',
      'content-type': 'application/json',
      'x-goog-api-client': 'google-genai-sdk/2',
    });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/json; charset=UTF-8',
      'content-length': String(expected.length),
      'x-account-email': 'account-1@test',
      'x-images-requested': '1',
      'x-images-returned': '1',
      'x-image-model': MODEL,
      'x-image-aspect-ratio': '16:9',
      'x-image-size': '2K',
    });
    await until(() => imageLine() !== undefined);
    expect(imageLine()).toMatchObject({
      api: 'gemini',
      status: 200,
      images: {
        model: MODEL,
        size: '2K',
        ratio: '16:9',
        requested: 1,
        returned: 1,
        accounts: ['account-1@test'],
        inputs: 1,
      },
    });
  });

  it.each([
    ['compressed', (text: string) => gzipSync(text), { 'content-encoding': 'gzip' }],
    [
      'in UTF-16',
      (text: string) => Buffer.from(text, 'utf16le'),
      { 'content-type': 'application/json; charset=utf-16le' },
    ],
  ])('passes on the text of a body that arrives %s', async (_name, encode, headers) => {
    await start();
    const text = JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'Größe' }] }] });
    expect((await post(encode(text), { headers })).status).toBe(200);
    expect(sent().toString()).toBe(text);
    expect(upstream.calls[0]?.headers['content-type']).toBe('application/json');
    expect(upstream.calls[0]?.headers['content-encoding']).toBeUndefined();
  });

  it('corrects a lower-case size, a wrong type and a missing role, and nothing else', async () => {
    await start();
    const jpegLabel = { mime_type: 'image/jpeg', data: image };
    await post({
      contents: { parts: [{ text: 'x' }, { inline_data: jpegLabel }] },
      generation_config: { image_config: { image_size: '4k', aspect_ratio: '1:1' }, top_k: 3 },
      unknown: [{ a: null }],
    });
    expect(sentJson()).toEqual({
      contents: {
        role: 'user',
        parts: [{ text: 'x' }, { inline_data: { mime_type: 'image/png', data: image } }],
      },
      generation_config: { image_config: { image_size: '4K', aspect_ratio: '1:1' }, top_k: 3 },
      unknown: [{ a: null }],
    });
    expect(sent().includes(image)).toBe(true);
  });

  it.each([
    [
      'a refusal',
      { candidates: [{ finishReason: 'IMAGE_SAFETY', finishMessage: 'no', index: 0 }] },
    ],
    ['a blocked prompt', { promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: {} }],
    ['text alone', respond([{ text: 'Which cat?' }], 'STOP')],
    [
      'thoughts and signatures',
      respond(
        [
          { text: 'hm', thought: true },
          { thoughtSignature: 'c2ln', text: '' },
        ],
        'STOP',
      ),
    ],
    ['an empty object', {}],
  ])('passes %s as it is, and asks once', async (_name, said) => {
    await start();
    const text = JSON.stringify(said);
    script = (call) => {
      answer(call, text);
    };
    const response = await post({ contents: CONTENTS });
    expect([response.status, await response.text()]).toEqual([200, text]);
    expect(response.headers.get('x-images-returned')).toBe('0');
    expect(upstream.calls).toHaveLength(1);
    const metrics = await (await fetch(`${easel.url}/metrics`)).text();
    expect(/easel_account_images_total\{[^}]*outcome="made"/.test(metrics)).toBe(false);
    expect(/easel_account_images_total\{[^}]*outcome="/.test(metrics)).toBe(true);
  });

  it('uses the next account if a call fails, and shows no account’s failure', async () => {
    await start({}, 3);
    const keys: string[] = [];
    script = (call) => {
      keys.push(call.key);
      if (call.number === 1) {
        respondWithError(call, 429, 'RESOURCE_EXHAUSTED', [
          { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '40s' },
        ]);
      } else if (call.number === 2) {
        call.response.socket?.destroy();
      } else {
        answer(call, '{"candidates":[]}');
      }
    };
    const response = await post({ contents: CONTENTS });
    expect(await response.text()).toBe('{"candidates":[]}');
    expect(new Set(keys).size).toBe(3);
    expect(response.headers.get('x-account-email')).toBe('account-3@test');
  });

  it('says when to retry if every account is rate-limited', async () => {
    await start();
    script = (call) => {
      respondWithError(call, 429, 'RESOURCE_EXHAUSTED', [
        { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '40s' },
      ]);
    };
    const response = await post({ contents: CONTENTS });
    const { error } = (await response.json()) as { error: { details: object[] } };
    expect(response.status).toBe(429);
    const seconds = Number(response.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(30);
    expect(error).toMatchObject({ code: 429, status: 'RESOURCE_EXHAUSTED' });
    expect(error.details).toContainEqual({
      '@type': 'type.googleapis.com/google.rpc.RetryInfo',
      retryDelay: `${seconds}s`,
    });
    expect(upstream.calls).toHaveLength(2);
  });

  it('passes on Google’s error about an invalid request, without Google’s internal details', async () => {
    await start();
    const violation = {
      '@type': 'type.googleapis.com/google.rpc.BadRequest',
      fieldViolations: [{ field: 'generation_config', description: 'Cannot find field.' }],
    };
    const error = {
      code: 400,
      message: 'Invalid JSON payload received. Unknown name "x": Cannot find field.',
      status: 'INVALID_ARGUMENT',
      details: [
        violation,
        { '@type': 'type.googleapis.com/google.rpc.DebugInfo', detail: 'stack of a server' },
      ],
    };
    script = (call) => {
      answer(call, JSON.stringify({ error }), 400);
    };
    for (const path of [CALL, `/v1beta/models/${MODEL}:streamGenerateContent?alt=sse`]) {
      const response = await post({ contents: CONTENTS, x: 1 }, { path });
      expect(response.status).toBe(400);
      expect(await response.json()).toEqual({ error: { ...error, details: [violation] } });
      expect(response.headers.get('x-account-email')).toContain('@test');
    }
    expect(upstream.calls).toHaveLength(2);
    await until(() => imageLine() !== undefined);
    expect(imageLine()).toMatchObject({ status: 400, fault: 'invalid_request' });
  });

  it.each<[string, object, number, string]>([
    [
      'a file that is not there',
      { parts: [{ fileData: { fileUri: 'https://files.example/x', mimeType: 'image/png' } }] },
      403,
      'permission to access the File',
    ],
    ['the words of a bad key', { parts: 'API key not valid.' }, 400, 'Invalid value at'],
  ])('blames no account for %s', async (_name, content, status, words) => {
    easel = await startEasel({ accounts: 2 });
    upstream = await startScriptedUpstream(() => undefined);
    for (const method of ['generateContent', 'streamGenerateContent?alt=sse', 'countTokens']) {
      easel.emulator.reset();
      const path = `/v1beta/models/${MODEL}:${method}`;
      const response = await post({ contents: [{ role: 'user', ...content }] }, { path });
      const { error } = (await response.json()) as GoogleError;
      expect([response.status, error.code]).toEqual([status, status]);
      expect(error.message).toContain(words);
      expect(easel.emulator.requests).toHaveLength(1);
    }
    const { data } = (await (await fetch(`${easel.url}/v1/accounts`)).json()) as {
      readonly data: readonly object[];
    };
    expect(data).toMatchObject([{ state: 'ready' }, { state: 'ready' }]);
    expect((await easel.generate({ prompt: 'x' })).status).toBe(200);
  });

  it.each([
    ['a bad key', 400, 'INVALID_ARGUMENT', [{ reason: 'API_KEY_INVALID' }], 503],
    ['a missing model', 404, 'NOT_FOUND', [], 404],
    ['a fault of Google’s', 500, 'INTERNAL', [], 502],
  ])(
    'responds to %s on every account with an error of its own',
    async (_name, status, name, details, expected) => {
      await start({ env: { MAX_ATTEMPTS_PER_IMAGE: '2' } });
      script = (call) => {
        respondWithError(call, status, name, details);
      };
      const response = await post({ contents: CONTENTS });
      const text = await response.text();
      expect(response.status).toBe(expected);
      expect((JSON.parse(text) as GoogleError).error.code).toBe(expected);
      expect(text).not.toContain('"message":"x"');
    },
  );

  describe('candidateCount', () => {
    it('is as many calls, whose responses are one', async () => {
      await start();
      script = (call) => {
        const usageMetadata = {
          promptTokenCount: 3,
          totalTokenCount: 10 * call.number,
          candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 1120 }],
          serviceTier: 'standard',
        };
        const said =
          call.number === 2
            ? { candidates: [{ finishReason: 'IMAGE_SAFETY', index: 0 }] }
            : respond([imagePart(image)], 'STOP');
        answer(call, JSON.stringify({ ...said, usageMetadata, responseId: `r${call.number}` }));
      };
      const response = await post({
        contents: CONTENTS,
        generationConfig: { candidateCount: 3, seed: 7 },
      });
      const body = (await response.json()) as {
        candidates: { index: number; finishReason: string }[];
        usageMetadata: object;
      };
      expect(upstream.calls).toHaveLength(3);
      expect(sentJson()).toEqual({ contents: CONTENTS, generationConfig: { seed: 7 } });
      expect(body.candidates.map(({ index }) => index)).toEqual([0, 1, 2]);
      expect(body.candidates.map(({ finishReason }) => finishReason).sort()).toEqual([
        'IMAGE_SAFETY',
        'STOP',
        'STOP',
      ]);
      expect(body.usageMetadata).toEqual({
        promptTokenCount: 9,
        totalTokenCount: 60,
        candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 3360 }],
        serviceTier: 'standard',
      });
      expect(JSON.stringify(body)).toContain(image);
      expect(response.headers.get('x-images-requested')).toBe('3');
      expect(response.headers.get('x-images-returned')).toBe('2');
    });

    it('returns the other candidates if a call failed', async () => {
      await start({ env: { MAX_ATTEMPTS_PER_IMAGE: '1' } });
      script = (call) => {
        if (call.number === 1) {
          respondWithError(call, 500, 'INTERNAL');
        } else {
          answer(call, JSON.stringify(respond([imagePart(image)], 'STOP')));
        }
      };
      const response = await post({
        contents: CONTENTS,
        generationConfig: { candidateCount: '2' },
      });
      const { candidates } = (await response.json()) as { candidates: unknown[] };
      expect([response.status, candidates.length]).toEqual([200, 1]);
      expect(easel.log.filter(({ msg }) => msg === 'image failed')).toHaveLength(1);
    });

    it.each([
      ['more than there may be', CALL, 11],
      ['more than one in a stream', `/v1beta/models/${MODEL}:streamGenerateContent?alt=sse`, 2],
    ])('of %s is refused', async (_name, path, candidateCount) => {
      await start();
      const response = await post(
        { contents: CONTENTS, generationConfig: { candidateCount } },
        { path },
      );
      expect(response.status).toBe(400);
      expect(JSON.stringify(await response.json())).toContain('generationConfig.candidateCount');
      expect(upstream.calls).toHaveLength(0);
    });
  });

  describe('a body with fields of one API', () => {
    let tokens: FakeTokenServer;
    const both = async (): Promise<void> => {
      tokens = await startTokenServer();
      upstream = await startScriptedUpstream((call) => script(call));
      script = (call) => {
        answer(call, '{"candidates":[]}');
      };
      const entry = {
        email: 'vertex@test',
        provider: 'vertex',
        project: 'p',
        credentialsFile: '/service.json',
        baseUrl: upstream.url,
        priority: 9,
      };
      const otherAccounts = parseAccounts(JSON.stringify({ accounts: [entry] }), () =>
        JSON.stringify(tokens.serviceAccount),
      );
      easel = await startEasel({
        accounts: [{ baseUrl: upstream.url }],
        otherAccounts,
      });
    };
    afterEach(() => tokens.close());

    it('uses an account of that API', async () => {
      await both();
      const accountOf = async (body: object) =>
        (await post({ contents: CONTENTS, ...body })).headers.get('x-account-email');
      expect(await accountOf({})).toBe('account-1@test');
      expect(await accountOf({ labels: { team: 'x' } })).toBe('vertex@test');
      expect(
        await accountOf({
          generation_config: { image_config: { person_generation: 'ALLOW_NONE' } },
        }),
      ).toBe('vertex@test');
      expect(upstream.calls.at(-1)?.path).toBe(
        `/v1/projects/p/locations/global/publishers/google/models/${MODEL}:generateContent`,
      );
      expect(upstream.calls.at(-1)?.headers['x-goog-api-key']).toBeUndefined();
    });
  });

  it.each([
    ['a cached content', { cachedContent: 'cachedContents/x' }, 'cachedContent'],
    [
      'a bucket',
      { contents: [{ parts: [{ fileData: { fileUri: 'gs://b/o' } }] }] },
      'contents[0].parts[0].fileData.fileUri',
    ],
    [
      'the Files API',
      {
        contents: [
          {
            parts: [
              { text: 'x' },
              {
                file_data: { file_uri: 'https://generativelanguage.googleapis.com/v1beta/files/a' },
              },
            ],
          },
        ],
      },
      'contents[0].parts[1].fileData.fileUri',
    ],
  ])('refuses resources of a single project: %s', async (_name, body, field) => {
    await start();
    const response = await post({ contents: CONTENTS, ...body });
    expect(response.status).toBe(400);
    expect(JSON.stringify(await response.json())).toContain(`"field":${JSON.stringify(field)}`);
    expect(upstream.calls).toHaveLength(0);
  });

  it('passes publicly readable files through', async () => {
    await start();
    const parts = [{ fileData: { fileUri: 'https://example.com/cat.png', mimeType: 'image/png' } }];
    expect((await post({ contents: [{ role: 'user', parts }] })).status).toBe(200);
  });

  it('never sends or logs a client’s key', async () => {
    await start({ env: { PROXY_API_KEY: 'key-of-a-client' } });
    const query = '?key=key-of-a-client&prettyPrint=false&callback=x';
    const response = await post(
      { contents: CONTENTS },
      {
        path: `${CALL}${query}`,
        headers: { 'x-goog-api-key': 'key-of-a-client', authorization: 'Bearer key-of-a-client' },
      },
    );
    expect(response.status).toBe(200);
    expect(upstream.calls[0]?.path).toBe(`${CALL}?prettyPrint=false`);
    expect(JSON.stringify(upstream.calls[0]?.headers)).not.toContain('key-of-a-client');
    await until(() => imageLine() !== undefined);
    expect(easel.rawLog()).not.toContain('key-of-a-client');
  });

  it.each([
    ['no JSON', '{"contents":', 400],
    ['no object', '[]', 400],
    ['a nest', `{"contents":${'['.repeat(300)}${']'.repeat(300)}}`, 400],
    ['too much structure', JSON.stringify({ contents: Array(100_000).fill('') }), 400],
    ['no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 400],
  ])('answers a body that is %s in Google’s words', async (_name, body, status) => {
    await start();
    const response = await post(body);
    expect(response.status).toBe(status);
    expect((await response.json()) as GoogleError).toMatchObject({
      error: { code: status, status: 'INVALID_ARGUMENT' },
    });
    expect(upstream.calls).toHaveLength(0);
  });

  it.each<[string, { path?: string; headers?: Record<string, string> }, number, string]>([
    [
      'another content type',
      { headers: { 'content-type': 'text/plain' } },
      415,
      'INVALID_ARGUMENT',
    ],
    ['a text model', { path: '/v1beta/models/gemini-2.5-flash:generateContent' }, 404, 'NOT_FOUND'],
    [
      'a model with a suffix',
      { path: `/v1beta/models/${MODEL}-16x9:generateContent` },
      404,
      'NOT_FOUND',
    ],
    [
      'an account that is none',
      { headers: { 'x-account-email': 'nobody@test' } },
      400,
      'INVALID_ARGUMENT',
    ],
  ])('answers %s in Google’s words', async (_name, how, code, status) => {
    await start();
    const response = await post({ contents: CONTENTS }, how);
    expect(response.status).toBe(code);
    expect(await response.json()).toMatchObject({ error: { code, status } });
  });

  it('refuses a body that is too large', async () => {
    await start({ env: { MAX_BODY_MB: '1' } });
    const response = await post({ contents: [{ parts: [{ text: 'x'.repeat(2 ** 21) }] }] });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({
      error: { code: 413, status: 'INVALID_ARGUMENT' },
    });
  });

  it('carries 16 MB in both directions, to the byte', async () => {
    await start();
    const data = randomBytes(12 * 1024 * 1024).toString('base64');
    const sha = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');
    const said = JSON.stringify(respond([imagePart(data)], 'STOP'), undefined, 2);
    script = (call) => {
      answer(call, said);
    };
    const body = JSON.stringify({
      contents: [{ role: 'user', parts: [{ inlineData: { mimeType: 'image/x', data } }] }],
    });
    const response = await post(body);
    expect(sha(Buffer.from(await response.arrayBuffer()))).toBe(sha(said));
    expect(sha(sent())).toBe(sha(body));
  });

  it('aborts its upstream call when the client hangs up and nothing is kept, and frees the account', async () => {
    await start({ env: { ABANDONED_TTL_SECONDS: '0' } }, 1);
    const client = new AbortController();
    script = () => undefined;
    const call = post({ contents: CONTENTS }, { signal: client.signal }).catch(() => 'gone');
    await until(() => upstream.calls.length === 1);
    client.abort();
    expect(await call).toBe('gone');
    await upstream.calls[0]?.closed;
    await until(() => imageLine() !== undefined);
    expect(imageLine()).toMatchObject({ images: { requested: 1, returned: 0 } });
    expect(upstream.calls).toHaveLength(1);
  });

  it('ends at its deadline', async () => {
    await start({ env: { REQUEST_DEADLINE_MS: '1000' } });
    script = () => undefined;
    const response = await post({ contents: CONTENTS });
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({
      error: { code: 504, status: 'DEADLINE_EXCEEDED' },
    });
  });

  it('counts tokens without counting an image', async () => {
    await start();
    script = (call) => {
      answer(call, '{\n  "totalTokens": 3\n}\n');
    };
    const path = `/v1beta/models/${MODEL}:countTokens`;
    const response = await post({ contents: CONTENTS }, { path });
    expect(await response.text()).toBe('{\n  "totalTokens": 3\n}\n');
    expect(upstream.calls[0]?.path).toBe(path);
    expect(response.headers.get('x-account-email')).toBe('account-1@test');
    expect(response.headers.get('x-images-requested')).toBeNull();
    const accounts = await (await fetch(`${easel.url}/v1/accounts`)).text();
    expect(accounts).toContain('"images":0');
  });

  it.each(['/v1/models', '/v1alpha/models', '/v1beta/models/models', '/v1beta/models/google'])(
    'accepts the model at %s',
    async (base) => {
      await start();
      const response = await post(
        { contents: CONTENTS },
        { path: `${base}/${MODEL}%3AgenerateContent` },
      );
      expect(response.status).toBe(200);
      expect(upstream.calls[0]?.path).toBe(CALL);
      const metrics = await (await fetch(`${easel.url}/metrics`)).text();
      const labels = [...metrics.matchAll(/route="(\/v1[^"]*)"/g)].map(([, label]) => label);
      expect([...new Set(labels)]).toEqual(['/v1beta/models/:model:generateContent']);
    },
  );
});
