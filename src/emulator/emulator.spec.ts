import { request as httpRequest } from 'node:http';

import sharp from 'sharp';

import { startEmulator } from './emulator';
import type { Emulator } from './emulator';
import type { Fault } from './fault';
import { until } from '../../test/until';

// Drawing takes its time on a busy machine.

/** The one with the smallest pictures, the fastest to draw: what they show does not matter here. */
const MODEL = 'gemini-3.1-flash-image';

const BODY = {
  contents: [{ role: 'user', parts: [{ text: 'A fox' }] }],
  generationConfig: { responseModalities: ['IMAGE'], imageConfig: { imageSize: '512' } },
};

interface Part {
  readonly text?: string;
  readonly thought?: boolean;
  readonly thoughtSignature?: string;
  readonly inlineData?: { readonly mimeType: string; readonly data: string };
}

interface ModelResponse {
  readonly candidates?: readonly {
    readonly content: { readonly parts?: readonly Part[]; readonly role: string };
    readonly finishReason?: string;
    readonly finishMessage?: string;
    readonly index: number;
  }[];
  readonly promptFeedback?: { readonly blockReason: string };
  readonly usageMetadata: Readonly<Record<string, unknown>>;
  readonly modelVersion: string;
  readonly responseId: string;
  readonly error?: { readonly code: number; readonly status: string; readonly message: string };
}

/** Jest types its matchers as `any`. */
const containing = (text: string): unknown => expect.stringContaining(text) as unknown;
const ANY_TEXT: unknown = expect.any(String) as unknown;

let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator();
});

afterEach(() => {
  emulator.reset();
});

afterAll(async () => {
  await emulator.close();
});

function call(
  body: unknown = BODY,
  { key = 'k1', model = MODEL, method = 'generateContent', query = '', headers = {} } = {},
): Promise<Response> {
  return fetch(`${emulator.url}/v1beta/models/${model}:${method}${query}`, {
    method: 'POST',
    headers: { 'x-goog-api-key': key, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

async function responseTo(...args: Parameters<typeof call>): Promise<ModelResponse> {
  return (await (await call(...args)).json()) as ModelResponse;
}

function parts(response: ModelResponse): readonly Part[] {
  return response.candidates?.[0]?.content.parts ?? [];
}

function bytes(part: Part | undefined): Buffer {
  return Buffer.from(part?.inlineData?.data ?? '', 'base64');
}

function pixels(): Promise<Buffer> {
  return sharp({ create: { width: 40, height: 40, channels: 3, background: '#123456' } })
    .png()
    .toBuffer();
}

function withThoughts(modalities: readonly string[] = ['IMAGE']): object {
  const thinkingConfig = { includeThoughts: true };
  return {
    ...BODY,
    generationConfig: { ...BODY.generationConfig, responseModalities: modalities, thinkingConfig },
  };
}

/** When each event of a stream was there, in milliseconds. */
async function eventTimes(response: Response): Promise<readonly number[]> {
  const times: number[] = [];
  let ends = 0;
  for await (const chunk of response.body ?? []) {
    ends += Buffer.from(chunk).toString('latin1').split('\r\n\r\n').length - 1;
    while (times.length < ends) {
      times.push(performance.now());
    }
  }
  return times;
}

/** What came of a body until it was torn, or until nothing had come for a while. */
async function received(
  response: Response,
): Promise<{ readonly text: string; readonly ended: 'whole' | 'torn' | 'silent' }> {
  const reader = response.body?.getReader();
  let text = '';
  for (;;) {
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<'silent'>((resolve) => {
      timer = setTimeout(resolve, 1500, 'silent');
    });
    const step = await Promise.race([reader?.read().catch(() => 'torn' as const), silence]);
    clearTimeout(timer);
    if (step === 'silent' || step === 'torn') {
      return { text, ended: step };
    }
    if (step === undefined || step.done) {
      return { text, ended: 'whole' };
    }
    text += Buffer.from(step.value).toString('latin1');
  }
}

interface ModelList {
  readonly models: readonly { readonly name: string }[];
  readonly nextPageToken?: string;
}

describe('a response', () => {
  it('is printed as Google prints it, in Google’s order', async () => {
    const response = await call();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json; charset=UTF-8');
    const text = await response.text();
    const json = JSON.parse(text) as ModelResponse;
    expect(text).toBe(`${JSON.stringify(json, null, 2)}\n`);
    expect(Object.keys(json)).toEqual([
      'candidates',
      'usageMetadata',
      'modelVersion',
      'responseId',
    ]);
    expect(json.candidates).toMatchObject([
      { content: { role: 'model' }, finishReason: 'STOP', index: 0 },
    ]);
    expect(json.modelVersion).toBe(MODEL);
    expect(json.responseId).toMatch(/^[\w-]{16,}$/u);
  });

  it('holds one JPEG with a thought signature', async () => {
    const [part, ...others] = parts(await responseTo());
    expect(others).toEqual([]);
    expect(part?.inlineData?.mimeType).toBe('image/jpeg');
    expect(part?.inlineData?.data).toMatch(/^\/9j\/4AAQ[\w+/]+={0,2}$/u);
    expect(part?.thoughtSignature).toMatch(/^[\w+/]+={0,2}$/u);
    expect(await sharp(bytes(part)).metadata()).toMatchObject({ format: 'jpeg', width: 512 });
  });

  it('on 2.5 holds a PNG without a signature, and costs 1290 tokens', async () => {
    const response = await responseTo(
      { contents: BODY.contents, generationConfig: { responseModalities: ['IMAGE'] } },
      { model: 'gemini-2.5-flash-image' },
    );
    const [part] = parts(response);
    expect(part).toEqual({ inlineData: { mimeType: 'image/png', data: ANY_TEXT } });
    expect(response.usageMetadata).toMatchObject({
      promptTokenCount: 2,
      candidatesTokenCount: 1290,
      totalTokenCount: 1292,
    });
  });

  it('adds up its tokens, and counts more for the candidate than for its image', async () => {
    const { usageMetadata } = await responseTo();
    const number = (name: string): number => Number(usageMetadata[name]);
    expect(usageMetadata).toMatchObject({
      promptTokensDetails: [{ modality: 'TEXT', tokenCount: 2 }],
      candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 747 }],
      serviceTier: 'standard',
    });
    expect(number('candidatesTokenCount')).toBeGreaterThan(747);
    expect(number('totalTokenCount')).toBe(
      number('promptTokenCount') + number('candidatesTokenCount') + number('thoughtsTokenCount'),
    );
  });

  it('has a text before the image when text is wanted', async () => {
    const response = await responseTo({
      contents: BODY.contents,
      generationConfig: { imageConfig: { imageSize: '512' } },
    });
    expect(parts(response).map((part) => Object.keys(part)[0])).toEqual(['text', 'inlineData']);
  });

  it('shows thoughts, a draft among them, when they are wanted', async () => {
    const all = parts(await responseTo(withThoughts()));
    expect(all.map(({ thought, inlineData }) => [thought, inlineData !== undefined])).toEqual([
      [true, false],
      [true, true],
      [undefined, true],
    ]);
    expect(bytes(all[1]).equals(bytes(all[2]))).toBe(false);
  });

  it('differs from call to call, and is the same for the same seed', async () => {
    const seeded = { ...BODY, generationConfig: { ...BODY.generationConfig, seed: 7 } };
    const images = await Promise.all(
      [BODY, BODY, seeded, seeded].map(async (body) => bytes(parts(await responseTo(body))[0])),
    );
    const [first, second, third, fourth] = images;
    expect(first?.equals(second ?? Buffer.alloc(0))).toBe(false);
    expect(third?.equals(fourth ?? Buffer.alloc(0))).toBe(true);
  });

  it('is compact on request, and gzipped for clients that accept it', async () => {
    const compact = await (await call(BODY, { query: '?prettyPrint=false' })).text();
    expect(compact).not.toContain('\n');
    const zipped = await call(BODY, { headers: { 'accept-encoding': 'gzip' } });
    expect(zipped.headers.get('content-encoding')).toBe('gzip');
    expect(parts((await zipped.json()) as ModelResponse)).toHaveLength(1);
    const unzipped = await call(BODY, { headers: { 'accept-encoding': 'identity' } });
    expect(unzipped.headers.get('content-encoding')).toBeNull();
    expect(unzipped.headers.get('content-length')).toBe(String((await unzipped.text()).length));
  });

  it('refuses a prompt with [refuse]', async () => {
    const response = await responseTo({ contents: [{ parts: [{ text: 'A fox [refuse]' }] }] });
    expect(response.candidates).toEqual([
      {
        content: { role: 'model' },
        finishReason: 'IMAGE_SAFETY',
        index: 0,
        finishMessage: containing('Unable to show the generated image.'),
      },
    ]);
  });

  it('counts the tokens of input images', async () => {
    const image = {
      inlineData: { mimeType: 'image/png', data: (await pixels()).toString('base64') },
    };
    const { usageMetadata } = await responseTo({
      ...BODY,
      contents: [{ parts: [{ text: 'bluer' }, image, image] }],
    });
    expect(usageMetadata).toMatchObject({
      promptTokenCount: 2 + 2 * 258,
      promptTokensDetails: [
        { modality: 'TEXT', tokenCount: 2 },
        { modality: 'IMAGE', tokenCount: 2 * 258 },
      ],
    });
  });

  it('accepts images of megabytes, and records the request', async () => {
    const side = 1200;
    const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
    const photo = await sharp({
      create: { width: side, height: side, channels: 3, background: '#888', noise },
    })
      .png({ compressionLevel: 0 })
      .toBuffer();
    const image = { inlineData: { mimeType: 'image/png', data: photo.toString('base64') } };
    const body = { ...BODY, contents: [{ parts: [{ text: 'bluer' }, image] }] };
    const [part] = parts(await responseTo(body));
    expect(await sharp(bytes(part)).metadata()).toMatchObject({ width: 512, height: 512 });
    expect(emulator.requests[0]?.body).toEqual(body);
    const wrong = { inlineData: { ...image.inlineData, mimeType: 'image/jpeg' } };
    const refused = await responseTo({ contents: [{ parts: [{ text: 'bluer' }, wrong] }] });
    expect(refused.error?.message).toBe('Unhandled generated data mime type: image/png');
  });

  it.each([
    ['lacks its end marker', (jpeg: Buffer) => jpeg.subarray(0, -2), undefined],
    [
      'has bytes behind its end',
      (jpeg: Buffer) => Buffer.concat([jpeg, Buffer.alloc(9)]),
      undefined,
    ],
    ['is cut in half', (jpeg: Buffer) => jpeg.subarray(0, jpeg.length / 2), 400],
  ])('takes a JPEG as decoders do: one that %s', async (_, spoil, code) => {
    const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
    const jpeg = await sharp({
      create: { width: 64, height: 64, channels: 3, background: '#888', noise },
    })
      .jpeg()
      .toBuffer();
    const image = { inlineData: { mimeType: 'image/jpeg', data: spoil(jpeg).toString('base64') } };
    const { error } = await responseTo({ ...BODY, contents: [{ parts: [{ text: 'a' }, image] }] });
    expect(error?.code).toBe(code);
  });

  it('accepts fields that SDKs add: the model, and whether to store', async () => {
    const { error } = await responseTo({ ...BODY, model: `models/${MODEL}`, store: false });
    expect(error).toBeUndefined();
  });

  it('reports a broken input image', async () => {
    const png = await sharp({ create: { width: 9, height: 9, channels: 3, background: '#123456' } })
      .png()
      .toBuffer();
    const data = png.subarray(0, 50).toString('base64');
    const image = { inlineData: { mimeType: 'image/png', data } };
    const response = await responseTo({ contents: [{ parts: [{ text: 'a' }, image] }] });
    expect(response.error).toMatchObject({
      code: 400,
      message: containing('Unable to process input image.'),
    });
  });

  it.each([
    ['without its end marker', 2, undefined],
    ['that ends within its pixels', 8, 400],
    ['that ends in the middle', 1000, 400],
  ])('of a JPEG %s: %i bytes are missing, %s', async (_name, missing, code) => {
    const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
    const create = { width: 64, height: 48, channels: 3, background: '#000', noise } as const;
    const jpeg = await sharp({ create }).jpeg().toBuffer();
    const data = jpeg.subarray(0, jpeg.length - missing).toString('base64');
    const image = { inlineData: { mimeType: 'image/jpeg', data } };
    const response = await responseTo({ contents: [{ parts: [{ text: 'a' }, image] }] });
    expect(response.error?.code).toBe(code);
  });

  it('accepts a JPEG with an extra byte, as the gateway does', async () => {
    const jpeg = await sharp({
      create: { width: 9, height: 9, channels: 3, background: '#123456' },
    })
      .jpeg()
      .toBuffer();
    // libjpeg warns of extraneous bytes before a marker.
    const data = Buffer.concat([jpeg.subarray(0, -2), Buffer.from([0, 0]), jpeg.subarray(-2)]);
    const image = { inlineData: { mimeType: 'image/jpeg', data: data.toString('base64') } };
    const response = await responseTo({ contents: [{ parts: [{ text: 'a' }, image] }] });
    expect(response.error).toBeUndefined();
  });
});

describe('an emulator that draws nothing but one colour', () => {
  let plain: Emulator;

  beforeAll(async () => {
    plain = await startEmulator({ drawing: 'plain' });
  });
  afterAll(() => plain.close());

  const generate = async (body: object, model = MODEL): Promise<ModelResponse> => {
    const response = await fetch(`${plain.url}/v1beta/models/${model}:generateContent`, {
      method: 'POST',
      headers: { 'x-goog-api-key': 'k', 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return (await response.json()) as ModelResponse;
  };

  it.each([
    ['gemini-3-pro-image', '16:9', '4K', 'jpeg', 5504, 3072],
    [MODEL, '1:8', '512', 'jpeg', 192, 1536],
    ['gemini-2.5-flash-image', '3:2', '', 'png', 1248, 832],
  ])('gives size and format of %s at %s %s', async (model, aspectRatio, imageSize, ...wanted) => {
    const imageConfig = { aspectRatio, ...(imageSize === '' ? {} : { imageSize }) };
    const response = await generate(
      { ...BODY, generationConfig: { responseModalities: ['IMAGE'], imageConfig } },
      model,
    );
    const image = bytes(parts(response)[0]);
    const { format, width, height } = await sharp(image, { failOn: 'warning' }).metadata();
    expect([format, width, height]).toEqual(wanted);
    await sharp(image, { failOn: 'warning' }).stats();
    if (format === 'jpeg') {
      expect(image.toString('base64')).toMatch(/^\/9j\/4AAQ/u);
    }
    expect(response.usageMetadata).toHaveProperty('candidatesTokensDetails');
  });

  it.each([MODEL, 'gemini-2.5-flash-image'])('differs from call to call, %s', async (model) => {
    const imageConfig = model === MODEL ? { imageSize: '512' } : {};
    const body = { ...BODY, generationConfig: { imageConfig, responseModalities: ['IMAGE'] } };
    const seeded = { ...body, generationConfig: { ...body.generationConfig, seed: 7 } };
    const images = await Promise.all(
      [body, body, seeded, seeded].map(async (one) =>
        bytes(parts(await generate(one, model))[0]).toString('base64'),
      ),
    );
    const [first, second, third, fourth] = images;
    expect(first).not.toBe(second);
    expect(third).toBe(fourth);
    expect(new Set(images).size).toBe(3);
  });

  it('shows drafts that are not the final image', async () => {
    const images = parts(await generate(withThoughts())).filter((part) => part.inlineData);
    expect(new Set(images.map((part) => bytes(part).toString('base64'))).size).toBe(2);
  });

  it('decodes the whole input image', async () => {
    const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
    const jpeg = await sharp({
      create: { width: 64, height: 64, channels: 3, background: '#888', noise },
    })
      .jpeg()
      .toBuffer();
    const half = jpeg.subarray(0, jpeg.length / 2).toString('base64');
    const inlineData = { mimeType: 'image/jpeg', data: half };
    const { error } = await generate({ ...BODY, contents: [{ parts: [{ inlineData }] }] });
    expect(error?.code).toBe(400);
  });

  it('decodes the input image', async () => {
    const data = (await pixels()).subarray(0, 50).toString('base64');
    const image = { inlineData: { mimeType: 'image/png', data } };
    const imageConfig = { aspectRatio: '1:1', imageSize: '512' };
    const contents = [{ parts: [{ text: 'a' }, image] }];
    const { error } = await generate({ contents, generationConfig: { imageConfig } });
    expect(error).toMatchObject({ message: containing('Unable to process input image.') });
  });
});

it('draws images as large as Google’s with `detailed`', async () => {
  const detailed = await startEmulator({ drawing: 'detailed' });
  try {
    const imageConfig = { imageSize: '4K' };
    const response = await fetch(`${detailed.url}/v1beta/models/${MODEL}:generateContent`, {
      method: 'POST',
      headers: { 'x-goog-api-key': 'k', 'content-type': 'application/json' },
      body: JSON.stringify({
        ...BODY,
        generationConfig: { ...BODY.generationConfig, imageConfig },
      }),
    });
    const [part] = parts((await response.json()) as ModelResponse);
    const megabytes = (part?.inlineData?.data.length ?? 0) / 1e6;
    expect(megabytes).toBeGreaterThan(10);
    expect(megabytes).toBeLessThan(25);
  } finally {
    await detailed.close();
  }
});

describe('a stream', () => {
  it('sends compact events ended by CRLF, the whole image in the last', async () => {
    const response = await call(withThoughts(['TEXT', 'IMAGE']), {
      method: 'streamGenerateContent',
      query: '?alt=sse',
    });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const text = await response.text();
    expect(text.endsWith('\r\n\r\n')).toBe(true);
    const events = text
      .split('\r\n\r\n')
      .slice(0, -1)
      .map((event) => {
        expect(event).toMatch(/^data: \{"candidates":\[\{"content":\{"parts":\[\{/u);
        return JSON.parse(event.slice('data: '.length)) as ModelResponse;
      });
    expect(events.map((event) => parts(event).map((part) => part.thought ?? false))).toEqual([
      [true],
      [true],
      [false],
      [false],
    ]);
    expect(events.map((event) => event.candidates?.[0]?.finishReason)).toEqual([
      undefined,
      undefined,
      undefined,
      'STOP',
    ]);
    expect(new Set(events.map(({ responseId }) => responseId)).size).toBe(1);
    expect(await sharp(bytes(events.flatMap(parts).at(-1))).metadata()).toMatchObject({
      width: 512,
    });
  });

  it('sends each partial image before the next is drawn', async () => {
    emulator.injectFault({ kind: 'latency', ms: 1500 });
    const thinkingConfig = { includeThoughts: true, thinkingLevel: 'HIGH' };
    const response = await call(
      { ...BODY, generationConfig: { ...BODY.generationConfig, thinkingConfig } },
      { method: 'streamGenerateContent', query: '?alt=sse' },
    );
    const arrived = await eventTimes(response);
    // Thought and sketch, underpainting, final: each a third of the latency after the one before.
    expect(arrived).toHaveLength(4);
    const [, sketch = 0, underpainting = 0, final = 0] = arrived;
    expect(underpainting - sketch).toBeGreaterThan(100);
    expect(final - underpainting).toBeGreaterThan(100);
  });

  it.each([
    ['cut', 2],
    ['stall', 2],
  ] as const)('can be %s after its first partial image', async (kind, events) => {
    emulator.injectFault({ kind, afterImages: 1 });
    const response = await call(withThoughts(), {
      method: 'streamGenerateContent',
      query: '?alt=sse',
    });
    const { text, ended } = await received(response);
    expect(text.split('\r\n\r\n').slice(0, -1)).toHaveLength(events);
    expect(ended).toBe(kind === 'cut' ? 'torn' : 'silent');
    if (kind === 'stall') {
      emulator.reset();
    } else {
      expect(emulator.requests.map(({ status }) => status)).toEqual([null]);
    }
  });

  it('is never broken off as late as its last event', async () => {
    emulator.injectFault({ kind: 'cut', afterImages: 9 });
    const stream = { method: 'streamGenerateContent', query: '?alt=sse' };
    const shown = await received(await call(withThoughts(), stream));
    expect(shown.text).toContain('"thought":true');
    expect(shown.text).not.toContain('finishReason');
    const alone = await call(BODY, stream);
    expect(alone.status).toBe(200);
    expect(await received(alone)).toEqual({ text: '', ended: 'torn' });
    await expect(call()).rejects.toThrow();
  });

  it('can fall silent after its headers', async () => {
    emulator.injectFault({ kind: 'stall', afterImages: 0 });
    const response = await call(BODY, { method: 'streamGenerateContent', query: '?alt=sse' });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(await received(response)).toEqual({ text: '', ended: 'silent' });
    emulator.reset();
  });

  it('rejects a broken input image with 400, also when it was to be broken off', async () => {
    emulator.injectFault({ kind: 'cut', afterImages: 1 });
    const data = (await pixels()).subarray(0, 60).toString('base64');
    const image = { inlineData: { mimeType: 'image/png', data } };
    const response = await call(
      { ...withThoughts(), contents: [{ parts: [{ text: 'a' }, image] }] },
      { method: 'streamGenerateContent', query: '?alt=sse' },
    );
    expect(response.status).toBe(400);
  });

  it('is a JSON array without alt=sse', async () => {
    const response = await call(withThoughts(), { method: 'streamGenerateContent' });
    expect(response.headers.get('content-type')).toBe('application/json; charset=UTF-8');
    expect((await response.json()) as readonly ModelResponse[]).toHaveLength(3);
  });

  it.each([
    ['?alt=sse', 'text/event-stream'],
    ['', 'application/json; charset=UTF-8'],
  ])('sends an error with its status and plain JSON (%j)', async (query, type) => {
    const response = await call({}, { method: 'streamGenerateContent', query });
    expect([response.status, response.headers.get('content-type')]).toEqual([400, type]);
    const json = (await response.json()) as ModelResponse | readonly ModelResponse[];
    expect(Array.isArray(json)).toBe(query === '');
  });
});

describe('keys and paths', () => {
  it.each([
    ['no key', { key: '' }, 403, 'PERMISSION_DENIED', "Method doesn't allow unregistered callers"],
    ['a bad key', { key: 'invalid-1' }, 400, 'INVALID_ARGUMENT', 'API key not valid.'],
    [
      'a token',
      { key: '', headers: { authorization: 'Bearer x' } },
      401,
      'UNAUTHENTICATED',
      'Request had invalid authentication credentials.',
    ],
    ['a dead model', { model: 'gemini-3-pro-image-preview' }, 404, 'NOT_FOUND', 'Call ListModels'],
    [
      'a parameter that is none',
      { query: '?size=2' },
      400,
      'INVALID_ARGUMENT',
      'Unknown name "size": Cannot bind query parameter.',
    ],
    [
      'a forgotten content type',
      { headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      400,
      'INVALID_ARGUMENT',
      'Cannot bind query parameter.',
    ],
  ])('%s', async (_, options, code, status, message) => {
    const response = await call(BODY, options);
    expect(response.status).toBe(code);
    const { error } = (await response.json()) as ModelResponse;
    expect(error).toMatchObject({ code, status, message: containing(message) });
  });

  it('says in the details why a key is not valid', async () => {
    expect(await responseTo(BODY, { key: 'invalid' })).toMatchObject({
      error: {
        details: [
          {
            reason: 'API_KEY_INVALID',
            domain: 'googleapis.com',
            metadata: { service: 'generativelanguage.googleapis.com' },
          },
          { locale: 'en-US' },
        ],
      },
    });
  });

  it('accepts the key in the query too, and keeps it out of the recorded path', async () => {
    const response = await call({}, { key: '', query: '?key=k9&prettyPrint=false' });
    expect(response.status).toBe(400);
    expect(emulator.requests).toMatchObject([
      { key: 'k9', path: `/v1beta/models/${MODEL}:generateContent?prettyPrint=false` },
    ]);
  });

  it('accepts only its own keys if it has some', async () => {
    const strict = await startEmulator({ keys: ['right'] });
    try {
      const ask = async (key: string): Promise<number> => {
        const url = `${strict.url}/v1/models/${MODEL}:generateContent`;
        const response = await fetch(url, {
          method: 'POST',
          headers: { 'x-goog-api-key': key, 'content-type': 'application/json' },
          body: '{"contents":[{"parts":[{"text":"a [refuse]"}]}]}',
        });
        return response.status;
      };
      expect([await ask('right'), await ask('wrong')]).toEqual([200, 400]);
    } finally {
      await strict.close();
    }
  });

  it.each([
    ['{"contents":[', 'Unexpected end of string.\n{"contents":[\n             ^'],
    ['{"contents":[{}', 'Unexpected token.\n{"contents":[{}\n               ^'],
    ['nothing', 'Unexpected token.'],
  ])('rejects malformed JSON as Google does: %s', async (body, problem) => {
    expect((await responseTo(body)).error).toMatchObject({
      code: 400,
      message: `Invalid JSON payload received. ${problem}`,
    });
  });

  it('refuses a body over 100 MB', async () => {
    const { error } = await responseTo(`{"contents":[${' '.repeat(105 * 1024 * 1024)}]}`);
    expect(error?.message).toBe('Request payload size exceeds the limit: 104857600 bytes.');
  });

  it('lists its models, and rejects all others', async () => {
    const get = (path: string) =>
      fetch(emulator.url + path, { headers: { 'x-goog-api-key': 'k' } });
    const list = (await (await get('/v1beta/models')).json()) as ModelList;
    expect(list.models.map(({ name }) => name)).toContain(`models/${MODEL}`);
    expect(list.nextPageToken).toBeUndefined();
    const [one, api, web] = await Promise.all(
      ['/v1beta/models/gemini-2.5-flash-image', '/v1beta/files', '/nope'].map(get),
    );
    expect(await one?.json()).toMatchObject({ displayName: 'Nano Banana' });
    expect(api?.status).toBe(404);
    expect(await api?.json()).toMatchObject({ error: { status: 'NOT_FOUND' } });
    expect([web?.status, web?.headers.get('content-type')]).toEqual([
      404,
      'text/html; charset=UTF-8',
    ]);
  });

  it('lists its models page by page', async () => {
    const names: string[] = [];
    let token: string | undefined = '';
    for (let page = 0; token !== undefined; page += 1) {
      const url = `${emulator.url}/v1beta/models?key=k&pageSize=2&pageToken=${token}`;
      const { models, nextPageToken } = (await (await fetch(url)).json()) as ModelList;
      expect(models.length).toBeLessThanOrEqual(2);
      names.push(...models.map(({ name }) => name));
      token = nextPageToken;
      expect(page).toBeLessThan(9);
    }
    expect(new Set(names).size).toBe(names.length);
    const all = await fetch(`${emulator.url}/v1beta/models?key=k`);
    expect(((await all.json()) as ModelList).models.map(({ name }) => name)).toEqual(names);
  });

  it.each([
    ['/v1beta/models', 403, 'PERMISSION_DENIED'],
    ['/v1beta/models?key=invalid-1', 400, 'INVALID_ARGUMENT'],
    ['/v1beta/models?pageSize=1&key=invalid-1', 400, 'INVALID_ARGUMENT'],
    [`/v1beta/models/${MODEL}?key=invalid-1`, 400, 'INVALID_ARGUMENT'],
    ['/v1beta/models/unknown?key=k', 404, 'NOT_FOUND'],
    ['/v1beta/models?key=k&pageSize=-1', 400, 'INVALID_ARGUMENT'],
    ['/v1beta/models?key=k&pageToken=x', 400, 'INVALID_ARGUMENT'],
  ])('responds to GET %s with %d', async (path, status, canonical) => {
    const response = await fetch(emulator.url + path);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code: status, status: canonical } });
    expect(emulator.requests.at(-1)).toMatchObject({ method: 'GET', status });
  });
});

describe('misbehaviour', () => {
  it.each<[Fault, number, object]>([
    [
      { kind: 'status', status: 503 },
      503,
      { status: 'UNAVAILABLE', message: 'The model is overloaded. Please try again later.' },
    ],
    [
      {
        kind: 'status',
        status: 400,
        googleStatus: 'FAILED_PRECONDITION',
        message: 'User location is not supported for the API use.',
      },
      400,
      { status: 'FAILED_PRECONDITION' },
    ],
    [
      { kind: 'status', status: 403, details: [{ reason: 'SERVICE_DISABLED' }] },
      403,
      { details: [{ reason: 'SERVICE_DISABLED' }] },
    ],
    [
      { kind: 'rate_limit', bare: true },
      429,
      { message: 'Resource has been exhausted (e.g. check quota).' },
    ],
    [
      { kind: 'rate_limit', retryDelay: '3s' },
      429,
      {
        status: 'RESOURCE_EXHAUSTED',
        details: [
          {},
          {
            violations: [
              {
                quotaId: 'GenerateRequestsPerMinutePerProjectPerModel-PaidTier',
                quotaDimensions: { model: MODEL },
              },
            ],
          },
          { retryDelay: '3s' },
        ],
      },
    ],
    [
      { kind: 'rate_limit', daily: true, limitZero: true },
      429,
      {
        message: containing('limit: 0'),
        details: [
          {},
          { violations: [{ quotaId: 'GenerateRequestsPerDayPerProjectPerModel-FreeTier' }] },
          {},
        ],
      },
    ],
  ])('%j', async (fault, code, expected) => {
    emulator.injectFault(fault);
    const response = await call();
    expect(response.status).toBe(code);
    expect(await response.json()).toMatchObject({ error: { code, ...expected } });
  });

  it.each<[Fault, object]>([
    [{ kind: 'refusal' }, { finishReason: 'IMAGE_SAFETY', content: { role: 'model' } }],
    [
      { kind: 'refusal', finishReason: 'PROHIBITED_CONTENT', finishMessage: 'No.' },
      { finishReason: 'PROHIBITED_CONTENT', finishMessage: 'No.' },
    ],
    [{ kind: 'no_image' }, { finishReason: 'NO_IMAGE' }],
    [{ kind: 'text_only' }, { finishReason: 'STOP', content: { parts: [{ text: ANY_TEXT }] } }],
  ])('%j', async (fault, candidate) => {
    emulator.injectFault(fault);
    const response = await responseTo();
    expect(response.candidates).toMatchObject([candidate]);
    expect(JSON.stringify(response)).not.toContain('inlineData');
  });

  it('blocks the prompt', async () => {
    emulator.injectFault({ kind: 'refusal', blockReason: 'PROHIBITED_CONTENT' });
    const response = await responseTo();
    expect(response.promptFeedback).toEqual({ blockReason: 'PROHIBITED_CONTENT' });
    expect(response.candidates).toBeUndefined();
  });

  it('declares the wrong type', async () => {
    emulator.injectFault({ kind: 'wrong_mime' });
    const [part] = parts(await responseTo());
    expect(part?.inlineData?.mimeType).toBe('image/png');
    expect((await sharp(bytes(part)).metadata()).format).toBe('jpeg');
  });

  it('sends unmarked drafts, the final image last', async () => {
    emulator.injectFault({ kind: 'thought_images' });
    const big = {
      ...BODY,
      generationConfig: { imageConfig: { imageSize: '2K' }, responseModalities: ['IMAGE'] },
    };
    const response = await responseTo(big);
    const widths = await Promise.all(
      parts(response).map(async (part) => (await sharp(bytes(part)).metadata()).width),
    );
    expect(widths).toEqual([1024, 1024, 2048]);
    expect(parts(response).every(({ thought }) => thought === undefined)).toBe(true);
  });

  it('marks the only image as a thought', async () => {
    emulator.injectFault({ kind: 'only_thought' });
    expect(parts(await responseTo())).toMatchObject([{ thought: true, inlineData: {} }]);
  });

  it('sends bytes that are not an image', async () => {
    emulator.injectFault({ kind: 'not_an_image' });
    const [part] = parts(await responseTo());
    expect(bytes(part).toString()).toContain('not an image');
  });

  it('escapes base64', async () => {
    emulator.injectFault({ kind: 'escaped_base64' });
    const text = await (await call()).text();
    expect(text).toContain('"data": "\\/9j\\/4AAQ');
    const [part] = parts(JSON.parse(text) as ModelResponse);
    expect((await sharp(bytes(part)).metadata()).format).toBe('jpeg');
  });

  it('sends HTML', async () => {
    emulator.injectFault({ kind: 'garbage' });
    const response = await call();
    expect(response.status).toBe(200);
    expect(await response.text()).toMatch(/^<!DOCTYPE html>/u);
  });

  it('sends a huge but valid body', async () => {
    emulator.injectFault({ kind: 'oversize', bytes: 20_000_000 });
    const text = await (await call()).text();
    expect(text.length).toBeGreaterThan(20_000_000);
    const [part] = parts(JSON.parse(text) as ModelResponse);
    expect(await sharp(bytes(part)).metadata()).toMatchObject({ width: 512 });
  });

  it('cuts the connection before the headers, or in the middle of the body', async () => {
    emulator.injectFault({ kind: 'cut', count: 1 });
    await expect(call()).rejects.toThrow();
    emulator.injectFault({ kind: 'cut', afterBytes: 1000, count: 1 });
    const response = await call();
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
    expect(emulator.requests.map(({ status }) => status)).toEqual([null, null]);
  });

  it('ends a body early without an error', async () => {
    emulator.injectFault({ kind: 'truncate', afterBytes: 1000 });
    const text = await (await call()).text();
    expect(text).toHaveLength(1000);
    expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError);
  });

  it('is slow, alone or on top of something else', async () => {
    emulator.injectFault({ kind: 'latency', ms: 150 });
    emulator.injectFault({ kind: 'status', status: 500, count: 1 });
    const started = performance.now();
    expect((await call()).status).toBe(500);
    expect(performance.now() - started).toBeGreaterThan(140);
    expect((await call()).status).toBe(200);
    expect(performance.now() - started).toBeGreaterThan(290);
  });

  it('stays silent until it is reset', async () => {
    emulator.injectFault({ kind: 'silence' });
    const silent = call().then(
      () => 'responded',
      () => 'left',
    );
    const first = await Promise.race([silent, new Promise((resolve) => setTimeout(resolve, 100))]);
    expect(first).toBeUndefined();
    emulator.reset();
    expect(await silent).toBe('left');
    expect((await call()).status).toBe(200);
  });

  it('applies to the given number of calls of one key, even concurrent ones', async () => {
    emulator.injectFault({ kind: 'status', status: 500, key: 'k1', count: 2 });
    const statuses = await Promise.all(
      ['k1', 'k2', 'k1', 'k1', 'k2'].map(async (key) => [key, (await call(BODY, { key })).status]),
    );
    expect(statuses.filter(([, status]) => status === 500)).toEqual([
      ['k1', 500],
      ['k1', 500],
    ]);
    expect(statuses.filter(([key]) => key === 'k2').every(([, status]) => status === 200)).toBe(
      true,
    );
  });

  it('never hides a request Google would refuse', async () => {
    emulator.injectFault({ kind: 'status', status: 503, count: 1 });
    expect((await call({})).status).toBe(400);
    expect((await call()).status).toBe(503);
  });
});

describe('the record', () => {
  it('records requests and responses', async () => {
    await call();
    await call({ n: 1 }, { key: 'k2' });
    expect(emulator.requests).toMatchObject([
      { method: 'POST', model: MODEL, key: 'k1', status: 200, body: BODY },
      { key: 'k2', status: 400, body: { n: 1 } },
    ]);
    expect(emulator.requests[0]?.headers['content-type']).toBe('application/json');
  });

  it('records how many calls ran at the same time', async () => {
    emulator.injectFault({ kind: 'latency', ms: 50 });
    await Promise.all([call(), call(), call(BODY, { key: 'k2' })]);
    expect([
      emulator.maxInFlight(),
      emulator.maxInFlight('k1'),
      emulator.maxInFlight('k2'),
    ]).toEqual([3, 2, 1]);
  });

  it('records a caller that hung up, and survives one that hangs up while sending', async () => {
    emulator.injectFault({ kind: 'latency', ms: 5000, count: 1 });
    const leaving = new AbortController();
    const left = fetch(`${emulator.url}/v1beta/models/${MODEL}:generateContent`, {
      method: 'POST',
      headers: { 'x-goog-api-key': 'k1', 'content-type': 'application/json' },
      body: JSON.stringify(BODY),
      signal: leaving.signal,
    });
    setTimeout(() => {
      leaving.abort();
    }, 100);
    await expect(left).rejects.toThrow();
    await new Promise<void>((resolve) => {
      const half = httpRequest(`${emulator.url}/v1beta/models/${MODEL}:generateContent`, {
        method: 'POST',
        headers: { 'content-length': 100, 'x-goog-api-key': 'k1' },
      });
      half.on('error', () => {
        resolve();
      });
      half.write('{', () => half.destroy(new Error('left')));
    });
    expect((await call()).status).toBe(200);
    const ended = (): readonly (number | null)[] =>
      emulator.requests.flatMap(({ finishedAt, status }) => (finishedAt === null ? [] : [status]));
    await until(() => ended().length >= 3);
    expect(ended().filter((status) => status === null)).toHaveLength(2);
  });
});

describe('the control routes', () => {
  async function control(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${emulator.url}/emulator${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    return { status: response.status, ...((await response.json()) as object) };
  }

  it('describe the emulator', async () => {
    expect(await control('GET', '')).toMatchObject({
      status: 200,
      name: 'Gemini emulator',
      requests: 0,
      faults: 0,
    });
  });

  it('accept a fault or a list, and use them up', async () => {
    const fault = { kind: 'status', status: 500, count: 1 };
    expect(await control('POST', '/faults', fault)).toEqual({ status: 201, faults: [fault] });
    expect((await call()).status).toBe(500);
    expect(await control('GET', '/faults')).toEqual({ status: 200, faults: [] });
    expect(await control('POST', '/faults', [fault, { kind: 'garbage' }])).toMatchObject({
      status: 201,
    });
    expect(await control('DELETE', '/faults')).toEqual({ status: 200, faults: [] });
    expect((await call()).status).toBe(200);
  });

  it('reject a whole list with one bad fault, with the reason', async () => {
    const faults = [{ kind: 'garbage' }, { kind: 'latency' }];
    expect(await control('POST', '/faults', faults)).toEqual({
      status: 400,
      error: 'latency needs ms',
    });
    expect(await control('GET', '/faults')).toEqual({ status: 200, faults: [] });
  });

  it('show the requests without the image data, and forget them', async () => {
    const png = await sharp({ create: { width: 40, height: 40, channels: 3, background: '#123' } })
      .png({ compressionLevel: 0 })
      .toBuffer();
    const image = { inlineData: { mimeType: 'image/png', data: png.toString('base64') } };
    await call({ contents: [{ parts: [{ text: 'bluer [refuse]' }, image] }] });
    const shown = JSON.stringify(await control('GET', '/requests'));
    expect(shown).toContain('bluer [refuse]');
    expect(shown).toMatch(/… \(\d+ characters\)/u);
    expect(await control('DELETE', '/requests')).toEqual({ status: 200, requests: [] });
    expect(emulator.requests).toEqual([]);
  });

  it('reject unknown paths and methods', async () => {
    expect(await control('POST', '/nothing', {})).toMatchObject({ status: 404 });
  });
});
