import { chat, chatBody, chunksOf, type ChatBody } from '../chat-client';
import { dataUri, picture, type Bytes } from '../pictures';
import { startEasel, type RunningEasel } from '../running-easel';
import { inputsOf } from './gemini-inputs';

interface ClientRequest {
  readonly client: string;
  /** Where its source builds the request. */
  readonly source: string;
  readonly headers?: Record<string, string>;
  /** `image`: a data URI, where the program sends one. */
  readonly body: (image: string) => object;
  /** How many images go along. */
  readonly inputs: number;
  /** What it reads, as its source does; undefined where it finds no image. */
  readonly read: (text: string) => string | undefined;
}

const whole = (text: string) => JSON.parse(text) as ChatBody;

/** Kilo-Org/kilocode, packages/opencode/src/kilocode/tool/generate-image.ts: parseImageResponse. */
function kiloImage(text: string): string | undefined {
  const url = whole(text).choices[0]?.message.images?.[0]?.image_url.url;
  const match =
    typeof url === 'string' ? /^data:image\/(png|jpeg|jpg);base64,(.+)$/.exec(url) : null;
  return match?.[2];
}

/** Roo Code, src/api/providers/utils/image-generation.ts: generateImageWithProvider. */
function rooImage(text: string): string | undefined {
  const result = whole(text) as ChatBody & { readonly error?: unknown };
  const images = result.error === undefined ? (result.choices[0]?.message.images ?? []) : [];
  const match = /^data:image\/(png|jpeg|jpg);base64,(.+)$/.exec(images[0]?.image_url.url ?? '');
  return match?.[2];
}

/** open-webui 0.12.4, backend/open_webui/utils/middleware.py: get_image_urls of each delta. */
function openWebUiImage(text: string): string | undefined {
  const [url] = chunksOf(text).flatMap(({ choices }) =>
    (choices?.[0]?.delta.images ?? []).flatMap(({ type, image_url: { url: link } }) =>
      type === 'image_url' && /^data:image\/\w+;base64/.test(link) ? [link] : [],
    ),
  );
  return url?.split(',')[1];
}

/** Shows whatever markdown is in the text of a stream. */
function markdownImage(text: string): string | undefined {
  const content = chunksOf(text)
    .map(({ choices }) => choices?.[0]?.delta.content ?? '')
    .join('');
  return /!\[[^\]]*\]\(data:image\/(?:png|jpeg);base64,([^)]+)\)/.exec(content)?.[1];
}

const edit = (image: string) => [
  {
    role: 'user',
    content: [
      { type: 'text', text: 'at night' },
      { type: 'image_url', image_url: { url: image } },
    ],
  },
];

const CLIENTS: readonly ClientRequest[] = [
  {
    client: 'Roo Code',
    source: 'src/api/providers/utils/image-generation.ts',
    headers: { 'http-referer': 'https://github.com/RooVetGit/Roo-Code', 'x-title': 'Roo Code' },
    body: () => ({
      model: 'google/gemini-2.5-flash-image',
      messages: [{ role: 'user', content: 'a boat' }],
      modalities: ['image', 'text'],
    }),
    inputs: 0,
    read: rooImage,
  },
  {
    client: 'Roo Code, an edit',
    source: 'src/api/providers/utils/image-generation.ts',
    body: (image) => ({
      model: 'google/gemini-3-pro-image-preview',
      messages: edit(image),
      modalities: ['image', 'text'],
    }),
    inputs: 1,
    read: rooImage,
  },
  {
    client: 'Kilo Code',
    source: 'packages/opencode/src/kilocode/tool/generate-image.ts',
    headers: { 'x-kilocode-organizationid': 'o' },
    body: (image) => ({
      model: 'openrouter/auto',
      messages: edit(image),
      modalities: ['image', 'text'],
    }),
    inputs: 1,
    read: kiloImage,
  },
  {
    client: 'Open WebUI',
    source: 'backend/open_webui/utils/middleware.py',
    headers: { 'user-agent': 'Python/3.11 aiohttp/3.12.15' },
    body: (image) => ({
      stream: true,
      model: 'gemini-3-pro-image',
      messages: [
        { role: 'system', content: 'You paint.' },
        { role: 'user', content: 'a boat' },
        { role: 'assistant', content: 'Here it is.' },
        ...edit(image),
      ],
      stream_options: { include_usage: true },
    }),
    inputs: 1,
    read: openWebUiImage,
  },
  {
    client: 'LobeHub, an id with :image',
    source: 'packages/model-runtime/src/core/openaiCompatibleFactory/createImage.ts',
    body: (image) => ({
      model: 'gemini-3-pro-image',
      messages: edit(image),
      modalities: ['image', 'text'],
      image_config: { aspect_ratio: '16:9', image_size: '2K' },
      stream: false,
    }),
    inputs: 1,
    read: (text) => whole(text).choices[0]?.message.images?.[0]?.image_url.url.split(',')[1],
  },
  {
    client: 'Cherry Studio',
    source: 'src/renderer/src/aiCore/legacy/clients/openai/OpenAIApiClient.ts',
    headers: { 'user-agent': 'Mozilla/5.0 CherryStudio/1.7.2 Chrome/140.0 Electron/38.0' },
    body: () => ({
      model: 'gemini-3-pro-image',
      messages: [
        { role: 'system', content: '' },
        { role: 'user', content: 'a boat' },
      ],
      temperature: 1,
      top_p: 1,
      stream: true,
      stream_options: { include_usage: true },
    }),
    inputs: 0,
    read: openWebUiImage,
  },
  {
    client: 'NextChat, ChatBox, LibreChat and Kilo Code’s chat, which show text',
    source: 'the text of each delta',
    headers: { 'user-agent': 'OpenAI/JS 4.104.0' },
    body: () => ({
      model: 'gemini-3-pro-image',
      messages: [{ role: 'user', content: 'a boat' }],
      stream: true,
      presence_penalty: 0,
      frequency_penalty: 0,
      tools: [
        { type: 'function', function: { name: 'read_file', parameters: { type: 'object' } } },
      ],
    }),
    inputs: 0,
    read: markdownImage,
  },
];

describe('a chat as it comes from', () => {
  let easel: RunningEasel;
  let image: Bytes;

  beforeAll(async () => {
    image = await picture();
    easel = await startEasel();
  });
  afterAll(() => easel.close());
  beforeEach(() => {
    easel.emulator.reset();
  });

  it.each(CLIENTS)('$client', async ({ body, headers, inputs, read }) => {
    const response = await chat(easel, body(dataUri(image)), headers);
    expect(response.status).toBe(200);
    const base64 = read(await response.text());
    // JPEG or PNG.
    expect(base64).toMatch(/^(?:\/9j\/|iVBORw0KGgo)[A-Za-z0-9+/]+={0,2}$/);
    const contents = (easel.emulator.requests[0]?.body as { contents: object[] }).contents;
    expect(JSON.stringify(contents).split('"inlineData"')).toHaveLength(inputs + 1);
    expect(easel.emulator.requests).toHaveLength(1);
  });

  it('lets Roo Code and Kilo Code find the very image that was made', async () => {
    const text = await (
      await chat(easel, {
        model: 'openrouter/auto',
        messages: edit(dataUri(image)),
        modalities: ['image', 'text'],
      })
    ).text();
    expect(kiloImage(text)).toBe(rooImage(text));
    expect(inputsOf(easel)).toHaveLength(1);
  });

  it('is refused in words that Roo Code shows', async () => {
    easel.emulator.injectFault({ kind: 'refusal' });
    const response = await chat(easel, { messages: [{ role: 'user', content: 'a boat' }] });
    const body = (await chatBody(response)) as unknown as { error: { message: string } };
    expect(response.ok).toBe(false);
    expect(body.error.message).toContain('rejected');
  });
});
