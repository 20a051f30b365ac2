import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { geminiImages, openAiImages, openAiRequest, type Contestant } from '../contestant';
import { easel, IMAGES_API, KEY, type EaselApi } from './easel';

interface ChatMessage {
  readonly content: string;
  readonly images?: readonly { readonly image_url: { readonly url: string } }[];
}

/** `POST /v1/chat/completions`, with the image where `CHAT_IMAGES` puts it. */
const CHAT_API: EaselApi = {
  ask: (url, headers, prompt, n) => ({
    url: `${url}/v1/chat/completions`,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({
      model: 'gemini-3-pro-image',
      n,
      messages: [{ role: 'user', content: prompt }],
      image_config: { aspect_ratio: '1:1' },
    }),
  }),
  imagesIn: (response) => {
    const { choices } = response as {
      readonly choices: readonly [{ readonly message: ChatMessage }];
    };
    const [{ message }] = choices;
    const urls =
      message.images?.map(({ image_url: { url } }) => url) ??
      [...message.content.matchAll(/\]\((data:[^)]+)\)/g)].map(([, url = '']) => url);
    return urls.map((url) => url.slice(url.indexOf(',') + 1));
  },
  takesN: true,
};

const OPENROUTER_API: EaselApi = {
  ask: (url, headers, prompt, n) => ({
    url: `${url}/v1/images`,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model: 'gemini-3-pro-image', prompt, n, aspect_ratio: '1:1' }),
  }),
  imagesIn: openAiImages,
  takesN: true,
};

const GEMINI_API: EaselApi = {
  ask: (url, headers, prompt) => ({
    url: `${url}/v1beta/models/gemini-3-pro-image:generateContent`,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ contents: [{ role: 'user', parts: [{ text: prompt }] }] }),
  }),
  imagesIn: geminiImages,
  takesN: false,
};

/** Images as links to the store; what a link leads to is only fetched to see whether it is right. */
const LINKS_API: EaselApi = {
  ask: (url, headers, prompt, n) =>
    openAiRequest(url, { prompt, n, size: '1024x1024', response_format: 'url' }, headers),
  imagesIn: (response) => {
    const { data } = response as { readonly data: readonly { readonly url: string }[] };
    return Promise.all(
      data.map(async ({ url }) =>
        Buffer.from(await (await fetch(url)).arrayBuffer()).toString('base64'),
      ),
    );
  },
  takesN: true,
  linksImages: true,
};

/** A consumer with limits that are never reached, so that they are counted and refuse nobody. */
function consumersFile(): string {
  const file = join(mkdtempSync(join(tmpdir(), 'easel-bench-consumers-')), 'consumers.yaml');
  const keySha256 = createHash('sha256').update(KEY).digest('hex');
  const limits = '{ imagesPerMinute: 1000000, concurrentImages: 10000 }';
  writeFileSync(
    file,
    `consumers:\n  - name: bench\n    keySha256: ${keySha256}\n    limits: ${limits}\n`,
  );
  return file;
}

/** Easel once for each of its APIs, and with what an operator may turn on or off. */
export const EASEL_FEATURES: readonly Contestant[] = [
  easel({ api: CHAT_API, env: { CHAT_IMAGES: 'images' } }, 'chat'),
  easel({ api: CHAT_API, env: { CHAT_IMAGES: 'markdown' } }, 'chat-markdown'),
  easel({ api: OPENROUTER_API }, 'openrouter'),
  easel({ api: GEMINI_API }, 'gemini'),
  easel({ api: LINKS_API, env: { IMAGE_STORE: 'disk', IMAGE_STORE_MAX_GB: '10' } }, 'store'),
  easel(
    { api: IMAGES_API, env: { PROXY_API_KEY: '', CONSUMERS_FILE: consumersFile() } },
    'consumers',
  ),
  easel({ api: IMAGES_API, env: { DATABASE_URL: 'off' } }, 'no-ledger'),
];
