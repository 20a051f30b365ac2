import { encoded } from '../pictures';
import { startEasel, type RunningEasel } from '../running-easel';

/** A route of an API, and a valid body for it whose largest member is replaceable. */
interface ApiRoute {
  readonly name: string;
  readonly path: string;
  readonly isGoogle?: true;
  /** The JSON of a body with this JSON in place of its main member. */
  readonly around: (json: string) => string;
  /** One item of the list that stands there. */
  readonly item: string;
  /** A body in which every member has a value that is right. */
  readonly whole: object;
}

/** Stands for the base64 of a picture. */
const PICTURE = 'THE-PICTURE';
const IMAGE = `data:image/png;base64,${PICTURE}`;
/** As upstream's own: hundreds of bodies are accepted, and to make a PNG for each would cost more than all the rest. */
const FORMAT = 'jpeg';
const GEMINI = '/v1beta/models/gemini-3-pro-image:';
const CONTENT = { role: 'user', parts: [{ text: 'x' }] };
const GENERATE = {
  contents: [
    {
      role: 'user',
      parts: [{ text: 'x' }, { inlineData: { mimeType: 'image/png', data: PICTURE } }],
    },
  ],
  systemInstruction: { parts: [{ text: 'x' }] },
  generationConfig: {
    candidateCount: 1,
    imageConfig: { imageSize: '1K', aspectRatio: '1:1' },
    responseModalities: ['IMAGE'],
    seed: 1,
  },
};

const ROUTES: readonly ApiRoute[] = [
  {
    name: 'chat',
    path: '/v1/chat/completions',
    around: (json) => `{"messages":${json}}`,
    item: '{"role":"user","content":"x"}',
    whole: {
      model: 'gemini-3-pro-image',
      messages: [
        { role: 'system', content: 'x' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'x' },
            { type: 'image_url', image_url: { url: IMAGE } },
          ],
        },
        {
          role: 'assistant',
          content: 'x',
          images: [{ type: 'image_url', image_url: { url: IMAGE } }],
        },
      ],
      modalities: ['image'],
      image_config: { aspect_ratio: '1:1', image_size: '1K', output_format: FORMAT },
      google: { image_config: {} },
      extra_body: { google: {} },
      n: 1,
      temperature: 1,
      top_p: 1,
      seed: 1,
      stream: false,
      stream_options: { include_usage: true },
      user: 'x',
    },
  },
  {
    name: 'OpenRouter’s',
    path: '/v1/images',
    around: (json) => `{"prompt":"x","input_references":${json}}`,
    item: `{"image_url":{"url":"${IMAGE}"}}`,
    whole: {
      model: 'gemini-3-pro-image',
      prompt: 'x',
      n: 1,
      resolution: '1K',
      aspect_ratio: '1:1',
      size: '1024x1024',
      quality: 'hd',
      seed: 1,
      input_references: [{ type: 'image_url', image_url: { url: IMAGE } }],
      output_format: FORMAT,
      output_compression: 90,
      stream: false,
      provider: {},
    },
  },
  ...['generateContent', 'streamGenerateContent?alt=sse', 'countTokens'].map(
    (method): ApiRoute => ({
      name: method,
      path: `${GEMINI}${method}`,
      isGoogle: true,
      around: (json) => `{"contents":${json}}`,
      item: JSON.stringify(CONTENT),
      // Google's count takes no more than what is counted.
      whole: method === 'countTokens' ? { contents: GENERATE.contents } : GENERATE,
    }),
  ),
  {
    name: 'Imagen’s former method',
    path: `${GEMINI}predict`,
    isGoogle: true,
    around: (json) => `{"instances":${json}}`,
    item: '{"prompt":"x"}',
    whole: {
      instances: [{ prompt: 'x' }],
      parameters: {
        sampleCount: 1,
        aspectRatio: '1:1',
        sampleImageSize: '1K',
        seed: 1,
        outputOptions: { mimeType: `image/${FORMAT}`, compressionQuality: 75 },
      },
    },
  },
];

const nest = (depth: number, open: string, close: string) =>
  `${open.repeat(depth)}1${close.repeat(depth)}`;
/** Bytes that are no UTF-8, in a string. */
const broken = (text: string) =>
  Buffer.concat([Buffer.from(text), Buffer.from([0x22, 0xff, 0xfe, 0x22, 0x7d])]);

const HOSTILE: readonly (readonly [name: string, body: (route: ApiRoute) => string | Buffer])[] = [
  ['100,000 items', ({ around, item }) => around(`[${Array(100_000).fill(item).join()}]`)],
  ['10,000 arrays in each other', ({ around }) => around(nest(10_000, '[', ']'))],
  ['10,000 objects in each other', ({ around }) => around(nest(10_000, '{"a":', '}'))],
  ['no UTF-8', ({ around }) => broken(around('').slice(0, -1))],
  ['half of it', ({ around, item }) => around(item).slice(0, -4)],
  ['a huge number', ({ around }) => around('1e400')],
  ['a number of 100,000 digits', ({ around }) => around('1'.repeat(100_000))],
  ['a false list', ({ around }) => around('[null,1,"x",true,[],{}]')],
  ['a prototype', ({ around }) => around('{"__proto__":{"x":1},"constructor":1}')],
  ['200,000 members', () => `{${Array.from({ length: 200_000 }, (_, at) => `"m${at}":1`).join()}}`],
  ['a name of 3 MB', () => `{"${'n'.repeat(3_000_000)}":1}`],
  ['nothing', () => ''],
  ['white space', () => ' \n '],
  ['a list', () => '[]'],
  ['no JSON', () => 'prompt=x'],
];

const WRONG = [null, 5, 1.5, -1, 'x', '', true, [], [[[]]], {}, { a: { b: 1 } }, [null], 1e300];

/** The path of every member within a value. */
function pathsIn(
  value: unknown,
  memberPath: readonly string[] = [],
): readonly (readonly string[])[] {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([name, member]) => {
        const path = [...memberPath, name];
        return [path, ...pathsIn(member, path)];
      })
    : [];
}

function replaced(whole: object, memberPath: readonly string[], value: unknown): object {
  const copy = structuredClone(whole) as Record<string, unknown>;
  const last = memberPath.at(-1) ?? '';
  let holder = copy;
  for (const name of memberPath.slice(0, -1)) {
    holder = holder[name] as Record<string, unknown>;
  }
  holder[last] = value;
  return copy;
}

describe('bad input to', () => {
  let easel: RunningEasel;
  let image: string;

  beforeAll(async () => {
    const bytes = await encoded(Buffer.alloc(300, 90), { width: 10, height: 10, channels: 3 });
    image = Buffer.from(bytes).toString('base64');
    easel = await startEasel({ accounts: 2, env: { LOG_LEVEL: 'info' } });
  });
  afterAll(() => easel.close());

  const post = ({ path }: ApiRoute, body: string | Buffer) =>
    fetch(`${easel.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body.replaceAll(PICTURE, image) : new Uint8Array(body),
    });

  /** The response’s status, if it is an error in the format of the called API. */
  async function errorStatus({ isGoogle }: ApiRoute, response: Response): Promise<number> {
    const { error } = (await response.json()) as { error: Record<string, unknown> };
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(response.headers.get('x-request-id')).toMatch(/^req_/);
    expect(error).toEqual(
      isGoogle === true
        ? expect.objectContaining({
            code: response.status,
            message: expect.stringMatching(/./) as string,
            status: expect.stringMatching(/^[A-Z_]+$/) as string,
          })
        : {
            message: expect.stringMatching(/./) as string,
            // The second one is OpenAI's for images that cannot be read.
            type: expect.stringMatching(
              /^(invalid_request_error|image_generation_user_error)$/,
            ) as string,
            param: error['param'],
            code: error['code'],
          },
    );
    return response.status;
  }

  async function stillWell(): Promise<void> {
    // Errors and worse. Looked for in the text, as the log has thousands of lines that need no parsing.
    const lines = easel.rawLog().split('\n');
    expect(lines.filter((line) => /"level":(?:[5-9]\d|\d{3})/.test(line))).toEqual([]);
    const { data } = (await (await fetch(`${easel.url}/v1/accounts`)).json()) as {
      readonly data: readonly object[];
    };
    expect(data).toMatchObject([{ state: 'ready' }, { state: 'ready' }]);
  }

  describe.each(ROUTES)('$name', (route) => {
    it.each(HOSTILE)('%s gets an error in the format of the API', async (_name, body) => {
      expect(await errorStatus(route, await post(route, body(route)))).toBe(400);
      await stillWell();
    });

    it('is accepted if it is valid', async () => {
      const response = await post(route, JSON.stringify(route.whole));
      await response.arrayBuffer();
      expect(response.status).toBe(200);
    });

    it('gets an error in the format of the API for any member of a wrong type', async () => {
      for (const memberPath of pathsIn(route.whole)) {
        for (const value of WRONG) {
          const response = await post(
            route,
            JSON.stringify(replaced(route.whole, memberPath, value)),
          );
          if (response.status === 200) {
            await response.arrayBuffer();
          } else {
            expect([400, 404]).toContain(await errorStatus(route, response));
          }
        }
      }
      await stillWell();
    }, 240_000);
  });
});
