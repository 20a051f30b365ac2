import { picture, type Bytes } from '../pictures';
import { startEasel, type RunningEasel } from '../running-easel';

interface ClientRequest {
  readonly client: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  /** `image`: the base64 of a JPEG. */
  readonly body: (image: string) => object;
  /** Every base64 that it takes for an image, as its source does. */
  readonly read: (response: unknown) => readonly string[];
  readonly count: number;
  readonly inputs: number;
}

interface Generated {
  readonly candidates: readonly {
    readonly content: { readonly parts: readonly { readonly inlineData?: { data: string } }[] };
  }[];
}

interface Predicted {
  readonly predictions: readonly { readonly bytesBase64Encoded: string }[];
}

const KEY = 'sk-of-a-program';
const MODELS = '/v1beta/models';

const inlineData = (response: unknown) =>
  (response as Generated).candidates.flatMap(({ content }) =>
    content.parts.flatMap((part) => (part.inlineData === undefined ? [] : [part.inlineData.data])),
  );

/** Requests as the sources of programs build them that speak Gemini and cannot be run here. */
const CLIENTS: readonly ClientRequest[] = [
  {
    // open-webui 0.12.4, backend/open_webui/routers/images.py: whatever the bytes are, it says PNG, and no role.
    client: 'Open WebUI, engine gemini, generateContent with an image',
    path: `${MODELS}/gemini-3-pro-image:generateContent`,
    body: (image) => ({
      contents: [
        {
          parts: [{ text: 'at night' }, { inline_data: { mime_type: 'image/png', data: image } }],
        },
      ],
    }),
    read: inlineData,
    count: 1,
    inputs: 1,
  },
  {
    client: 'Open WebUI, engine gemini, its default method and model',
    path: `${MODELS}/imagen-3.0-generate-002:predict`,
    body: () => ({
      instances: { prompt: 'a boat' },
      parameters: { sampleCount: 2, outputOptions: { mimeType: 'image/png' } },
    }),
    read: (response) =>
      (response as Predicted).predictions.map(({ bytesBase64Encoded }) => bytesBase64Encoded),
    count: 2,
    inputs: 0,
  },
  {
    client: 'LobeHub and Cherry Studio 2, by Google’s own package',
    path: `${MODELS}/gemini-3-pro-image:generateContent`,
    headers: { 'x-goog-api-client': 'google-genai-sdk/1.30.0 gl-node/v22.0.0' },
    body: (image) => ({
      contents: [
        {
          role: 'user',
          parts: [{ text: 'at night' }, { inlineData: { mimeType: 'image/jpeg', data: image } }],
        },
      ],
      generationConfig: {
        responseModalities: ['TEXT', 'IMAGE'],
        imageConfig: { aspectRatio: '16:9', imageSize: '2K' },
      },
    }),
    read: inlineData,
    count: 1,
    inputs: 1,
  },
];

describe('a call of Gemini’s API as sent by', () => {
  let easel: RunningEasel;
  let image: Bytes;

  beforeAll(async () => {
    image = await picture(64, 48, 'jpeg');
    easel = await startEasel({ env: { PROXY_API_KEY: KEY } });
  });
  afterAll(() => easel.close());
  beforeEach(() => {
    easel.emulator.reset();
  });

  it.each(CLIENTS)('$client', async ({ path, headers, body, read, count, inputs }) => {
    const response = await fetch(`${easel.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-goog-api-key': KEY, ...headers },
      body: JSON.stringify(body(Buffer.from(image).toString('base64'))),
    });
    expect(response.status).toBe(200);
    const images = read(await response.json());
    expect(images).toHaveLength(count);
    for (const base64 of images) {
      expect(base64).toMatch(/^(?:\/9j\/|iVBORw0KGgo)[A-Za-z0-9+/]+={0,2}$/);
    }
    expect(easel.emulator.requests).toHaveLength(count);
    for (const { body: sent, key } of easel.emulator.requests) {
      expect(key).toMatch(/^key-of-account/);
      expect(JSON.stringify(sent).split('image/jpeg')).toHaveLength(inputs + 1);
    }
    expect(easel.rawLog()).not.toContain(KEY);
  });
});
