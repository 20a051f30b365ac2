import { HttpService } from '@nestjs/axios';
import axios from 'axios';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { startFullListener } from '../../test/full-listener';
import { startTokenServer, type FakeTokenServer } from '../../test/fake-token-server';
import { startVertex, type FakeVertex } from '../../test/fake-vertex';
import { startCalls, type RawCall, type RawUpstream } from '../../test/raw-upstream';
import { until } from '../../test/until';
import { JsonBlob } from '../json/json-blob';
import { SlabPool } from '../memory/slab-pool';
import { Slabs } from '../memory/slabs';
import { proxiedFetch } from '../wire/proxied-fetch';
import { wireDefaults } from '../wire/wire.adapter';
import { AccessTokenService } from './access-token.service';
import type { GeminiCall } from './gemini-call';
import { GeminiClient } from './gemini.client';
import type { GenerateContentRequest } from './gemini.types';
import { parseGoogleCredentials, type GoogleCredentials } from './google-credentials';

const MODEL = 'gemini-3-pro-image';
const RESPONSE = { candidates: [{ finishReason: 'STOP' }] };
const NEVER = new AbortController().signal;

const closers: (() => Promise<void>)[] = [];
let client: GeminiClient;
let slabs: Slabs;

beforeEach(() => {
  client = new GeminiClient(
    new HttpService(axios.create(wireDefaults())),
    new AccessTokenService(proxiedFetch()),
  );
  slabs = new Slabs(new SlabPool());
});

afterEach(async () => {
  slabs.release();
  await Promise.all(closers.splice(0).map((close) => close()));
});

/** An upstream that keeps what it was asked, and does what the script says. */
async function upstreamWith(
  script: (call: RawCall, number: number) => void,
): Promise<RawUpstream & { readonly calls: readonly RawCall[] }> {
  const calls: RawCall[] = [];
  const upstream = await startCalls((call) => {
    calls.push(call);
    script(call, calls.length);
  });
  closers.push(() => upstream.close());
  return { ...upstream, calls };
}

function bodyOf(text: string, data?: string | JsonBlob): GenerateContentRequest {
  const image = data === undefined ? [] : [{ inlineData: { mimeType: 'image/png', data } }];
  return {
    contents: [{ role: 'user', parts: [{ text }, ...image] }],
    generationConfig: { responseModalities: ['IMAGE'] },
  };
}

function callTo({ url }: { readonly url: URL | string }, rest: Partial<GeminiCall> = {}) {
  const call: GeminiCall = {
    access: { apiKey: 'AIza-secret', baseUrl: String(url) },
    model: MODEL,
    body: bodyOf('x'),
    slabs,
    timeoutMs: 10_000,
    signal: NEVER,
    ...rest,
  };
  return call;
}

function textOf(status: number, body: string, type = 'application/json'): string {
  const length = Buffer.byteLength(body);
  return `HTTP/1.1 ${status} x\r\ncontent-type: ${type}\r\ncontent-length: ${length}\r\n\r\n${body}`;
}

const responses = ({ socket }: RawCall): void => {
  socket.write(textOf(200, JSON.stringify(RESPONSE)));
};

/** The head of a response of which more is to come than ever does. */
const OPEN_HEAD =
  'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n';
const EVENTS_HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n';
const eventOf = (value: object): string => `data: ${JSON.stringify(value)}\r\n\r\n`;

function google(code: number, status: string, rest: object = {}): string {
  return JSON.stringify({ error: { code, status, message: 'prose', ...rest } });
}

function isClosed(socket: Socket | undefined): Promise<void> {
  return until(() => socket === undefined || socket.closed);
}

/** Where nobody listens any more. */
async function deserted(): Promise<RawUpstream> {
  const upstream = await startCalls(responses);
  await upstream.close();
  return upstream;
}

describe('a Retry-After', () => {
  it.each<[string, (call: GeminiCall) => Promise<unknown>]>([
    ['for the whole response', (call) => client.generateContent(call)],
    ['event by event', (call) => client.streamGenerateContent(call, () => true)],
  ])('is heeded where the body has no hint, %s', async (_name, ask) => {
    const upstream = await upstreamWith(({ socket }) => {
      socket.write('HTTP/1.1 429 x\r\nRetry-After: 33\r\ncontent-length: 6\r\n\r\n<html>');
    });
    expect(await ask(callTo(upstream))).toMatchObject({
      ok: false,
      failure: { kind: 'rate_limit', retryAfterMs: 33_000 },
    });
  });
});

describe('the request', () => {
  it.each<[string, (call: GeminiCall) => Promise<unknown>, string]>([
    [
      'for the whole response',
      (call) => client.generateContent(call),
      `/v1beta/models/${MODEL}:generateContent`,
    ],
    [
      'for a response event by event',
      (call) => client.streamGenerateContent(call, () => true),
      `/v1beta/models/${MODEL}:streamGenerateContent?alt=sse`,
    ],
  ])('%s has its credential in a header alone', async (_name, ask, path) => {
    const upstream = await upstreamWith(responses);
    await ask(callTo(upstream));
    const [requestLine, ...fields] = upstream.calls[0]?.head.split('\r\n') ?? [];
    expect(requestLine).toBe(`POST ${path} HTTP/1.1`);
    expect(fields.map((field) => field.toLowerCase())).toEqual(
      expect.arrayContaining([
        `host: ${upstream.url.host}`,
        'content-type: application/json',
        'accept-encoding: identity',
        'x-goog-api-key: aiza-secret',
      ]),
    );
    expect(fields.filter((field) => /^(authorization|x-goog-user-project):/i.test(field))).toEqual(
      [],
    );
  });

  it.each<[string, string | JsonBlob | undefined, string | undefined]>([
    ['no image', undefined, undefined],
    ['an image as a string', 'iVBORw0KGgo=', 'iVBORw0KGgo='],
    ['an image in pieces', blobOf('iVBO', 'Rw0K', 'Ggo='), 'iVBORw0KGgo='],
    ['an image of megabytes', blobOf(...Array<string>(64).fill('A'.repeat(65_536))), undefined],
  ])('with %s is JSON to the byte, and as long as it says', async (_name, data, text) => {
    const upstream = await upstreamWith(responses);
    await client.generateContent(callTo(upstream, { body: bodyOf('Größe "1" 🎨', data) }));
    const [call] = upstream.calls;
    const written = data instanceof JsonBlob ? (text ?? data.toText()) : data;
    const expected = Buffer.from(JSON.stringify(bodyOf('Größe "1" 🎨', written)));
    expect(call?.body.equals(expected)).toBe(true);
    expect(call?.head).toMatch(new RegExp(`^content-length: ${expected.length}$`, 'im'));
    expect(call?.head).not.toMatch(/^transfer-encoding:/im);
  });

  it('does not request an image format from the Developer API', async () => {
    const upstream = await upstreamWith(responses);
    await client.generateContent(callTo(upstream, { imageOutput: { format: 'jpeg' } }));
    expect(JSON.parse(String(upstream.calls[0]?.body))).toEqual(bodyOf('x'));
  });
});

describe('generateContent', () => {
  it('gives the response', async () => {
    expect(await client.generateContent(callTo(await upstreamWith(responses)))).toEqual({
      ok: true,
      response: RESPONSE,
    });
  });

  it('keeps its long strings in the slabs', async () => {
    const data = 'A'.repeat(700_000);
    const upstream = await upstreamWith(({ socket }) => {
      socket.write(textOf(200, JSON.stringify({ data })));
    });
    const result = await client.generateContent(callTo(upstream));
    const { response } = result as { readonly response: { readonly data: JsonBlob } };
    expect(response.data).toBeInstanceOf(JsonBlob);
    expect(response.data.toText()).toBe(data);
  });

  const details = (detail: object) => ({ details: [detail] });
  const dailyQuota = { violations: [{ quotaId: 'RequestsPerDayPerProject' }] };

  it.each<[string, number, string, object]>([
    [
      'a request that is wrong',
      400,
      google(400, 'INVALID_ARGUMENT'),
      { kind: 'invalid_request', reason: '400 INVALID_ARGUMENT' },
    ],
    [
      'a bad key',
      400,
      google(400, 'INVALID_ARGUMENT', details({ reason: 'API_KEY_INVALID' })),
      { kind: 'account_unusable', reason: '400 INVALID_ARGUMENT API_KEY_INVALID' },
    ],
    ['no credential', 401, google(401, 'UNAUTHENTICATED'), { kind: 'account_unusable' }],
    ['a suspended account', 403, google(403, 'PERMISSION_DENIED'), { kind: 'account_unusable' }],
    ['a model that is not there', 404, google(404, 'NOT_FOUND'), { kind: 'model_missing' }],
    [
      'too many requests',
      429,
      google(429, 'RESOURCE_EXHAUSTED', details({ retryDelay: '7s' })),
      { kind: 'rate_limit', retryAfterMs: 7000 },
    ],
    [
      'no more requests today',
      429,
      google(429, 'RESOURCE_EXHAUSTED', details(dailyQuota)),
      { kind: 'quota' },
    ],
    ['a fault of Google’s', 500, google(500, 'INTERNAL'), { kind: 'transient' }],
    ['no capacity', 503, google(503, 'UNAVAILABLE'), { kind: 'overloaded' }],
    [
      'a wait of Google’s own',
      504,
      google(504, 'DEADLINE_EXCEEDED'),
      { kind: 'upstream_deadline' },
    ],
    [
      'a proxy’s word',
      403,
      '<html>',
      { kind: 'transient', reason: "403 without Google's error body" },
    ],
    ['a redirect', 302, '', { kind: 'transient', reason: "302 without Google's error body" }],
    ['an error of status 200', 200, google(429, 'RESOURCE_EXHAUSTED'), { kind: 'rate_limit' }],
    ['no JSON', 200, '<html>', { kind: 'transient', reason: 'the response was malformed' }],
    ['half of JSON', 200, '{"a":', { kind: 'transient', reason: 'the response was truncated' }],
  ])('gives %s back as a value', async (_name, status, body, failure) => {
    const upstream = await upstreamWith(({ socket }) => {
      socket.write(textOf(status, body));
    });
    expect(await client.generateContent(callTo(upstream))).toMatchObject({ ok: false, failure });
    expect(upstream.calls).toHaveLength(1);
  });

  it('reads a body without a byte as an empty response', async () => {
    const upstream = await upstreamWith(({ socket }) => {
      socket.write(textOf(200, ''));
    });
    const result = await client.generateContent(callTo(upstream));
    expect(result).toEqual({ ok: true, response: {} });
  });

  it.each<[string, (call: RawCall) => void, string]>([
    ['hangs up', ({ socket }) => socket.destroy(), 'ECONNRESET'],
    ['resets the connection', ({ socket }) => socket.resetAndDestroy(), 'ECONNRESET'],
    ['speaks no HTTP', ({ socket }) => socket.write('SSH-2.0\r\n\r\n'), 'EPROTO'],
    ['breaks off in a head', ({ socket }) => socket.end('HTTP/1.1 200 OK\r\n'), 'ECONNRESET'],
    ['breaks off in a body', ({ socket }) => socket.end(`${OPEN_HEAD}{`), 'ECONNRESET'],
  ])('gives it back as a value that the upstream %s', async (_name, script, reason) => {
    const upstream = await upstreamWith(script);
    expect(await client.generateContent(callTo(upstream))).toEqual({
      ok: false,
      failure: { kind: 'transient', reason },
    });
    expect(upstream.calls).toHaveLength(1);
  });

  it('returns a refused connection as a value', async () => {
    expect(await client.generateContent(callTo(await deserted()))).toEqual({
      ok: false,
      failure: { kind: 'transient', reason: 'ECONNREFUSED' },
    });
  });

  it('gives it back as a value that there was no connection in time', async () => {
    const { url, close } = await startFullListener();
    closers.push(close);
    const impatient = new GeminiClient(
      new HttpService(axios.create(wireDefaults({ connectTimeoutMs: 100 }))),
      new AccessTokenService(proxiedFetch()),
    );
    expect(await impatient.generateContent(callTo({ url }))).toEqual({
      ok: false,
      failure: { kind: 'unreachable', reason: 'CONNECT_TIMEOUT' },
    });
  });

  it('recognises an error by its status, even if its body breaks off', async () => {
    const upstream = await upstreamWith(({ socket }) => {
      socket.end('HTTP/1.1 503 x\r\ncontent-length: 100\r\n\r\n{"error":');
    });
    expect(await client.generateContent(callTo(upstream))).toMatchObject({
      ok: false,
      failure: { kind: 'overloaded', reason: '503' },
    });
  });
});

/** How far an upstream gets before it falls silent. */
const SILENCES: readonly [string, (call: RawCall) => void][] = [
  ['nothing at all', () => undefined],
  ['half a head', ({ socket }) => socket.write('HTTP/1.1 200 OK\r\n')],
  ['a head', ({ socket }) => socket.write(OPEN_HEAD)],
  ['half a body', ({ socket }) => socket.write(`${OPEN_HEAD}{"candidates":[`)],
];

describe('the timeout', () => {
  it.each(SILENCES)('ends a call whose response is %s', async (_name, script) => {
    const upstream = await upstreamWith(script);
    expect(await client.generateContent(callTo(upstream, { timeoutMs: 400 }))).toEqual({
      ok: false,
      failure: { kind: 'timeout', reason: 'no response within 400 ms' },
    });
    await isClosed(upstream.sockets[0]);
    expect(upstream.calls).toHaveLength(1);
  });

  it('keeps the status of an error', async () => {
    const upstream = await upstreamWith(({ socket }) => {
      socket.write('HTTP/1.1 503 x\r\ncontent-length: 100\r\n\r\n{"error":');
    });
    expect(await client.generateContent(callTo(upstream, { timeoutMs: 400 }))).toMatchObject({
      ok: false,
      failure: { kind: 'overloaded' },
    });
    await isClosed(upstream.sockets[0]);
  });
});

describe('an abort', () => {
  const reason = new Error('the client has gone');

  it('before the call sends nothing', async () => {
    const upstream = await upstreamWith(responses);
    const call = callTo(upstream, { signal: AbortSignal.abort(reason) });
    await expect(client.generateContent(call)).rejects.toBe(reason);
    await sleep(50);
    expect(upstream.sockets).toHaveLength(0);
  });

  it.each(SILENCES)('throws its reason and hangs up after %s', async (_name, script) => {
    const abort = new AbortController();
    const upstream = await upstreamWith((call) => {
      script(call);
      setTimeout(() => {
        abort.abort(reason);
      }, 50);
    });
    const call = callTo(upstream, { signal: abort.signal });
    await expect(client.generateContent(call)).rejects.toBe(reason);
    await isClosed(upstream.sockets[0]);
    expect(upstream.calls).toHaveLength(1);
  });

  it('after the call is nothing to it, nor to the next on the same connection', async () => {
    const abort = new AbortController();
    const upstream = await upstreamWith((call, number) => {
      if (number === 2) {
        abort.abort(reason);
      }
      responses(call);
    });
    const first = await client.generateContent(callTo(upstream, { signal: abort.signal }));
    const second = await client.generateContent(callTo(upstream));
    expect([first, second]).toEqual([
      { ok: true, response: RESPONSE },
      { ok: true, response: RESPONSE },
    ]);
    expect(upstream.sockets).toHaveLength(1);
  });

  it('throws a reason that is no error as it is', async () => {
    const abort = new AbortController();
    const upstream = await upstreamWith(() => {
      abort.abort('gone');
    });
    const call = callTo(upstream, { signal: abort.signal });
    await expect(client.generateContent(call)).rejects.toBe('gone');
  });
});

describe('streamGenerateContent', () => {
  const isLast = (event: unknown): boolean =>
    typeof event === 'object' && event !== null && 'last' in event;

  it('reports each event before the next is sent', async () => {
    const abort = new AbortController();
    let goOn = (): void => undefined;
    const upstream = await upstreamWith(({ socket }) => {
      const steps = [{ image: 1 }, { image: 2 }, { last: true }].map(eventOf);
      goOn = () => {
        const step = steps.shift();
        if (step === undefined) {
          socket.end();
        } else {
          socket.write(step);
        }
      };
      socket.write(EVENTS_HEAD);
      goOn();
    });
    const told: unknown[] = [];
    const result = await client.streamGenerateContent(
      callTo(upstream, { signal: abort.signal }),
      (event) => {
        told.push(event);
        goOn();
        return isLast(event);
      },
    );
    expect(told).toEqual([{ image: 1 }, { image: 2 }, { last: true }]);
    expect(result).toEqual({ ok: true });
  });

  it.each<[string, (call: RawCall, abort: AbortController) => void]>([
    ['ends', ({ socket }) => socket.end()],
    ['stays open', () => undefined],
    ['is reset', ({ socket }) => socket.resetAndDestroy()],
    ['says no JSON', ({ socket }) => socket.write('data: oops\r\n\r\n')],
    ['says an error', ({ socket }) => socket.end(`data: ${google(503, 'UNAVAILABLE')}\r\n\r\n`)],
    [
      'is aborted',
      (_call, abort) => {
        abort.abort(new Error('gone'));
      },
    ],
  ])('has succeeded when it %s after the last word', async (_name, goOn) => {
    const abort = new AbortController();
    const upstream = await upstreamWith((call) => {
      call.socket.write(EVENTS_HEAD + eventOf({ image: 1 }) + eventOf({ last: true }));
    });
    const told: unknown[] = [];
    const result = await client.streamGenerateContent(
      callTo(upstream, { signal: abort.signal, timeoutMs: 500 }),
      (event) => {
        told.push(event);
        const [call] = upstream.calls;
        if (isLast(event) && call !== undefined) {
          setTimeout(goOn, 20, call, abort);
        }
        return isLast(event);
      },
    );
    expect(result).toEqual({ ok: true });
    expect(told).toEqual([{ image: 1 }, { last: true }]);
    await isClosed(upstream.sockets[0]);
  });

  it('succeeds if it times out after the final part', async () => {
    const upstream = await upstreamWith(({ socket }) => {
      socket.write(EVENTS_HEAD + eventOf({ last: true }));
    });
    const call = callTo(upstream, { timeoutMs: 200 });
    expect(await client.streamGenerateContent(call, isLast)).toEqual({ ok: true });
    await isClosed(upstream.sockets[0]);
  });

  it.each<[string, (call: RawCall) => void, string]>([
    ['is reset', ({ socket }) => socket.resetAndDestroy(), 'transient'],
    ['says no JSON', ({ socket }) => socket.write('data: oops\r\n\r\n'), 'transient'],
    [
      'says an error',
      ({ socket }) => socket.write(`data: ${google(429, 'RESOURCE_EXHAUSTED')}\r\n\r\n`),
      'rate_limit',
    ],
    ['stays open', () => undefined, 'timeout'],
  ])('has failed when it %s before, but what it said was told', async (_name, goOn, kind) => {
    const upstream = await upstreamWith((call) => {
      call.socket.write(EVENTS_HEAD + eventOf({ image: 1 }));
    });
    const told: unknown[] = [];
    const result = await client.streamGenerateContent(
      callTo(upstream, { timeoutMs: 400 }),
      (event) => {
        told.push(event);
        const [call] = upstream.calls;
        if (call !== undefined) {
          setTimeout(goOn, 20, call);
        }
        return isLast(event);
      },
    );
    expect(result).toMatchObject({ ok: false, failure: { kind } });
    expect(told).toEqual([{ image: 1 }]);
    await isClosed(upstream.sockets[0]);
  });

  it.each<[string, number, string]>([
    ['whose type says otherwise', 429, google(429, 'RESOURCE_EXHAUSTED')],
    ['in an array', 429, `[${google(429, 'RESOURCE_EXHAUSTED')}]`],
    ['of status 200', 200, google(429, 'RESOURCE_EXHAUSTED')],
    ['of status 200 in an array', 200, `[${google(429, 'RESOURCE_EXHAUSTED')}]`],
  ])('tells nothing of an error %s', async (_name, status, body) => {
    const upstream = await upstreamWith(({ socket }) => {
      socket.write(textOf(status, body, 'text/event-stream'));
    });
    const listener = jest.fn(() => false);
    expect(await client.streamGenerateContent(callTo(upstream), listener)).toMatchObject({
      ok: false,
      failure: { kind: 'rate_limit' },
    });
    expect(listener).not.toHaveBeenCalled();
  });

  it('throws the signal’s reason before the final part, and reports nothing more', async () => {
    const abort = new AbortController();
    const reason = new Error('gone');
    const upstream = await upstreamWith(({ socket }) => {
      socket.write(EVENTS_HEAD + eventOf({ image: 1 }) + eventOf({ image: 2 }));
    });
    const told: unknown[] = [];
    const call = callTo(upstream, { signal: abort.signal });
    const calling = client.streamGenerateContent(call, (event) => {
      told.push(event);
      abort.abort(reason);
      return false;
    });
    await expect(calling).rejects.toBe(reason);
    await isClosed(upstream.sockets[0]);
    expect(told).toEqual([{ image: 1 }]);
  });

  it('throws what its listener throws: it is a fault of ours', async () => {
    const fault = new TypeError('ours');
    const upstream = await upstreamWith(({ socket }) => {
      socket.write(EVENTS_HEAD + eventOf({ image: 1 }));
    });
    const calling = client.streamGenerateContent(callTo(upstream), () => {
      throw fault;
    });
    await expect(calling).rejects.toBe(fault);
    await isClosed(upstream.sockets[0]);
  });
});

describe('a kept-alive connection', () => {
  /** Responds to the first request, and does this to each that follows. */
  const afterwards =
    (script: (call: RawCall, number: number) => void) =>
    (call: RawCall, number: number): void => {
      if (number === 1) {
        responses(call);
      } else {
        script(call, number);
      }
    };
  const places = ({ calls }: { readonly calls: readonly RawCall[] }) =>
    calls.map(({ connection, request }) => [connection, request]);

  it('serves the next call too', async () => {
    const upstream = await upstreamWith(responses);
    await client.generateContent(callTo(upstream));
    await client.generateContent(callTo(upstream));
    expect(places(upstream)).toEqual([
      [1, 1],
      [1, 2],
    ]);
  });

  it('that has gone stale is a separate kind of failure, and the next call opens a new one', async () => {
    const upstream = await upstreamWith(
      afterwards((call) => {
        if (call.connection === 1) {
          call.socket.resetAndDestroy();
        } else {
          responses(call);
        }
      }),
    );
    await client.generateContent(callTo(upstream));
    expect(await client.generateContent(callTo(upstream))).toEqual({
      ok: false,
      failure: { kind: 'stale_connection', reason: 'ECONNRESET' },
    });
    expect(await client.generateContent(callTo(upstream))).toMatchObject({ ok: true });
    expect(places(upstream)).toEqual([
      [1, 1],
      [1, 2],
      [2, 1],
    ]);
  });

  it('is not stale when a new one is reset', async () => {
    const upstream = await upstreamWith(({ socket }) => socket.resetAndDestroy());
    expect(await client.generateContent(callTo(upstream))).toEqual({
      ok: false,
      failure: { kind: 'transient', reason: 'ECONNRESET' },
    });
    expect(upstream.calls).toHaveLength(1);
  });

  it.each<[string, (call: RawCall) => void]>([
    ['works for a second', ({ socket }) => setTimeout(() => socket.resetAndDestroy(), 1100)],
    ['has begun its response', ({ socket }) => socket.end('HTTP/1.1 200 OK\r\n')],
    ['says that it goes on', ({ socket }) => socket.end('HTTP/1.1 102 Processing\r\n\r\n')],
    ['speaks no HTTP', ({ socket }) => socket.end('oops\r\n\r\n')],
    ['breaks off in a body', ({ socket }) => socket.end(`${OPEN_HEAD}{`)],
  ])('was not stale where the upstream %s: the call may be billed', async (_name, script) => {
    const upstream = await upstreamWith(afterwards(script));
    await client.generateContent(callTo(upstream));
    expect(await client.generateContent(callTo(upstream))).toMatchObject({
      ok: false,
      failure: { kind: 'transient' },
    });
    expect(places(upstream)).toEqual([
      [1, 1],
      [1, 2],
    ]);
  });
});

describe('Vertex AI', () => {
  let vertex: FakeVertex;
  let tokens: FakeTokenServer;

  beforeEach(async () => {
    [vertex, tokens] = await Promise.all([startVertex(), startTokenServer()]);
    closers.push(
      () => vertex.close(),
      () => tokens.close(),
    );
  });

  function credentialsOf(fields: object = {}): GoogleCredentials {
    const reading = parseGoogleCredentials(JSON.stringify({ ...tokens.serviceAccount, ...fields }));
    if (!reading.ok) {
      throw new Error(reading.faults.join());
    }
    return reading.credentials;
  }

  function vertexCall(rest: Partial<GeminiCall> = {}, credentials = credentialsOf()): GeminiCall {
    const access = {
      project: 'acme-images',
      location: 'global',
      credentials,
      baseUrl: vertex.url,
    };
    return callTo(vertex, { access, ...rest });
  }

  it('receives a token and the requested image format', async () => {
    const call = vertexCall({ imageOutput: { format: 'jpeg', quality: 80 } });
    expect(await client.generateContent(call)).toMatchObject({ ok: true });
    const [request] = vertex.requests;
    expect(request?.path).toBe(
      `/v1/projects/acme-images/locations/global/publishers/google/models/${MODEL}:generateContent`,
    );
    expect(request?.headers).toMatchObject({
      authorization: `Bearer ${tokens.tokens[0]}`,
      'accept-encoding': 'identity',
    });
    expect(request?.headers).not.toHaveProperty('x-goog-api-key');
    expect(request?.headers).not.toHaveProperty('x-goog-user-project');
    expect(request?.body.generationConfig.imageConfig?.imageOutputOptions).toEqual({
      mimeType: 'image/jpeg',
      compressionQuality: 80,
    });
  });

  it('receives the project to bill the call to', async () => {
    await client.generateContent(vertexCall({}, credentialsOf({ quota_project_id: 'billed' })));
    expect(vertex.requests[0]?.headers).toMatchObject({ 'x-goog-user-project': 'billed' });
  });

  it.each(['プロジェクト', 'a b', 'a\nb'])(
    'is not called for a project that cannot be: %j',
    async (project) => {
      const call = vertexCall({}, credentialsOf({ quota_project_id: project }));
      expect(await client.generateContent(call)).toEqual({
        ok: false,
        failure: { kind: 'account_unusable', reason: 'token: bad quota project' },
      });
      expect(vertex.requests).toHaveLength(0);
    },
  );

  it('shares a token between calls', async () => {
    await Promise.all([client.generateContent(vertexCall()), client.generateContent(vertexCall())]);
    await client.generateContent(vertexCall());
    expect(tokens.tokens).toHaveLength(1);
    expect(vertex.requests).toHaveLength(3);
  });

  it('that refuses a token does not affect the account, and the next call has another token', async () => {
    await client.generateContent(vertexCall());
    vertex.refused.add(String(tokens.tokens[0]));
    expect(await client.generateContent(vertexCall())).toMatchObject({
      ok: false,
      failure: { kind: 'stale_token' },
    });
    expect(await client.generateContent(vertexCall({ isTokenRenewed: true }))).toMatchObject({
      ok: true,
    });
    expect(vertex.requests.map(({ headers }) => headers.authorization)).toEqual(
      [0, 0, 1].map((index) => `Bearer ${tokens.tokens[index]}`),
    );
  });

  it('that refuses the renewed token as well means the account', async () => {
    vertex.refused.add('ya29.token-1');
    expect(await client.generateContent(vertexCall({ isTokenRenewed: true }))).toEqual({
      ok: false,
      failure: {
        kind: 'account_unusable',
        reason: '401 UNAUTHENTICATED ACCESS_TOKEN_EXPIRED',
      },
    });
    expect(vertex.requests).toHaveLength(1);
  });

  it.each<[string, Parameters<FakeTokenServer['response']>[0], string]>([
    ['refused', { status: 400, body: { error: 'invalid_grant' } }, 'account_unusable'],
    ['not to be had now', { status: 503, body: {} }, 'transient'],
    ['long in coming', { afterMs: 5000 }, 'timeout'],
  ])('is not called where a token is %s', async (_name, response, kind) => {
    tokens.response(response);
    expect(await client.generateContent(vertexCall({ timeoutMs: 1000 }))).toMatchObject({
      ok: false,
      failure: { kind },
    });
    expect(vertex.requests).toHaveLength(0);
  });

  it('is not called if the signal is aborted during a token request', async () => {
    tokens.response({ afterMs: 5000 });
    const abort = new AbortController();
    const reason = new Error('gone');
    const calling = client.generateContent(vertexCall({ signal: abort.signal }));
    setTimeout(() => {
      abort.abort(reason);
    }, 50);
    await expect(calling).rejects.toBe(reason);
    expect(vertex.requests).toHaveLength(0);
  });
});

function blobOf(...pieces: readonly string[]): JsonBlob {
  return JsonBlob.from(pieces.map((piece) => Buffer.from(piece)));
}
