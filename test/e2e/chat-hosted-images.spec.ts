import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesOf, chat, chatBody, chunksOf, inWords } from '../chat-client';
import { forgedUrl } from '../forged-url';
import { startEasel, type ErrorBody, type RunningEasel } from '../running-easel';
import { upstreamBodies } from '../upstream-body';

const LINK =
  /!\[image\]\((http:\/\/127\.0\.0\.1:\d+\/files\/[A-Za-z0-9_-]{22}\.jpg\?exp=(\d+)&sig=[A-Za-z0-9_-]{43})\)/g;

/** Programs that name no modalities get images in their text as well. */
const CHAT = { messages: [{ role: 'user', content: 'a cat' }] };

interface Content {
  readonly role: string;
  readonly parts: readonly { readonly text?: string; readonly inlineData?: { data: string } }[];
}

describe('a chat with an image store', () => {
  let folder: string;
  let easel: RunningEasel;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'chat-hosted-'));
  });
  afterEach(async () => {
    await easel.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = async (env: Record<string, string> = {}) => {
    easel = await startEasel({ env: { IMAGE_STORE: 'disk', DATA_DIR: folder, ...env } });
  };
  const kept = () => {
    try {
      return readdirSync(join(folder, 'images')).filter((name) => name.endsWith('.jpg'));
    } catch {
      return [];
    }
  };
  const linksIn = (text: string | undefined) =>
    [...(text ?? '').matchAll(LINK)].map(([, url = '', exp]) => ({ url, exp: Number(exp) }));
  const download = async (url: string) => {
    const response = await fetch(url);
    expect(response.status).toBe(200);
    return Buffer.from(await response.arrayBuffer());
  };
  const contents = () => upstreamBodies(easel.emulator).at(-1)?.contents as readonly Content[];

  it('has links in its text, valid for as long as the images are kept, and images[] unchanged', async () => {
    await start({ IMAGE_URL_TTL_SECONDS: '60', IMAGE_RETENTION_SECONDS: '7200' });
    const before = Math.floor(Date.now() / 1000);
    const body = await chatBody(await chat(easel, { ...CHAT, n: 2 }));
    const message = body.choices[0]?.message;
    const links = linksIn(message?.content);
    expect(message?.content).toMatch(/!\[image\]\(\S+\)\n\n!\[image\]\(\S+\)$/);
    expect(links).toHaveLength(2);
    expect(message?.images).toHaveLength(2);
    for (const [index, { url, exp }] of links.entries()) {
      expect(exp).toBeGreaterThanOrEqual(before + 7200);
      expect(exp).toBeLessThan(before + 7200 + 120);
      expect(await download(url)).toEqual(bytesOf(message?.images?.[index]?.image_url.url));
    }
    expect(kept()).toHaveLength(2);
  });

  it('has links in a stream as the images arrive', async () => {
    await start();
    const response = await chat(easel, { ...CHAT, stream: true });
    expect(response.status).toBe(200);
    const chunks = chunksOf(await response.text());
    const links = linksIn(chunks.map(inWords).join(' '));
    expect(links).toHaveLength(1);
    const shown = chunks.flatMap(({ choices }) => choices?.[0]?.delta.images ?? []);
    expect(await download(links[0]?.url ?? '')).toEqual(bytesOf(shown[0]?.image_url.url));
    expect(chunks.map(inWords).map((words) => words.split(' ')[0])).toEqual([
      'role',
      'text',
      'images',
      'text',
      'stop',
    ]);
  });

  it.each<[string, Record<string, string>, object]>([
    ['the program reads images[]', {}, { modalities: ['image', 'text'] }],
    ['the operator wants images alone', { CHAT_IMAGES: 'images' }, {}],
  ])('keeps nothing where %s', async (_name, env, fields) => {
    await start(env);
    const body = await chatBody(await chat(easel, { ...CHAT, ...fields }));
    expect(body.choices[0]?.message.content).not.toContain('![');
    const streamed = await chat(easel, { ...CHAT, ...fields, stream: true });
    expect(await streamed.text()).not.toContain('![');
    expect(kept()).toEqual([]);
  });

  it('has only links with CHAT_IMAGES=markdown', async () => {
    await start({ CHAT_IMAGES: 'markdown', PUBLIC_URL: 'https://images.example/easel' });
    const body = await chatBody(await chat(easel, CHAT));
    expect(body.choices[0]?.message.images).toBeUndefined();
    expect(body.choices[0]?.message.content).toMatch(
      /!\[image\]\(https:\/\/images\.example\/easel\/files\/[\w-]{22}\.jpg\?exp=\d+&sig=[\w-]{43}\)$/,
    );
  });

  it('reads the link of its first turn from the store in the second, without an HTTP request', async () => {
    await start({
      CHAT_IMAGES: 'markdown',
      PUBLIC_URL: 'https://images.example',
      IMAGE_URL_FETCH: 'off',
    });
    const first = await chatBody(await chat(easel, CHAT));
    const answer = first.choices[0]?.message.content ?? '';
    const url = new URL(/\((\S+)\)/.exec(answer)?.[1] ?? '');
    const image = await download(`${easel.url}${url.pathname}${url.search}`);
    const second = await chat(easel, {
      messages: [
        ...CHAT.messages,
        { role: 'assistant', content: `Here it is. ${answer}` },
        { role: 'user', content: 'make it blue' },
      ],
    });
    expect(second.status).toBe(200);
    const parts = contents().flatMap(({ role, parts: all }) =>
      all.map(({ text, inlineData }) => [role, text?.trim() ?? inlineData?.data]),
    );
    expect(parts).toEqual([
      ['user', 'a cat'],
      ['model', expect.stringMatching(/^Here it is\.(?!.*!\[)/) as string],
      ['user', image.toString('base64')],
      ['user', 'make it blue'],
    ]);
  });

  it.each<[string, (url: string) => string, number]>([
    ['forged', forgedUrl, 400],
    ['gone', (url) => url, 400],
  ])('says of a link that is %s that it cannot be read', async (name, change, status) => {
    await start({ CHAT_IMAGES: 'markdown', IMAGE_URL_FETCH: 'off' });
    const first = await chatBody(await chat(easel, CHAT));
    if (name === 'gone') {
      kept().forEach((file) => {
        rmSync(join(folder, 'images', file));
      });
    }
    const calls = easel.emulator.requests.length;
    const content = change(first.choices[0]?.message.content ?? '');
    const second = await chat(easel, {
      messages: [...CHAT.messages, { role: 'assistant', content }, { role: 'user', content: 'x' }],
    });
    expect(second.status).toBe(status);
    expect(((await second.json()) as ErrorBody).error.param).toContain('messages[1]');
    expect(easel.emulator.requests).toHaveLength(calls);
  });

  it('has a data URI in its text, and a warning, if an image cannot be stored', async () => {
    writeFileSync(join(folder, 'images'), 'no folder');
    await start();
    const response = await chat(easel, CHAT);
    expect(response.headers.get('x-mapping-warning')).toBe(
      'image 0 could not be hosted; its link is a data URI',
    );
    const message = (await chatBody(response)).choices[0]?.message;
    expect(message?.content.split('\n\n').at(-1)).toBe(
      `![image](${message?.images?.[0]?.image_url.url})`,
    );
    const streamed = chunksOf(await (await chat(easel, { ...CHAT, stream: true })).text());
    expect(streamed.map(inWords).join(' ')).toContain('![image](data:image/jpeg;base64,');
  });
});
