import { chat, chatBody, chunksOf, type ChatBody } from '../chat-client';
import { dataUri, picture, type Bytes } from '../pictures';
import { startEasel, type RunningEasel } from '../running-easel';
import { inputsOf } from './gemini-inputs';

interface ClientRequest {
  readonly client: string;
  /** Where its source builds the request. */
  readonly source: string;
  readonly headers?: Record<string, string>;
  /** Where it posts to; `/v1/chat/completions` where nothing is said. */
  readonly path?: string;
  /** Ratio and size in the upstream request; undefined if absent. */
  readonly imageConfig?: object;
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

/** The three shapes that are about: `images[]`, then markdown, then parts of the content. */
function anyImage(text: string): string | undefined {
  const { images = [], content } = whole(text).choices[0]?.message ?? { content: '' };
  const [, markdown] = /!\[[^\]]*\]\(([^)]+)\)/.exec(content) ?? [];
  return (images[0]?.image_url.url ?? markdown)?.split(',')[1];
}

/** CLIProxyAPI, internal/translator/gemini/openai/chat-completions: a part is known by its type, and has its place. */
function numberedImage(text: string): string | undefined {
  const images = whole(text).choices[0]?.message.images ?? [];
  return images
    .find(({ type, index }) => type === 'image_url' && index === 0)
    ?.image_url.url.split(',')[1];
}

/** LiteLLM, litellm_core_utils/streaming_chunk_builder_utils.py: the images of all chunks, one behind the other. */
function joinedImage(text: string): string | undefined {
  const images = chunksOf(text).flatMap(({ choices }) => choices?.[0]?.delta.images ?? []);
  return images.length === 1 ? images[0]?.image_url.url.split(',')[1] : undefined;
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
    path: '/api/v1/chat/completions',
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
    path: '/api/v1/chat/completions',
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
    imageConfig: { aspectRatio: '16:9', imageSize: '2K' },
    inputs: 1,
    read: (text) => whole(text).choices[0]?.message.images?.[0]?.image_url.url.split(',')[1],
  },
  {
    client: 'LobeHub, the ending not cut off',
    source: 'packages/model-runtime/src/core/openaiCompatibleFactory/createImage.ts',
    body: () => ({
      model: 'gemini-3-pro-image:image',
      messages: [{ role: 'user', content: [{ type: 'text', text: 'a boat' }] }],
      modalities: ['image', 'text'],
      stream: false,
    }),
    inputs: 0,
    read: anyImage,
  },
  {
    client: 'OpenRouter’s own schema',
    source: '@openrouter/sdk, models/chatrequest.ts',
    path: '/api/v1/chat/completions',
    headers: { 'http-referer': 'https://app.example', 'x-openrouter-title': 'App' },
    body: (image) => ({
      model: 'google/gemini-3.1-flash-image',
      messages: edit(image),
      modalities: ['image'],
      image_config: { aspect_ratio: '4:1', image_size: '512', strength: 0.5, labels: ['a'] },
      provider: { order: ['google-vertex'] },
      plugins: [{ id: 'web' }],
      session_id: 's',
    }),
    imageConfig: { aspectRatio: '4:1', imageSize: '512' },
    inputs: 1,
    read: rooImage,
  },
  {
    client: 'LiteLLM, with an imageConfig',
    source: 'litellm/llms/gemini/image_generation',
    headers: { 'user-agent': 'AsyncOpenAI/Python 2.30.0' },
    body: () => ({
      model: 'gemini-3-pro-image',
      messages: [{ role: 'user', content: 'a boat' }],
      modalities: ['image', 'text'],
      imageConfig: { aspectRatio: '21:9', imageSize: '1K' },
      stream: true,
    }),
    imageConfig: { aspectRatio: '21:9', imageSize: '1K' },
    inputs: 0,
    read: joinedImage,
  },
  {
    client: 'CLIProxyAPI’s clients',
    source: 'internal/translator/gemini/openai/chat-completions',
    body: () => ({
      model: 'gemini-3-pro-image-preview',
      messages: [{ role: 'user', content: 'a boat' }],
      modalities: ['text', 'image'],
      image_config: { aspect_ratio: '3:2', image_size: '2K' },
    }),
    imageConfig: { aspectRatio: '3:2', imageSize: '2K' },
    inputs: 0,
    read: numberedImage,
  },
  {
    client: 'Google’s layer for OpenAI’s clients',
    source: 'ai.google.dev/gemini-api/docs/openai',
    path: '/v1beta/openai/chat/completions',
    body: () => ({
      model: 'models/gemini-3-pro-image',
      messages: [{ role: 'user', content: 'a boat' }],
      extra_body: { google: { image_config: { aspect_ratio: '9:16' } } },
    }),
    imageConfig: { aspectRatio: '9:16' },
    inputs: 0,
    read: anyImage,
  },
  {
    client: 'Antigravity Tools’ and new-api’s clients, whole',
    source: 'the text of the message',
    body: (image) => ({
      model: 'gemini-3-pro-image-16x9-2k',
      messages: [
        { role: 'user', content: 'a boat' },
        { role: 'assistant', content: `![image](${image})` },
        { role: 'user', content: 'at night' },
      ],
    }),
    imageConfig: { aspectRatio: '16:9', imageSize: '2K' },
    inputs: 1,
    read: (text) => {
      const content = whole(text).choices[0]?.message.content ?? '';
      return /!\[image\]\(data:image\/(?:png|jpeg);base64,([^)]+)\)/.exec(content)?.[1];
    },
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

const KEY = 'sk-of-a-program';
const AUTHORIZATION = { authorization: `Bearer ${KEY}` };

describe('a chat request as sent by', () => {
  let easel: RunningEasel;
  let image: Bytes;

  beforeAll(async () => {
    image = await picture();
    easel = await startEasel({ env: { PROXY_API_KEY: KEY } });
  });
  afterAll(() => easel.close());
  beforeEach(() => {
    easel.emulator.reset();
  });

  it.each(CLIENTS)('$client', async ({ body, path, headers, imageConfig, inputs, read }) => {
    const response = await fetch(`${easel.url}${path ?? '/v1/chat/completions'}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...AUTHORIZATION, ...headers },
      body: JSON.stringify(body(dataUri(image))),
    });
    expect(response.status).toBe(200);
    const base64 = read(await response.text());
    // JPEG or PNG.
    expect(base64).toMatch(/^(?:\/9j\/|iVBORw0KGgo)[A-Za-z0-9+/]+={0,2}$/);
    const { contents, generationConfig } = easel.emulator.requests[0]?.body as {
      readonly contents: readonly object[];
      readonly generationConfig: { readonly imageConfig?: object };
    };
    expect(generationConfig.imageConfig).toEqual(imageConfig);
    expect(JSON.stringify(contents).split('"inlineData"')).toHaveLength(inputs + 1);
    expect(easel.emulator.requests).toHaveLength(1);
  });

  it('lets Roo Code and Kilo Code find the very image that was made', async () => {
    const text = await (
      await chat(
        easel,
        {
          model: 'openrouter/auto',
          messages: edit(dataUri(image)),
          modalities: ['image', 'text'],
        },
        AUTHORIZATION,
      )
    ).text();
    expect(kiloImage(text)).toBe(rooImage(text));
    expect(inputsOf(easel)).toHaveLength(1);
  });

  it('is refused with a message that Roo Code shows', async () => {
    easel.emulator.injectFault({ kind: 'refusal' });
    const body = { messages: [{ role: 'user', content: 'a boat' }] };
    const response = await chat(easel, body, AUTHORIZATION);
    const { error } = (await chatBody(response)) as unknown as { error: { message: string } };
    expect(response.ok).toBe(false);
    expect(error.message).toContain('rejected');
  });
});
