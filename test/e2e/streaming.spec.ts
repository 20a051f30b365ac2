import sharp from 'sharp';
import { parseAccounts } from '../../src/accounts/config/accounts-file';
import { eventsAsTheyCome, eventsOf, inAWord, type ReadEvent } from '../event-stream';
import { startTokenServer } from '../fake-token-server';
import { startEasel, type RunningEasel } from '../running-easel';
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
import { upstreamBodies } from '../upstream-body';
import { until } from '../until';

describe('a stream from the emulator', () => {
  let easel: RunningEasel;

  beforeEach(async () => {
    easel = await startEasel({ accounts: 2 });
  });
  afterEach(() => easel.close());

  it.each([0, 1, 2, 3])('shows at most %i partial images and ends with the image', async (max) => {
    const response = await easel.generate({ prompt: 'a boat', stream: true, partial_images: max });
    const events = await eventsOf(response);
    expect(response.status).toBe(200);
    expect(events.map(({ name }) => name)).toEqual(events.map(({ data }) => data.type));
    expect(events.slice(0, -1).map(inAWord)).toEqual(
      Array.from({ length: events.length - 1 }, (_, index) => `partial ${index}`),
    );
    expect(events.length - 1).toBeLessThanOrEqual(max);
    expect(events.length - 1).toBeGreaterThanOrEqual(Math.min(max, 1));
    expect(events.at(-1)?.name).toBe('image_generation.completed');
    // Without partial images there is nothing that a stream of Google's would say earlier.
    const [call] = easel.emulator.requests;
    expect(call?.path).toContain(max === 0 ? ':generateContent' : ':streamGenerateContent');
    expect(upstreamBodies(easel.emulator)[0]?.generationConfig['thinkingConfig']).toEqual(
      max === 0 ? undefined : { includeThoughts: true },
    );
  });

  it('has every field of OpenAI’s event, the cost, and nothing else', async () => {
    const response = await easel.generate({
      prompt: 'a boat',
      stream: true,
      partial_images: 1,
      size: '1920x1080',
      response_format: 'url',
    });
    const [partial, completed] = await eventsOf(response);
    const common = {
      b64_json: expect.stringMatching(/^\/9j\/[A-Za-z0-9+/]+={0,2}$/) as string,
      created_at: expect.any(Number) as number,
      size: '1376x768',
      quality: 'auto',
      background: 'opaque',
      output_format: 'jpeg',
      // Ours, and ignored by OpenAI's clients.
      image_index: 0,
    };
    expect(partial?.data).toEqual({
      type: 'image_generation.partial_image',
      ...common,
      partial_image_index: 0,
    });
    expect(completed?.data).toEqual({
      type: 'image_generation.completed',
      ...common,
      usage: {
        input_tokens: expect.any(Number) as number,
        output_tokens: expect.any(Number) as number,
        total_tokens: expect.any(Number) as number,
        input_tokens_details: { text_tokens: expect.any(Number) as number, image_tokens: 0 },
        output_tokens_details: { text_tokens: expect.any(Number) as number, image_tokens: 1120 },
        cost: expect.any(Number) as number,
      },
    });
    expect(Number.isInteger(completed?.data.created_at)).toBe(true);
    expect(partial?.data.b64_json).not.toBe(completed?.data.b64_json);
  });

  it('responds with the headers of a stream, and those of Easel that are known by then', async () => {
    const response = await easel.generate(
      { prompt: 'a boat', stream: true, n: 2, size: '16:9' },
      { 'X-Request-Id': 'my-stream' },
    );
    await response.text();
    const headers = Object.fromEntries(response.headers);
    expect(headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
      'x-request-id': 'my-stream',
      'x-images-requested': '2',
      'x-image-model': 'gemini-3-pro-image',
      'x-image-aspect-ratio': '1:1',
      'x-mapping-warning': expect.stringContaining('16:9') as string,
      'openai-version': '2020-10-01',
      'openai-processing-ms': expect.stringMatching(/^\d+$/) as string,
    });
    expect(headers['x-account-email']).toMatch(/^account-[12]@test$/);
    expect(headers).not.toHaveProperty('x-images-returned');
  });

  it('sends three images with their partial images, each counted by itself', async () => {
    const response = await easel.generate({
      prompt: 'a boat',
      stream: true,
      n: 3,
      partial_images: 3,
    });
    const words = (await eventsOf(response)).map(inAWord);
    expect(words.filter((word) => word === 'completed')).toHaveLength(3);
    expect(words.filter((word) => word === 'partial 0')).toHaveLength(3);
    expect(words.at(-1)).toBe('completed');
    expect(easel.emulator.requests).toHaveLength(3);
  });

  it('transcodes partial images as well as the image', async () => {
    const response = await easel.generate({
      prompt: 'a boat',
      stream: true,
      partial_images: 1,
      output_format: 'webp',
    });
    const events = await eventsOf(response);
    expect(events.map(inAWord)).toEqual(['partial 0', 'completed']);
    for (const { data } of events) {
      expect(data.output_format).toBe('webp');
      const image = await sharp(Buffer.from(data.b64_json ?? '', 'base64')).metadata();
      expect(image.format).toBe('webp');
      expect(`${image.width}x${image.height}`).toBe(data.size);
    }
  });

  it('asks no model to show thoughts that has none', async () => {
    const response = await easel.generate({
      model: 'gemini-2.5-flash-image',
      prompt: 'a boat',
      stream: true,
      partial_images: 2,
    });
    expect((await eventsOf(response)).map(inAWord)).toEqual(['completed']);
    expect(upstreamBodies(easel.emulator)[0]?.generationConfig).not.toHaveProperty(
      'thinkingConfig',
    );
  });

  it.each([false, null])('is none with stream %s', async (stream) => {
    const response = await easel.generate({ prompt: 'x', stream, partial_images: 2 });
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(easel.emulator.requests[0]?.path).toContain(':generateContent');
  });

  it('writes the log line of every request', async () => {
    await (await easel.generate({ prompt: 'x', stream: true, n: 2 })).text();
    await until(() => easel.log.some(({ path }) => path === '/v1/images/generations'));
    expect(easel.log.find(({ path }) => path === '/v1/images/generations')).toMatchObject({
      status: 200,
      images: {
        model: 'gemini-3-pro-image',
        requested: 2,
        returned: 2,
        accounts: expect.arrayContaining(['account-1@test', 'account-2@test']) as string[],
      },
    });
  });
});

describe('a stream from Vertex AI', () => {
  it('uses the streaming method, with a new token if the first is refused', async () => {
    const [draft, image] = await Promise.all([png(16), png(32)]);
    const tokens = await startTokenServer();
    const upstream = await startScriptedUpstream((call) => {
      if (call.number === 1) {
        respondWithError(call, 401, 'UNAUTHENTICATED');
      } else {
        respondWhole(call, draft, image);
      }
    });
    const entry = {
      email: 'vertex@test',
      provider: 'vertex',
      project: 'acme',
      credentialsFile: '/service.json',
      baseUrl: upstream.url,
    };
    const easel = await startEasel({
      otherAccounts: parseAccounts(JSON.stringify({ accounts: [entry] }), () =>
        JSON.stringify(tokens.serviceAccount),
      ),
    });
    const response = await easel.generate({ prompt: 'x', stream: true, partial_images: 1 });
    expect((await eventsOf(response)).map(inAWord)).toEqual(['partial 0', 'completed']);
    expect(response.headers.get('x-account-email')).toBe('vertex@test');
    expect(upstream.calls.map(({ path }) => path)).toEqual(
      Array.from(
        { length: 2 },
        () =>
          '/v1/projects/acme/locations/global/publishers/google/models/gemini-3-pro-image' +
          ':streamGenerateContent?alt=sse',
      ),
    );
    expect(upstream.calls.map(({ authorization }) => authorization)).toEqual(
      tokens.tokens.map((token) => `Bearer ${token}`),
    );
    await easel.close();
    await Promise.all([tokens.close(), upstream.close()]);
  });
});

describe('a stream', () => {
  let upstream: ScriptedUpstream;
  let easel: RunningEasel;

  async function start(script: (call: ScriptedCall) => void | Promise<void>): Promise<void> {
    upstream = await startScriptedUpstream(script);
    easel = await startEasel({
      accounts: [{ baseUrl: upstream.url }, { baseUrl: upstream.url }],
    });
  }
  afterEach(async () => {
    await easel.close();
    await upstream.close();
  });

  it('sends each step when it arrives, not at the end', async () => {
    const [draft, second, final] = await Promise.all([png(16), png(24), png(32)]);
    const waiting: (() => void)[] = [];
    const nextStep = () => new Promise<void>((go) => waiting.push(go));
    await start(async ({ response }) => {
      writeEvent(response, respond([imagePart(draft, { thought: true })]));
      await nextStep();
      // One that is not marked: only the next image shows that it was a draft.
      writeEvent(response, respond([imagePart(second)]));
      writeEvent(response, respond([imagePart(final)]));
      await nextStep();
      writeEvent(response, respond([{ text: '' }], 'STOP'));
      response.end();
    });
    const response = await easel.generate({ prompt: 'x', stream: true, partial_images: 3 });
    const seen: string[] = [];
    for await (const event of eventsAsTheyCome(response)) {
      seen.push(`${inAWord(event)} ${event.data.size ?? ''}`);
      waiting.shift()?.();
    }
    expect(seen).toEqual(['partial 0 16x16', 'partial 1 24x24', 'completed 32x32']);
  });

  it('sends the image that is done first, first', async () => {
    const [slow, quick] = await Promise.all([png(16), png(32)]);
    let release: () => void = () => undefined;
    await start(async (call) => {
      if (call.number === 1) {
        await new Promise<void>((done) => (release = done));
      }
      respondWhole(call, call.number === 1 ? slow : quick);
    });
    const response = await easel.generate({ prompt: 'x', stream: true, n: 2 });
    const sizes: (string | undefined)[] = [];
    for await (const { data } of eventsAsTheyCome(response)) {
      sizes.push(data.size);
      release();
    }
    expect(sizes).toEqual(['32x32', '16x16']);
  });

  it('sends no more partial images than requested', async () => {
    const images = await Promise.all([8, 16, 24, 32, 40].map((size) => png(size)));
    await start((call) => {
      respondWhole(call, ...images);
    });
    const response = await easel.generate({ prompt: 'x', stream: true, partial_images: 2 });
    const events = await eventsOf(response);
    expect(events.map((event) => `${inAWord(event)} ${event.data.size ?? ''}`)).toEqual([
      'partial 0 8x8',
      'partial 1 16x16',
      'completed 40x40',
    ]);
  });

  it('skips a partial image that cannot be read, and numbers the others', async () => {
    const [good, final] = await Promise.all([png(16), png(32)]);
    // The second has a header and nothing behind it.
    const broken = [Buffer.from('no image').toString('base64'), good.slice(0, 64)];
    await start((call) => {
      respondWhole(call, ...broken, good, final);
    });
    const response = await easel.generate({
      prompt: 'x',
      stream: true,
      partial_images: 3,
      output_format: 'jpeg',
    });
    const events = await eventsOf(response);
    expect(events.map(inAWord)).toEqual(['partial 0', 'completed']);
    expect(events[0]?.data.size).toBe('16x16');
  });

  it('sends an image that was only shown as a thought, when the model stopped there', async () => {
    const only = await png(16);
    await start(({ response }) => {
      writeEvent(response, respond([imagePart(only, { thought: true })]));
      writeEvent(response, respond([], 'STOP'));
      response.end();
    });
    const events: readonly ReadEvent[] = await eventsOf(
      await easel.generate({ prompt: 'x', stream: true, partial_images: 1 }),
    );
    expect(events.map(inAWord)).toEqual(['partial 0', 'completed']);
  });

  it('accepts one JSON document from an upstream without event streams', async () => {
    const image = await png(16);
    await start(({ response }) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(
          [respond([imagePart(image, { thought: true })]), respond([imagePart(image)], 'STOP')],
          undefined,
          2,
        ),
      );
    });
    const response = await easel.generate({ prompt: 'x', stream: true, partial_images: 1 });
    expect((await eventsOf(response)).map(inAWord)).toEqual(['partial 0', 'completed']);
  });

  it('is sent to a slow client at its own pace, and delays no other client', async () => {
    const bytes = Buffer.alloc(6 * 1024 * 1024, 7);
    Buffer.from(await png(16), 'base64').copy(bytes);
    const image = bytes.toString('base64');
    const body = Buffer.from(JSON.stringify(respond([imagePart(image)], 'STOP')));
    await start(({ response }) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(body);
    });
    const heldBefore = held();
    const slow = await easel.generate({ prompt: 'slow', stream: true, n: 4 });
    await until(() => upstream.calls.length === 4);
    await Promise.all(upstream.calls.map(({ closed }) => closed));
    // All four are made, and lie here: once, as they came.
    const growth = held() - heldBefore;
    expect(growth).toBeLessThan(4 * image.length * 1.5);

    const quick = await easel.generate({ prompt: 'quick', stream: true });
    expect((await eventsOf(quick)).map(inAWord)).toEqual(['completed']);

    let received = 0;
    for await (const chunk of slow.body ?? []) {
      received += (chunk as Uint8Array).length;
      await new Promise((done) => setTimeout(done, 1));
    }
    expect(received).toBeGreaterThan(4 * image.length);
    expect(received).toBeLessThan(4 * image.length + 4096);
  });
});

/** Bytes held in memory that are no code: JavaScript's own and those of buffers. */
function held(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
