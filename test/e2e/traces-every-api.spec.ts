import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startVertex, type FakeVertex } from '../fake-vertex';
import { startTokenServer, type FakeTokenServer } from '../fake-token-server';
import { startCollector, type OtlpCollector, type ReceivedSpan } from '../otlp-collector';
import {
  imagePart,
  png,
  respond,
  respondWhole,
  respondWithError,
  startScriptedUpstream,
  writeEvent,
  type ScriptedCall,
  type ScriptedUpstream,
} from '../scripted-upstream';
import { traceTree } from '../trace-tree';
import { accountAt, startTracedEasel, type TracedEasel } from '../traced-easel';
import { until } from '../until';

const KEY = 'sk-easel-0123456789';
const AUTHORIZED = { authorization: `Bearer ${KEY}` };
const PROMPT = 'a lighthouse that no collector may see';

describe('traces of every API', () => {
  let image: string;
  let collector: OtlpCollector;
  let upstream: ScriptedUpstream;
  let vertex: FakeVertex;
  let tokens: FakeTokenServer;
  let easel: TracedEasel;
  let script: ((call: ScriptedCall) => void) | undefined;

  beforeAll(async () => {
    image = await png(8);
    [collector, vertex, tokens] = await Promise.all([
      startCollector(),
      startVertex(),
      startTokenServer(),
    ]);
    upstream = await startScriptedUpstream((call) => {
      if (call.path.includes(':countTokens')) {
        call.response.writeHead(200, { 'content-type': 'application/json' });
        call.response.end(JSON.stringify({ totalTokens: 3 }));
        return;
      }
      if (script === undefined) {
        respondWhole(call, image);
      } else {
        script(call);
      }
    });
    const credentialsFile = join(mkdtempSync(join(tmpdir(), 'credentials-')), 'key.json');
    writeFileSync(credentialsFile, JSON.stringify(tokens.serviceAccount));
    easel = await startTracedEasel({
      accounts: [
        accountAt(upstream.url, 'studio@example.com'),
        {
          email: 'vertex@example.com',
          provider: 'vertex',
          project: 'a-project',
          location: 'global',
          credentialsFile,
          baseUrl: vertex.url,
        },
      ],
      env: {
        PROXY_AUTH_MODE: 'all_except_health',
        PROXY_API_KEY: KEY,
        ACCOUNT_HEADER: 'masked',
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_SERVICE_NAME: 'pictures',
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
      },
    });
  });
  beforeEach(() => {
    script = undefined;
  });
  afterAll(async () => {
    await easel.stop();
    await Promise.all([upstream, vertex, tokens, collector].map((server) => server.close()));
  });

  /** The spans of the request with this id, its own last: once that has ended, the others have. */
  async function traceOf(id: string | null): Promise<readonly ReceivedSpan[]> {
    const own = (): ReceivedSpan | undefined =>
      collector.spans.find(({ attributes }) => attributes['easel.request_id'] === id);
    await until(() => own() !== undefined);
    return collector.spans.filter(({ traceId }) => traceId === own()?.traceId);
  }

  function form(): FormData {
    const body = new FormData();
    body.set('prompt', PROMPT);
    body.set('image', new Blob([Buffer.from(image, 'base64')], { type: 'image/png' }), 'a.png');
    return body;
  }

  const generation = { prompt: PROMPT };
  const contents = { contents: [{ parts: [{ text: PROMPT }] }] };
  const messages = { model: 'gemini-3-pro-image', messages: [{ role: 'user', content: PROMPT }] };
  const model = '/v1beta/models/gemini-3-pro-image';

  it.each<[string, () => unknown, string, string, string]>([
    ['/v1/images/generations', () => generation, '/v1/images/generations', 'images', 'generate'],
    ['/images/generations', () => generation, '/v1/images/generations', 'images', 'generate'],
    [
      '/openai/deployments/gemini-3-pro-image/images/generations?api-version=1',
      () => generation,
      '/v1/images/generations',
      'images',
      'generate',
    ],
    ['/v1/images/edits', form, '/v1/images/edits', 'images', 'generate'],
    ['/v1/images/variations', form, '/v1/images/variations', 'images', 'generate'],
    ['/v1/chat/completions', () => messages, '/v1/chat/completions', 'chat', 'generate'],
    [
      '/v1/images',
      () => ({ model: 'google/gemini-3-pro-image', prompt: PROMPT }),
      '/v1/images',
      'openrouter',
      'generate',
    ],
    [
      `${model}:generateContent?key=${KEY}`,
      () => contents,
      '/v1beta/models/:model:generateContent',
      'gemini',
      'generate',
    ],
    [
      `${model}:streamGenerateContent?alt=sse&key=${KEY}`,
      () => contents,
      '/v1beta/models/:model:streamGenerateContent',
      'gemini',
      'generate',
    ],
    [
      `${model}:countTokens?key=${KEY}`,
      () => contents,
      '/v1beta/models/:model:countTokens',
      'gemini',
      'count',
    ],
  ])('POST %s', async (path, body, template, api, operation) => {
    const headers = path.includes('key=') ? {} : AUTHORIZED;
    const response = await easel.post(path, body(), {
      ...headers,
      'x-account-email': 'studio@example.com',
    });
    await response.arrayBuffer();
    expect(response.status).toBe(200);
    const { span, below } = traceTree(await traceOf(response.headers.get('x-request-id')));
    expect(span).toMatchObject({
      name: `POST ${template}`,
      kind: 'SERVER',
      fault: undefined,
      resource: { 'service.name': 'pictures', 'deployment.environment.name': 'test' },
      attributes: {
        'url.template': template,
        'url.path': path.split('?')[0],
        'http.response.status_code': 200,
        'easel.api': api,
        'easel.consumer': 'proxy',
      },
    });
    expect(below.map((node) => [node.span.name, node.span.kind])).toEqual([['image', 'INTERNAL']]);
    const called = operation === 'count' ? 'count_tokens' : 'generate_content';
    expect(below[0]?.below.map((node) => node.span)).toMatchObject([
      {
        name: `${called} gemini-3-pro-image`,
        kind: 'CLIENT',
        fault: undefined,
        attributes: {
          'gen_ai.operation.name': called,
          'gen_ai.provider.name': 'gcp.gemini',
          'gen_ai.request.model': 'gemini-3-pro-image',
          'server.address': '127.0.0.1',
          'server.port': Number(new URL(upstream.url).port),
          'easel.account': 's…o@example.com',
          ...(operation === 'count'
            ? {}
            : {
                'gen_ai.output.type': 'image',
                'gen_ai.response.finish_reasons': ['STOP'],
                'gen_ai.response.model': 'gemini-3-pro-image',
                'gen_ai.usage.input_tokens': 3,
                'gen_ai.usage.output_tokens': 1120,
              }),
        },
      },
    ]);
  });

  it('names Vertex AI if it is called, and repeats with a new token', async () => {
    tokens.response();
    const pinned = { ...AUTHORIZED, 'x-account-email': 'vertex@example.com' };
    const first = await easel.post('/v1/images/generations', generation, pinned);
    expect(first.status).toBe(200);
    for (const token of tokens.tokens) {
      vertex.refused.add(token);
    }
    const response = await easel.post('/v1/images/generations', generation, pinned);
    expect(response.status).toBe(200);
    const { below } = traceTree(await traceOf(response.headers.get('x-request-id')));
    expect(below[0]?.below.map((node) => node.span.attributes)).toMatchObject([
      { 'gen_ai.provider.name': 'gcp.vertex_ai', 'error.type': 'stale_token' },
      {
        'gen_ai.provider.name': 'gcp.vertex_ai',
        'http.request.resend_count': 1,
        'server.port': Number(new URL(vertex.url).port),
      },
    ]);
  });

  it.each<[string, () => Promise<Response>, object]>([
    [
      'a key that is missing',
      () => easel.post('/v1/images/generations', generation),
      {
        name: 'POST /v1/images/generations',
        attributes: { 'http.response.status_code': 401, 'error.type': 'missing_api_key' },
      },
    ],
    [
      'a field that is wrong',
      () => easel.post('/v1/images/generations', { prompt: PROMPT, n: 0 }, AUTHORIZED),
      {
        name: 'POST /v1/images/generations',
        attributes: { 'http.response.status_code': 400, 'error.type': 'invalid_request' },
      },
    ],
    [
      'a path that is no route',
      () => easel.post('/nowhere', {}, AUTHORIZED),
      {
        name: 'POST',
        attributes: { 'http.response.status_code': 404, 'error.type': 'unknown_route' },
      },
    ],
    [
      'an account in the path, whose email is not shown',
      () => easel.post('/v1/accounts/nobody%40example.com/enable', {}, AUTHORIZED),
      {
        name: 'POST /v1/accounts/:email/enable',
        attributes: {
          'url.path': '/v1/accounts/:email/enable',
          'error.type': 'account_not_found',
        },
      },
    ],
  ])('has a span for %s, which is no error of the server', async (_name, ask, expected) => {
    const response = await ask();
    await response.arrayBuffer();
    const spans = await traceOf(response.headers.get('x-request-id'));
    expect(spans).toEqual([expect.objectContaining({ kind: 'SERVER', fault: undefined })]);
    expect(spans[0]).toMatchObject(expected);
  });

  it('covers a stream to its end, and marks one that failed after its 200', async () => {
    const stream = { prompt: PROMPT, stream: true, partial_images: 1 };
    const pinned = { ...AUTHORIZED, 'x-account-email': 'studio@example.com' };
    script = (call) => {
      respondWhole(call, image, image);
    };
    const whole = await easel.post('/v1/images/generations', stream, pinned);
    expect(await whole.text()).toContain('image_generation.completed');
    const good = traceTree(await traceOf(whole.headers.get('x-request-id')));
    expect(good.span).toMatchObject({
      fault: undefined,
      attributes: { 'http.response.status_code': 200, 'easel.images.returned': 1 },
    });
    expect(good.below[0]?.below).toHaveLength(1);

    script = (call) => {
      writeEvent(call.response, respond([imagePart(image, { thought: true })]));
      writeEvent(call.response, respond([], 'IMAGE_SAFETY'));
      call.response.end();
    };
    const refused = await easel.post('/v1/images/generations', stream, pinned);
    expect(await refused.text()).toContain('moderation_blocked');
    const bad = traceTree(await traceOf(refused.headers.get('x-request-id')));
    expect(bad.span.attributes).toMatchObject({
      'http.response.status_code': 200,
      'error.type': 'moderation_blocked',
    });
    expect(bad.below[0]?.span.fault).toBe('moderation_blocked');
  });

  it('continues when the client hangs up, as the paid call does', async () => {
    let called: (call: ScriptedCall) => void = () => undefined;
    const whenCalled = new Promise<ScriptedCall>((resolve) => {
      called = resolve;
    });
    script = (call) => {
      called(call);
    };
    const leaving = new AbortController();
    const asked = fetch(`${easel.url}/v1/images/generations`, {
      method: 'POST',
      signal: leaving.signal,
      headers: {
        ...AUTHORIZED,
        'content-type': 'application/json',
        'x-account-email': 'studio@example.com',
        'x-request-id': 'who-left',
      },
      body: JSON.stringify(generation),
    });
    const call = await whenCalled;
    leaving.abort();
    await expect(asked).rejects.toThrow();
    await until(() => easel.log().some(({ requestId }) => requestId === 'who-left'));
    respondWhole(call, image);
    const { span, below } = traceTree(await traceOf('who-left'));
    expect(span).toMatchObject({ fault: undefined, attributes: { 'error.type': 'client_gone' } });
    expect(span.attributes).not.toHaveProperty('http.response.status_code');
    expect(below[0]?.span).toMatchObject({ fault: undefined });
    expect(below[0]?.below[0]?.span.attributes).not.toHaveProperty('error.type');
  });

  it('has no traces of probes and scrapes', async () => {
    const before = collector.spans.length;
    for (const path of ['/healthz', '/readyz', '/metrics']) {
      await (await fetch(`${easel.url}${path}`, { headers: AUTHORIZED })).arrayBuffer();
    }
    const after = await fetch(`${easel.url}/v1/models`, { headers: AUTHORIZED });
    await after.arrayBuffer();
    const spans = await traceOf(after.headers.get('x-request-id'));
    expect(spans.map(({ name }) => name)).toEqual(['GET /v1/models']);
    expect(collector.spans.slice(before).map(({ name }) => name)).toEqual(['GET /v1/models']);
  });

  // Last, since an account that fails again and again is left alone.
  it.each<[string, (call: ScriptedCall) => void, string, string]>([
    [
      'refuses',
      (call) => {
        respondWhole(call, '');
      },
      'no_image',
      'no_image',
    ],
    [
      'is refused by',
      (call) => {
        respondWithError(call, 400, 'INVALID_ARGUMENT');
      },
      'invalid_request',
      'invalid_request',
    ],
    [
      'breaks down at',
      (call) => {
        respondWithError(call, 500, 'INTERNAL');
      },
      'upstream_error',
      'transient',
    ],
  ])('shows that Google %s a call', async (_name, how, fault, failure) => {
    script = how;
    const response = await easel.post('/v1/images/generations', generation, {
      ...AUTHORIZED,
      'x-account-email': 'studio@example.com',
    });
    await response.arrayBuffer();
    const { span, below } = traceTree(await traceOf(response.headers.get('x-request-id')));
    expect(span.fault).toBe(response.status >= 500 ? fault : undefined);
    expect(span.attributes['error.type']).toBe(fault);
    expect(below[0]?.span).toMatchObject({ fault, attributes: { 'error.type': fault } });
    const calls = below[0]?.below.map((node) => node.span) ?? [];
    expect(new Set(calls.map(({ attributes }) => attributes['error.type']))).toEqual(
      new Set([failure]),
    );
    expect(calls.map(({ attributes }) => attributes['http.request.resend_count'])).toEqual(
      calls.map((_, index) => (index === 0 ? undefined : index)),
    );
  });

  it('has let out no prompt, no image, no key, no token and no account', () => {
    const sent = collector.rawText();
    expect(sent.length).toBeGreaterThan(10_000);
    expect(sent).not.toContain('lighthouse');
    expect(sent).not.toContain(KEY);
    expect(sent).not.toContain('key-of-');
    expect(sent).not.toContain(image.slice(0, 20));
    expect(sent).not.toMatch(/studio@|nobody(@|%40)/);
    for (const token of tokens.tokens) {
      expect(sent).not.toContain(token);
    }
  });
});
