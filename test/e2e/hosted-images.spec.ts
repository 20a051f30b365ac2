import { createHash } from 'node:crypto';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { forgedUrl } from '../forged-url';
import { form, picture } from '../pictures';
import {
  startEasel,
  type EaselOptions,
  type ImagesBody,
  type RunningEasel,
} from '../running-easel';
import {
  imagePart,
  respond,
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../scripted-upstream';
import { until } from '../until';

const KEY = 'the-right-key-0123456789';
const SIGNING_KEY = 'the first signing key of 32 bytes and more';
const LINK =
  /^http:\/\/127\.0\.0\.1:\d+\/files\/[A-Za-z0-9_-]{22}\.(png|jpg|webp)\?exp=\d+&sig=[A-Za-z0-9_-]{43}$/;

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function bytesOf(response: Response): Promise<Buffer> {
  return Buffer.from(await response.arrayBuffer());
}

describe('hosted images', () => {
  let folder: string;
  let easel: RunningEasel;
  let upstream: ScriptedUpstream | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'hosted-'));
  });
  afterEach(async () => {
    await easel.close();
    await upstream?.close();
    upstream = undefined;
    rmSync(folder, { recursive: true });
  });

  const start = async (env: Record<string, string> = {}, options: EaselOptions = {}) => {
    easel = await startEasel({
      ...options,
      env: { IMAGE_STORE: 'disk', DATA_DIR: folder, ...env },
    });
  };
  /** An upstream whose image is just these bytes. */
  const startWith = async (base64: string, env: Record<string, string> = {}) => {
    const scripted = await startScriptedUpstream(({ response }) => {
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify(respond([imagePart(base64)], 'STOP')));
    });
    upstream = scripted;
    await start(env, { accounts: [{ email: 'a@test', baseUrl: scripted.url }] });
  };
  const urlsOf = async (response: Response): Promise<readonly string[]> => {
    expect(response.status).toBe(200);
    const { data } = (await response.json()) as ImagesBody;
    return data.map(({ url }) => String(url));
  };
  const urlOf = async (body: object = {}, headers: Record<string, string> = {}) => {
    const response = await easel.generate(
      { prompt: 'x', response_format: 'url', ...body },
      headers,
    );
    const [url = ''] = await urlsOf(response);
    return url;
  };
  const files = () => readdirSync(join(folder, 'images')).sort();

  it.each(['png', 'jpeg', 'webp'])(
    'have a URL whose bytes are those of the image: %s',
    async (output_format) => {
      await start();
      const fields = { prompt: 'x', output_format, seed: 1, n: 2 };
      const inline = (await (await easel.generate(fields)).json()) as ImagesBody;
      const urls = await urlsOf(await easel.generate({ ...fields, response_format: 'url' }));
      expect(new Set(urls).size).toBe(2);
      for (const [index, url] of urls.entries()) {
        expect(url).toMatch(LINK);
        const response = await fetch(url);
        expect(response.status).toBe(200);
        expect(response.headers.get('content-type')).toBe(`image/${output_format}`);
        const bytes = await bytesOf(response);
        expect(Number(response.headers.get('content-length'))).toBe(bytes.length);
        const expected = Buffer.from(String(inline.data[index]?.b64_json), 'base64');
        expect(sha256(bytes)).toBe(sha256(expected));
      }
    },
  );

  it.each([60_000, 1_500_000, 16_000_000, 25_000_000])(
    'of %d bytes arrive completely',
    async (length) => {
      const head = Buffer.from(await picture());
      const bytes = Buffer.concat([head, Buffer.alloc(length - head.length, 'easel')]);
      await startWith(bytes.toString('base64'));
      const response = await fetch(await urlOf());
      expect(sha256(await bytesOf(response))).toBe(sha256(bytes));
    },
  );

  /** An image of a format, padded to a length. */
  const padded = async (format: 'png' | 'jpeg' | 'webp', length: number): Promise<Buffer> => {
    const head = await sharp(Buffer.from(await picture()))
      .toFormat(format)
      .toBuffer();
    return Buffer.concat([head, Buffer.alloc(length - head.length, 'easel')]);
  };

  it.each(
    (['png', 'jpeg', 'webp'] as const).flatMap((format) =>
      [60_000, 16_000_000, 25_000_000].map((length) => [format, length] as const),
    ),
  )('of %s and %d bytes come whole from every route', async (format, length) => {
    const bytes = await padded(format, length);
    await startWith(bytes.toString('base64'), { CHAT_IMAGES: 'markdown' });
    const url = ['response_format', 'url'] as const;
    const upload = ['image', await picture()] as const;
    const chat = await fetch(`${easel.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'gemini-3-pro-image',
        messages: [{ role: 'user', content: 'a cat' }],
      }),
    });
    const links = [
      await urlOf(),
      ...(await urlsOf(await easel.edit(form(['prompt', 'x'], [...upload], [...url])))),
      ...(await urlsOf(await easel.vary(form([...upload], [...url])))),
      /\]\((http[^)]+)\)/.exec(await chat.text())?.[1] ?? '',
    ];
    expect(links).toHaveLength(4);
    // A chat converts an unrequested WebP to PNG, because not every program shows WebP.
    for (const link of format === 'webp' ? links.slice(0, 3) : links) {
      const response = await fetch(link);
      expect(response.headers.get('content-type')).toBe(`image/${format}`);
      expect(sha256(await bytesOf(response))).toBe(sha256(bytes));
    }
  });

  it('in a chat is linked for as long as it is kept, also in a replay', async () => {
    await start({ CHAT_IMAGES: 'markdown' });
    const ask = () =>
      fetch(`${easel.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': 'mine' },
        body: JSON.stringify({ messages: [{ role: 'user', content: 'a cat' }] }),
      });
    const expiryIn = (text: string) => Number(/[?]exp=(\d+)/.exec(text)?.[1]);
    const first = expiryIn(await (await ask()).text());
    const again = await ask();
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(expiryIn(await again.text())).toBe(first);
    expect(first - Date.now() / 1000).toBeGreaterThan(80_000);
  });

  it('are made anew for a key once they are to be deleted, even before the next sweep', async () => {
    await start({ IMAGE_RETENTION_SECONDS: '2', IMAGE_URL_TTL_SECONDS: '2' });
    const body = { prompt: 'x', response_format: 'url' };
    const key = { 'idempotency-key': 'mine' };
    const [first = ''] = await urlsOf(await easel.generate(body, key));
    const expiryOf = (url: string) => Number(new URL(url).searchParams.get('exp'));
    await until(() => expiryOf(first) * 1000 <= Date.now());
    const again = await easel.generate(body, key);
    expect(again.headers.get('idempotent-replayed')).toBeNull();
    const [url = ''] = await urlsOf(again);
    expect(expiryOf(url)).toBeGreaterThan(expiryOf(first));
    expect(easel.emulator.requests).toHaveLength(2);
  });

  it('of edits and variations have one as well', async () => {
    await start();
    const edit = form(['prompt', 'x'], ['image', await picture()], ['response_format', 'url']);
    const vary = form(['image', await picture()], ['response_format', 'url']);
    for (const response of [await easel.edit(edit), await easel.vary(vary)]) {
      const [url = ''] = await urlsOf(response);
      expect(url).toMatch(LINK);
      expect((await fetch(url)).status).toBe(200);
    }
  });

  it('are the default for dall-e models, and for all with DEFAULT_RESPONSE_FORMAT=url', async () => {
    await start();
    expect(await urlOf({ model: 'dall-e-3', response_format: undefined })).toMatch(LINK);
    await easel.close();
    await start({ DEFAULT_RESPONSE_FORMAT: 'url' });
    expect(await urlOf({ response_format: undefined })).toMatch(LINK);
  });

  it('are not stored without an image store', async () => {
    easel = await startEasel();
    expect(await urlOf()).toMatch(/^data:image\/jpeg;base64,/);
    expect(
      (await fetch(`${easel.url}/files/AAAAAAAAAAAAAAAAAAAAAA.png?exp=9999999999&sig=x`)).status,
    ).toBe(403);
  });

  it.each(['off', 'strict', 'all_except_health'])(
    'need no key in mode %s, and leave no signature in the log',
    async (mode) => {
      await start(mode === 'off' ? {} : { PROXY_AUTH_MODE: mode, PROXY_API_KEY: KEY });
      const url = await urlOf({}, mode === 'off' ? {} : { authorization: `Bearer ${KEY}` });
      const response = await fetch(url, { headers: { origin: 'https://elsewhere.example' } });
      expect(response.status).toBe(200);
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
      await bytesOf(response);
      const signature = new URL(url).searchParams.get('sig') ?? '';
      await until(() => easel.log.some(({ msg }) => msg.startsWith('GET /files/')));
      expect(easel.rawLog()).not.toContain(signature);
    },
  );

  it('have the headers that browsers and caches need', async () => {
    await start({ IMAGE_URL_TTL_SECONDS: '600' });
    const url = await urlOf();
    const [, fileName = ''] = /files\/([^?]+)/.exec(url) ?? [];
    const { headers } = await fetch(url);
    const id = fileName.split('.')[0] ?? '';
    expect(Object.fromEntries(headers)).toMatchObject({
      'accept-ranges': 'bytes',
      'access-control-allow-origin': '*',
      'access-control-expose-headers':
        'Accept-Ranges,Content-Disposition,Content-Range,ETag,X-Request-Id',
      'content-disposition': `inline; filename="${fileName}"`,
      'content-security-policy': "default-src 'none'; sandbox",
      'cross-origin-resource-policy': 'cross-origin',
      etag: `"${id}"`,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    const [, age] =
      /^private, max-age=(\d+), immutable$/.exec(headers.get('cache-control') ?? '') ?? [];
    expect(Number(age)).toBeGreaterThan(500);
    expect(Number(age)).toBeLessThanOrEqual(600);
  });

  it.each<[string, Record<string, string>, number, [number, number] | undefined]>([
    ['no condition', {}, 200, undefined],
    ['the first bytes', { range: 'bytes=0-9' }, 206, [0, 9]],
    ['bytes in the middle', { range: 'bytes=10-19' }, 206, [10, 19]],
    ['the last bytes', { range: 'bytes=-10' }, 206, [-10, -1]],
    ['more last bytes than there are', { range: 'bytes=-999999999' }, 206, [0, -1]],
    ['no last bytes', { range: 'bytes=-0' }, 416, undefined],
    ['from somewhere on', { range: 'bytes=20-' }, 206, [20, -1]],
    ['more than there is', { range: 'bytes=20-999999999' }, 206, [20, -1]],
    ['several ranges', { range: 'bytes=0-1,4-5' }, 200, undefined],
    ['a unit that is none', { range: 'pixels=0-1' }, 200, undefined],
    ['a range of other bytes', { range: 'bytes=0-9', 'if-range': '"other"' }, 200, undefined],
    ['another copy', { 'if-none-match': '"other"' }, 200, undefined],
    ['the same copy', { 'if-none-match': 'ETAG' }, 304, undefined],
    ['a range of the same bytes', { range: 'bytes=0-9', 'if-range': 'ETAG' }, 206, [0, 9]],
    ['a range outside', { range: 'bytes=999999999-' }, 416, undefined],
  ])('%s', async (_name, conditions, status, range) => {
    await start();
    const url = await urlOf();
    const whole = await fetch(url);
    const bytes = await bytesOf(whole);
    const headers = Object.fromEntries(
      Object.entries(conditions).map(([name, value]) => [
        name,
        value === 'ETAG' ? String(whole.headers.get('etag')) : value,
      ]),
    );
    const response = await fetch(url, { headers });
    expect(response.status).toBe(status);
    const body = await bytesOf(response);
    const at = (index: number) => (index < 0 ? bytes.length + index : index);
    if (range !== undefined) {
      const [start, end] = [at(range[0]), at(range[1])];
      expect(response.headers.get('content-range')).toBe(`bytes ${start}-${end}/${bytes.length}`);
      expect(body.equals(bytes.subarray(start, end + 1))).toBe(true);
    } else if (status === 200) {
      expect(body.equals(bytes)).toBe(true);
    } else if (status === 304) {
      expect(body).toHaveLength(0);
      expect(response.headers.get('etag')).toBe(whole.headers.get('etag'));
    } else {
      expect(response.headers.get('content-range')).toBe(`bytes */${bytes.length}`);
      expect(response.headers.get('cache-control')).toBeNull();
      expect(JSON.parse(body.toString())).toHaveProperty('error.type', 'invalid_request_error');
    }
  });

  it('answer HEAD with the head alone', async () => {
    await start();
    const url = await urlOf();
    const bytes = await bytesOf(await fetch(url));
    const response = await fetch(url, { method: 'HEAD', headers: { range: 'bytes=0-9' } });
    expect(response.status).toBe(200);
    expect(Number(response.headers.get('content-length'))).toBe(bytes.length);
    expect(await bytesOf(response)).toHaveLength(0);
  });

  it.each<[string, (url: URL) => void, number]>([
    [
      'a signature that was changed',
      (url) => {
        url.searchParams.set('sig', 'A'.repeat(43));
      },
      403,
    ],
    [
      'no signature',
      (url) => {
        url.searchParams.delete('sig');
      },
      403,
    ],
    [
      'two signatures',
      (url) => {
        url.searchParams.append('sig', String(url.searchParams.get('sig')));
      },
      403,
    ],
    [
      'a later end',
      (url) => {
        url.searchParams.set('exp', '9999999999');
      },
      403,
    ],
    [
      'another extension',
      (url) => {
        url.pathname = url.pathname.replace('.jpg', '.png');
      },
      403,
    ],
    [
      'a path that climbs',
      (url) => {
        url.pathname = '/files/..%2Furl-signing-key';
      },
      403,
    ],
  ])('are refused with %s', async (_name, change, status) => {
    await start();
    const url = new URL(await urlOf());
    change(url);
    const response = await fetch(url);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({
      error: {
        message: expect.any(String) as string,
        type: 'invalid_request_error',
        param: null,
        code: null,
      },
    });
    expect(response.headers.get('cache-control')).toBeNull();
  });

  it('get 410 when the URL has expired, and 404 when the image was deleted', async () => {
    await start({ IMAGE_URL_TTL_SECONDS: '1' });
    const late = await urlOf();
    await until(async () => (await fetch(late)).status === 410);
    await easel.close();
    await start();
    const gone = await urlOf();
    rmSync(join(folder, 'images', /files\/([^?]+)/.exec(gone)?.[1] ?? ''));
    const response = await fetch(gone);
    expect(response.status).toBe(404);
    expect(await response.json()).toHaveProperty('error.code', null);
    // Their URLs were signed before a restart.
    const { pathname, search } = new URL(late);
    expect((await fetch(`${easel.url}${pathname}${search}`)).status).toBe(410);
  });

  it('accept no other method', async () => {
    await start();
    const response = await fetch(await urlOf(), { method: 'DELETE' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD, OPTIONS');
  });

  it('are read under each key of a list, and signed by the first', async () => {
    await start({ URL_SIGNING_KEY: SIGNING_KEY });
    const url = new URL(await urlOf());
    await easel.close();
    await start({ URL_SIGNING_KEY: `another key which is the first one now,${SIGNING_KEY}` });
    expect((await fetch(`${easel.url}${url.pathname}${url.search}`)).status).toBe(200);
    const fresh = new URL(await urlOf());
    await easel.close();
    await start({ URL_SIGNING_KEY: SIGNING_KEY });
    expect((await fetch(`${easel.url}${fresh.pathname}${fresh.search}`)).status).toBe(403);
  });

  it('have PUBLIC_URL before their path, or the host that was called', async () => {
    await start({ PUBLIC_URL: 'https://images.example/easel/' });
    expect(await urlOf()).toMatch(/^https:\/\/images\.example\/easel\/files\/[\w-]{22}\./);
    await easel.close();
    const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'front.example' };
    await start();
    expect(await urlOf({}, forwarded)).toMatch(LINK);
    await easel.close();
    await start({ TRUSTED_PROXIES: 'loopback' });
    expect(await urlOf({}, forwarded)).toMatch(/^https:\/\/front\.example\/files\//);
  });

  it('can be inputs of edits by their URLs, with any host, and without an HTTP request', async () => {
    await start({ PUBLIC_URL: 'https://images.example', IMAGE_URL_FETCH: 'off' });
    const url = await urlOf();
    const response = await easel.edit({ prompt: 'x', images: [{ image_url: url }] });
    expect(response.status).toBe(200);
    const sent = easel.emulator.requests.at(-1)?.body as {
      contents: [{ parts: [unknown, { inlineData: { data: string } }] }];
    };
    const [name = ''] = /[\w-]{22}\.jpg/.exec(url) ?? [];
    const kept = readFileSync(join(folder, 'images', name));
    expect(sent.contents[0].parts[1].inlineData.data).toBe(kept.toString('base64'));

    const forged = forgedUrl(url);
    const refused = await easel.edit({ prompt: 'x', images: [{ image_url: forged }] });
    expect(refused.status).toBe(400);
    rmSync(join(folder, 'images', name));
    const gone = await easel.edit({ prompt: 'x', images: [{ image_url: url }] });
    expect(gone.status).toBe(400);
    expect(await gone.json()).toHaveProperty('error.code', 'failed_to_download_image');
  });

  it('arrive as data URIs, with a warning, if they cannot be stored', async () => {
    writeFileSync(join(folder, 'images'), 'no folder');
    await start();
    const response = await easel.generate({ prompt: 'x', n: 2, response_format: 'url' });
    expect(response.headers.get('x-mapping-warning')).toBe(
      'image 0 could not be hosted; its url is a data URI, image 1 could not be hosted; its url is a data URI',
    );
    for (const url of await urlsOf(response)) {
      expect(url).toMatch(/^data:image\/jpeg;base64,/);
    }
    const ready = await fetch(`${easel.url}/readyz`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({
      details: { imageStore: { status: 'down', kind: 'disk' } },
    });
    expect(await (await fetch(`${easel.url}/metrics`)).text()).toContain(
      'easel_image_store_writes_total{outcome="failed"} 2',
    );
    rmSync(join(folder, 'images'));
    expect(await urlOf()).toMatch(LINK);
    expect(await (await fetch(`${easel.url}/readyz`)).json()).toMatchObject({
      details: { imageStore: { status: 'up' } },
    });
  });

  it('never exceed the maximum size: the oldest are deleted first', async () => {
    const head = Buffer.from(await picture());
    const bytes = Buffer.concat([head, Buffer.alloc(400_000 - head.length)]);
    await startWith(bytes.toString('base64'), { IMAGE_STORE_MAX_GB: '0.001' });
    const urls = [await urlOf(), await urlOf(), await urlOf()];
    expect(files()).toHaveLength(2);
    const statuses = await Promise.all(urls.map(async (url) => (await fetch(url)).status));
    expect(statuses).toEqual([404, 200, 200]);
    await Promise.all(Array.from({ length: 8 }, () => urlOf()));
    const held = files().reduce(
      (sum, name) => sum + statSync(join(folder, 'images', name)).size,
      0,
    );
    expect(held).toBeLessThanOrEqual(1_000_000);
  });

  it('are deleted after their retention time, with the leftovers of a crash, and nothing else is', async () => {
    const images = join(folder, 'images');
    await start();
    const [url, kept] = [await urlOf(), await urlOf()];
    await easel.close();
    const [name = ''] = /[\w-]{22}\.jpg/.exec(url) ?? [];
    const twoDays = new Date(Date.now() - 2 * 86_400_000);
    const old = ['somebody-elses.png', `.${name}.0123456789abcdef.part`, name];
    for (const file of old.slice(0, 2)) {
      writeFileSync(join(images, file), 'x');
    }
    for (const file of old) {
      utimesSync(join(images, file), twoDays, twoDays);
    }
    await start();
    await until(() => !files().includes(name) && !files().includes('.sweeping'));
    expect(files()).toEqual([/[\w-]{22}\.jpg/.exec(kept)?.[0], 'somebody-elses.png'].sort());
  });
});
