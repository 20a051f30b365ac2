import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';
import sharp from 'sharp';
import { form, type FormPart } from '../pictures';
import { startEasel, type ImagesBody, type RunningEasel } from '../running-easel';

/** A PNG of one pixel. */
const PIXEL = new Uint8Array(
  Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  ),
);

interface UrlClient {
  readonly client: string;
  /** What the operator sets for it, besides the store. */
  readonly env?: Record<string, string>;
  /** The fields of JSON, or the parts of a form, which makes it an edit. */
  readonly body: object | readonly FormPart[];
  /** What it reads of the response, and downloads. */
  readonly urlsIn: (body: ImagesBody) => readonly (string | undefined)[];
}

/** A model's context and a spreadsheet of items have room for this, and a file system for a name of 255. */
const SHORT = 300;

/** Programs that cannot read a data URI, by what their sources send and read. */
const CLIENTS: readonly UrlClient[] = [
  {
    client: 'Cherry Studio, painting',
    // It names no format, and Electron's `net.fetch` knows no `data:`.
    env: { DEFAULT_RESPONSE_FORMAT: 'url' },
    body: {
      prompt: 'x',
      model: 'gpt-image-1',
      size: '1536x1024',
      background: 'opaque',
      n: 2,
      quality: 'medium',
      moderation: 'low',
    },
    urlsIn: ({ data }) => data.map(({ url }) => url),
  },
  {
    client: 'Cherry Studio, painting from images',
    env: { DEFAULT_RESPONSE_FORMAT: 'url' },
    body: [
      ['image', PIXEL],
      ['image', PIXEL],
      ['prompt', 'x'],
      ['model', 'gpt-image-1'],
      ['size', '1024x1536'],
      ['quality', 'low'],
    ],
    urlsIn: ({ data }) => data.map(({ url }) => url),
  },
  {
    client: 'Cherry Studio, in the dialect of SiliconFlow',
    env: { DEFAULT_RESPONSE_FORMAT: 'url' },
    body: {
      model: 'gemini-3-pro-image',
      prompt: 'x',
      negative_prompt: 'y',
      image_size: '1024x1024',
      batch_size: 2,
      num_inference_steps: 20,
      guidance_scale: 4.5,
      prompt_enhancement: false,
    },
    urlsIn: ({ data }) => data.map(({ url }) => url),
  },
  {
    client: 'LibreChat, DALL·E 3',
    body: {
      model: 'dall-e-3',
      quality: 'standard',
      style: 'vivid',
      size: '1792x1024',
      prompt: 'x',
      n: 1,
    },
    urlsIn: ({ data }) => [data[0]?.url],
  },
  {
    client: 'n8n, «return URLs»',
    body: { prompt: 'x', model: 'dall-e-3', response_format: 'url', quality: 'hd' },
    urlsIn: ({ data }) => data.map(({ url }) => url),
  },
  {
    client: 'LangChain for JavaScript',
    body: {
      model: 'dall-e-3',
      prompt: 'x',
      n: 1,
      size: '1024x1024',
      response_format: 'url',
      style: 'vivid',
      quality: 'standard',
    },
    urlsIn: ({ data }) => [data[0]?.url],
  },
  {
    client: 'LangChain for Python',
    body: { prompt: 'x', n: 2, size: '1024x1024', model: 'dall-e-2', quality: 'standard' },
    // It joins them to one text, and takes them apart again nowhere.
    urlsIn: ({ data }) =>
      data
        .map(({ url }) => url)
        .join('\n')
        .split('\n'),
  },
];

/** A download without a key, a cookie or a header, which follows nothing. */
async function download(url: string): Promise<{ readonly type: string; readonly bytes: Buffer }> {
  return new Promise((resolve, reject) => {
    request(url, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode, headers } = response;
        if (statusCode === 200) {
          resolve({ type: String(headers['content-type']), bytes: Buffer.concat(chunks) });
        } else {
          reject(new Error(`status ${String(statusCode)}`));
        }
      });
    })
      .on('error', reject)
      .end();
  });
}

describe('a client that cannot read data URIs, with an image store', () => {
  let folder: string;
  let easel: RunningEasel;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'url-clients-'));
  });
  afterEach(async () => {
    await easel.close();
    rmSync(folder, { recursive: true });
  });

  it.each(CLIENTS)('$client', async ({ env, body, urlsIn }) => {
    easel = await startEasel({
      env: { IMAGE_STORE: 'disk', DATA_DIR: folder, PROXY_API_KEY: 'mine', ...env },
    });
    const key = { authorization: 'Bearer mine' };
    const response = Array.isArray(body)
      ? await easel.edit(form(...(body as readonly FormPart[])), key)
      : await easel.generate(body, key);
    expect(response.status).toBe(200);
    const urls = urlsIn((await response.json()) as ImagesBody);
    const { n, batch_size: batch } = body as { readonly n?: number; readonly batch_size?: number };
    expect(urls.length).toBe(n ?? batch ?? 1);
    for (const url of urls) {
      if (url === undefined) {
        throw new Error('no url');
      }
      expect(url.length).toBeLessThan(SHORT);
      const { pathname } = new URL(url);
      const { type, bytes } = await download(url);
      const { format } = await sharp(bytes).metadata();
      expect(type).toBe(`image/${format}`);
      // The name that a file of it gets.
      expect(basename(pathname)).toMatch(/^[\w-]{22}\.(png|jpg|webp)$/);
      expect(extname(pathname)).toBe(format === 'jpeg' ? '.jpg' : `.${format}`);
    }
  });
});
