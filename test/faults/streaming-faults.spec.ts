import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI, { APIError } from 'openai';
import { eventsAsTheyCome, eventsOf, inAWord } from '../event-stream';
import { startEasel, type ErrorBody, type RunningEasel } from '../running-easel';
import {
  respond,
  respondWithError,
  respondWhole,
  imagePart,
  png,
  startScriptedUpstream,
  writeEvent,
  type ScriptedCall,
  type ScriptedUpstream,
} from '../scripted-upstream';
import { until } from '../until';

const WARN = 40;
const STREAM = { prompt: 'x', stream: true, partial_images: 2 };

describe('a stream whose upstream fails', () => {
  let upstream: ScriptedUpstream;
  let easel: RunningEasel;
  let draft: string;
  let image: string;

  beforeAll(async () => {
    [draft, image] = await Promise.all([png(16), png(32)]);
  });

  async function start(
    script: (call: ScriptedCall) => void | Promise<void>,
    env: Record<string, string> = {},
  ): Promise<void> {
    upstream = await startScriptedUpstream(script);
    const baseUrl = upstream.url;
    easel = await startEasel({ accounts: [{ baseUrl }, { baseUrl }], env });
  }
  afterEach(async () => {
    await easel.close();
    await upstream.close();
  });

  const accountOf = ({ key }: ScriptedCall): string => key.replace('key-of-', '');

  /** Shows a draft, and then says no more. */
  const showDraft = ({ response }: ScriptedCall): void => {
    writeEvent(response, respond([imagePart(draft, { thought: true })]));
  };

  async function inFlight(): Promise<number> {
    const body = (await (await fetch(`${easel.url}/v1/accounts`)).json()) as {
      readonly data: readonly { readonly in_flight: number }[];
    };
    return body.data.reduce((sum, account) => sum + account.in_flight, 0);
  }

  it.each<[string, (call: ScriptedCall) => Promise<void>, readonly string[]]>([
    [
      'before its image',
      async ({ response }) => {
        writeEvent(response, respond([], 'STOP'));
        await sleep(2500);
        writeEvent(response, respond([imagePart(image)], 'STOP'));
        response.end();
      },
      ['completed'],
    ],
    [
      'with a draft before its image',
      async ({ response }) => {
        writeEvent(response, respond([imagePart(draft)], 'STOP'));
        await sleep(1500);
        writeEvent(response, respond([imagePart(image)], 'STOP'));
        response.end();
      },
      ['partial 0', 'completed'],
    ],
  ])('is read to its end where STOP comes %s: one call', async (_name, script, expected) => {
    await start(script);
    const events = await eventsOf(await easel.generate(STREAM));
    expect(events.map(inAWord)).toEqual(expected);
    expect(events.at(-1)?.data).toMatchObject({ b64_json: image });
    expect(upstream.calls).toHaveLength(1);
  });

  it('uses the next account if nothing was sent, and names it in the header', async () => {
    await start((call) => {
      if (call.number === 1) {
        respondWithError(call, 429, 'RESOURCE_EXHAUSTED');
      } else {
        respondWhole(call, draft, image);
      }
    });
    const response = await easel.generate(STREAM);
    expect((await eventsOf(response)).map(inAWord)).toEqual(['partial 0', 'completed']);
    const [first, second] = upstream.calls.map(accountOf);
    expect(first).not.toBe(second);
    expect(response.headers.get('x-account-email')).toBe(second);
  });

  it.each<[string, (call: ScriptedCall) => void]>([
    ['breaks off', ({ response }) => response.destroy()],
    [
      'breaks off within an event',
      ({ response }) => response.write('data: {"cand', () => response.destroy()),
    ],
    ['ends without a finishReason', ({ response }) => response.end()],
    ['ends within an event', ({ response }) => response.end('data: {"candidates":[{"con')],
    ['says no JSON', ({ response }) => response.end('data: oops\r\n\r\n')],
    [
      'turns into an error',
      ({ response }) => {
        writeEvent(response, { error: { code: 503, status: 'UNAVAILABLE', message: 'x' } });
        response.end();
      },
    ],
    [
      'turns into an error that is no event',
      ({ response }) =>
        response.end('[{\n  "error": {\n    "code": 500,\n    "status": "INTERNAL"\n  }\n}]\n'),
    ],
  ])('is made on another account when it %s, and its numbers go on', async (_name, fail) => {
    await start(async (call) => {
      if (call.number > 1) {
        respondWhole(call, draft, draft, image);
        return;
      }
      showDraft(call);
      await sleep(50);
      fail(call);
    });
    const response = await easel.generate(STREAM);
    expect((await eventsOf(response)).map(inAWord)).toEqual([
      'partial 0',
      'partial 1',
      'completed',
    ]);
    expect(new Set(upstream.calls.map(accountOf)).size).toBe(2);
    expect(upstream.calls).toHaveLength(2);
    expect(response.headers.get('x-account-email')).toBe(
      upstream.calls[0] && accountOf(upstream.calls[0]),
    );
  });

  it('keeps a finished image, whatever breaks after it', async () => {
    await start(async ({ response }) => {
      writeEvent(response, respond([imagePart(image)], 'STOP'));
      await sleep(50);
      response.destroy();
    });
    expect((await eventsOf(await easel.generate(STREAM))).map(inAWord)).toEqual(['completed']);
    expect(upstream.calls).toHaveLength(1);
  });

  it.each(['data: [DONE]\n\n', 'data: oops\n\n', 'data: {"cand\n\n', '{"error":{"code":503}}'])(
    'keeps all that arrived before %j, in the same chunk too',
    async (rest) => {
      const events = [
        respond([imagePart(draft, { thought: true })]),
        respond([imagePart(draft, { thought: true })]),
        respond([imagePart(image)], 'STOP'),
      ].map((event) => `data: ${JSON.stringify(event)}\n\n`);
      await start(({ response }) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.end(events.join('') + rest);
      });
      expect((await eventsOf(await easel.generate(STREAM))).map(inAWord)).toEqual([
        'partial 0',
        'partial 1',
        'completed',
      ]);
      expect(upstream.calls).toHaveLength(1);
    },
  );

  it('accepts a stream with a byte order mark and blank events', async () => {
    await start((call) => {
      call.response.writeHead(200, { 'content-type': 'text/event-stream' });
      call.response.write('\ufeff');
      showDraft(call);
      call.response.write('data:\n\n');
      respondWhole(call, image);
    });
    expect((await eventsOf(await easel.generate(STREAM))).map(inAWord)).toEqual([
      'partial 0',
      'completed',
    ]);
    expect(upstream.calls).toHaveLength(1);
  });

  it('keeps a finished image of a stream that stays open, with the counts after it', async () => {
    await start(async ({ response }) => {
      writeEvent(response, { ...respond([imagePart(image)], 'STOP'), usageMetadata: undefined });
      await sleep(50);
      writeEvent(response, { usageMetadata: { promptTokenCount: 3, totalTokenCount: 1123 } });
    });
    const events = await eventsOf(await easel.generate(STREAM));
    expect(events.map(inAWord)).toEqual(['completed']);
    expect(events[0]?.data.usage).toMatchObject({ output_tokens: 1120 });
    await upstream.calls[0]?.closed;
    expect(upstream.calls).toHaveLength(1);
  });

  it('keeps a finished image when the deadline passes', async () => {
    await start(
      async ({ response }) => {
        await sleep(300);
        writeEvent(response, respond([imagePart(image)], 'STOP'));
      },
      { REQUEST_DEADLINE_MS: '1200' },
    );
    expect((await eventsOf(await easel.generate(STREAM))).map(inAWord)).toEqual(['completed']);
    expect(await inFlight()).toBe(0);
  });

  it('keeps a finished image when its call times out', async () => {
    await start(
      async ({ response }) => {
        await sleep(300);
        writeEvent(response, respond([imagePart(image)], 'STOP'));
      },
      { UPSTREAM_ATTEMPT_TIMEOUT_MS: '1200' },
    );
    expect((await eventsOf(await easel.generate(STREAM))).map(inAWord)).toEqual(['completed']);
    expect(upstream.calls).toHaveLength(1);
  });

  it.each<[string, (call: ScriptedCall) => void | Promise<void>, number, string, number]>([
    [
      'a refusal',
      ({ response }) => {
        writeEvent(response, respond([], 'IMAGE_SAFETY'));
        response.end();
      },
      400,
      'moderation_blocked',
      1,
    ],
    [
      'a blocked prompt',
      ({ response }) => {
        writeEvent(response, { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } });
        response.end();
      },
      400,
      'moderation_blocked',
      1,
    ],
    [
      'a blocked prompt, after which the stream breaks off',
      async ({ response }) => {
        writeEvent(response, { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } });
        await sleep(50);
        response.destroy();
      },
      400,
      'moderation_blocked',
      1,
    ],
    [
      'no image, twice',
      ({ response }) => {
        writeEvent(response, respond([{ text: 'I cannot' }], 'STOP'));
        response.end();
      },
      502,
      'no_image',
      2,
    ],
    [
      'a quota that is gone',
      (call) => {
        respondWithError(call, 429, 'RESOURCE_EXHAUSTED', [
          { violations: [{ quotaId: 'GenerateRequestsPerDayPerProjectPerModel' }] },
        ]);
      },
      429,
      'insufficient_quota',
      2,
    ],
  ])('is an ordinary error with %s', async (_name, script, status, code, calls) => {
    await start(script);
    const response = await easel.generate(STREAM);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(((await response.json()) as ErrorBody).error.code).toBe(code);
    expect(response.headers.get('x-account-email')).toMatch(/^account-\d@test$/);
    expect(response.headers.get('x-images-returned')).toBe('0');
    expect(response.headers.get('x-should-retry')).toBe('false');
    expect(upstream.calls).toHaveLength(calls);
  });

  it('is an ordinary error if a field is invalid, and costs nothing', async () => {
    await start(() => undefined);
    const response = await easel.generate({ ...STREAM, n: 0 });
    expect(response.status).toBe(400);
    expect(((await response.json()) as ErrorBody).error.param).toBe('n');
    expect(upstream.calls).toHaveLength(0);
  });

  it('ends with one error event when all fail after the first event', async () => {
    await start(async (call) => {
      showDraft(call);
      await sleep(50);
      writeEvent(call.response, respond([], 'IMAGE_SAFETY'));
      call.response.end();
    });
    const response = await easel.generate({ ...STREAM, n: 2 });
    expect(response.status).toBe(200);
    const events = await eventsOf(response);
    expect(events.map(inAWord)).toEqual(['partial 0', 'partial 0', 'error']);
    expect(events.at(-1)).toEqual({
      name: 'error',
      data: {
        type: 'error',
        error: {
          message: expect.stringContaining('safety system') as string,
          type: 'image_generation_user_error',
          param: null,
          code: 'moderation_blocked',
        },
      },
    });
    await until(() => easel.log.some(({ path }) => path === '/v1/images/generations'));
    expect(easel.log.find(({ path }) => path === '/v1/images/generations')).toMatchObject({
      fault: 'moderation_blocked',
      images: { requested: 2, returned: 0 },
    });
  });

  it('ends with an error event when the deadline passes', async () => {
    await start(showDraft, { REQUEST_DEADLINE_MS: '700' });
    const events = await eventsOf(await easel.generate(STREAM));
    expect(events.map(inAWord)).toEqual(['partial 0', 'error']);
    expect(events[1]?.data.error).toMatchObject({ type: 'server_error', code: 'upstream_timeout' });
    await until(() => upstream.calls[0]?.response.destroyed === true);
  });

  it('keeps the connection alive until the first event, and errors are events from then on', async () => {
    let seenAlive = (): void => undefined;
    const isAlive = new Promise<void>((resolve) => (seenAlive = resolve));
    await start(
      async (call) => {
        await isAlive;
        respondWithError(call, 500, 'INTERNAL');
      },
      { MAX_ATTEMPTS_PER_IMAGE: '1', STREAM_KEEP_ALIVE_MS: '300' },
    );
    const response = await easel.generate({ prompt: 'x', stream: true });
    expect(response.status).toBe(200);
    expect(response.headers.has('x-images-returned')).toBe(false);
    // The headers came with the first sign of life, and only now does the call fail.
    seenAlive();
    expect(await response.text()).toMatch(
      /^(?:: keepalive\n\n)+event: error\ndata: \{"type":"error","error":\{.*"code":"upstream_error"\}\}\n\n$/,
    );
  });

  it('reports one failed image of several only in the log', async () => {
    await start((call) => {
      if (call.number === 2) {
        writeEvent(call.response, respond([], 'IMAGE_SAFETY'));
        call.response.end();
      } else {
        respondWhole(call, image);
      }
    });
    const response = await easel.generate({ ...STREAM, n: 3 });
    expect((await eventsOf(response)).map(inAWord)).toEqual(['completed', 'completed']);
    const warnings = easel.log.filter(({ level }) => level === WARN);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatchObject({
      requestId: response.headers.get('x-request-id'),
      account: expect.stringMatching(/^account-\d@test$/) as string,
      reason: 'IMAGE_SAFETY',
    });
  });

  it('ends its upstream call when the client hangs up and nothing is kept, and makes no further call', async () => {
    await start(showDraft, { ABANDONED_TTL_SECONDS: '0' });
    const client = new AbortController();
    const response = await fetch(`${easel.url}/v1/images/generations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...STREAM, n: 3 }),
      signal: client.signal,
    });
    await until(() => upstream.calls.length === 3);
    expect(await inFlight()).toBe(3);
    client.abort();
    await Promise.all(upstream.calls.map(({ closed }) => closed));
    await sleep(300);
    expect(response.status).toBe(200);
    expect(upstream.calls).toHaveLength(3);
    expect(await inFlight()).toBe(0);
    expect(easel.log.filter(({ level }) => level >= WARN)).toEqual([]);
  });

  it('holds no slot of an account for a client that reads nothing', async () => {
    await start((call) => {
      respondWhole(call, image);
    });
    const response = await easel.generate({ ...STREAM, n: 4 });
    await until(() => upstream.calls.length === 4);
    await Promise.all(upstream.calls.map(({ closed }) => closed));
    await sleep(100);
    expect(await inFlight()).toBe(0);
    expect(await eventsOf(response)).toHaveLength(4);
  });

  it('throws in the official openai package, after the earlier events', async () => {
    await start(async (call) => {
      showDraft(call);
      await sleep(50);
      call.response.destroy();
    });
    const openai = new OpenAI({ baseURL: `${easel.url}/v1`, apiKey: 'any', maxRetries: 0 });
    const seen: string[] = [];
    const error: unknown = await (async () => {
      const stream = await openai.images.generate({
        model: 'gpt-image-1',
        prompt: 'x',
        stream: true,
        partial_images: 1,
      });
      for await (const event of stream) {
        seen.push(event.type);
      }
      return undefined;
    })().catch((caught: unknown) => caught);
    expect(seen).toEqual(['image_generation.partial_image']);
    expect(error).toBeInstanceOf(APIError);
    expect(error).toMatchObject({
      type: 'server_error',
      code: 'upstream_error',
      requestID: expect.stringMatching(/^req_/) as string,
    });
  });

  it('finishes before the process ends', async () => {
    await start(async (call) => {
      showDraft(call);
      await sleep(700);
      respondWhole(call, image);
    });
    const words: string[] = [];
    let closing: Promise<void> | undefined;
    for await (const event of eventsAsTheyCome(await easel.generate(STREAM))) {
      words.push(inAWord(event));
      closing ??= easel.close();
    }
    await closing;
    expect(words).toEqual(['partial 0', 'completed']);
  });
});
