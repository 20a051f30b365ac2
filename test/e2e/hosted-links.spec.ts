import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { linkSignature } from '../../src/hosting/link-signature';
import { generateAt, startProcess } from '../easel-process';
import { startEasel, type ErrorBody, type ImagesBody, type RunningEasel } from '../running-easel';

const KEY = 'the-right-key-0123456789';
const SIGNING_KEY = 'the signing key of all of these links';
const OTHER_SIGNING_KEY = 'a signing key of some other gateway';
const entityTag = (fileName: string) => `"${fileName.split('.')[0] ?? ''}"`;
const NOBODYS = 'AAAAAAAAAAAAAAAAAAAAAA.jpg';
const DOCUMENT = 'AAAAAAAAAAAAAAAAAAAAAA.json';

interface FileResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Every mode; in the last two `off` has rules of its own for pages and for names. */
const MODES: readonly [name: string, env: Record<string, string>][] = [
  ['off', {}],
  ['strict', { PROXY_AUTH_MODE: 'strict', PROXY_API_KEY: KEY }],
  ['all_except_health', { PROXY_AUTH_MODE: 'all_except_health', PROXY_API_KEY: KEY }],
  ['off with CORS_ORIGINS', { CORS_ORIGINS: 'https://app.example' }],
  ['off with ALLOWED_HOSTS', { ALLOWED_HOSTS: 'images.example' }],
];

/** What a caller may bring along: none of it opens or shuts anything. */
const CALLERS: readonly [name: string, headers: Record<string, string>][] = [
  ['nobody', {}],
  ['a right key', { authorization: `Bearer ${KEY}` }],
  ['a wrong key', { authorization: 'Bearer wrong', 'x-api-key': 'wrong' }],
  ['a foreign page', { origin: 'https://elsewhere.example' }],
];

const METHODS = ['GET', 'HEAD'] as const;

describe.each(MODES)('links to hosted images in mode %s', (_mode, env) => {
  let folder: string;
  let easel: RunningEasel;
  let fileName: string;
  let bytes: Buffer;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hosted-links-'));
    easel = await startEasel({
      env: { IMAGE_STORE: 'disk', DATA_DIR: folder, URL_SIGNING_KEY: SIGNING_KEY, ...env },
    });
    const response = await easel.generate(
      { prompt: 'x', response_format: 'url' },
      { authorization: `Bearer ${KEY}` },
    );
    const { data } = (await response.json()) as ImagesBody;
    fileName = /\/files\/([^?]+)/.exec(data[0]?.url ?? '')?.[1] ?? '';
    bytes = readFileSync(join(folder, 'images', fileName));
  });
  afterAll(async () => {
    await easel.close();
    rmSync(folder, { recursive: true });
  });

  const now = () => Math.floor(Date.now() / 1000);
  const path = (file: string, expires: number, key = SIGNING_KEY) =>
    `/files/${file}?exp=${expires}&sig=${linkSignature(key, file, expires)}`;
  const right = () => path(fileName, now() + 600);

  function ask(
    method: string,
    target: string,
    headers: Record<string, string> = {},
  ): Promise<FileResponse> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = new URL(easel.url);
      request({ hostname, port, path: target, method, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const { statusCode = 0 } = response;
          resolve({ status: statusCode, headers: response.headers, body: Buffer.concat(chunks) });
        });
      })
        .on('error', reject)
        .end();
    });
  }

  /** For any client, by either method. */
  async function eachWay(
    target: () => string,
    check: (response: FileResponse, method: (typeof METHODS)[number]) => void,
    conditions: Record<string, string> = {},
  ): Promise<void> {
    for (const [, headers] of CALLERS) {
      for (const method of METHODS) {
        check(await ask(method, target(), { ...headers, ...conditions }), method);
      }
    }
  }

  it('serve the image with every header, for any client', async () => {
    await eachWay(right, ({ status, headers, body }, method) => {
      expect(status).toBe(200);
      expect(headers).toMatchObject({
        'accept-ranges': 'bytes',
        'access-control-allow-origin': '*',
        'content-disposition': `inline; filename="${fileName}"`,
        'content-length': String(bytes.length),
        'content-security-policy': "default-src 'none'; sandbox",
        'content-type': 'image/jpeg',
        'cross-origin-resource-policy': 'cross-origin',
        etag: entityTag(fileName),
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      });
      const [, age] =
        /^private, max-age=(\d+), immutable$/.exec(headers['cache-control'] ?? '') ?? [];
      expect(Number(age)).toBeGreaterThan(300);
      expect(Number(age)).toBeLessThanOrEqual(600);
      expect(body.equals(method === 'HEAD' ? Buffer.alloc(0) : bytes)).toBe(true);
    });
  });

  it('confirm that a cached copy is current', async () => {
    const conditions = { 'if-none-match': entityTag(fileName) };
    await eachWay(
      right,
      ({ status, headers, body }) => {
        expect([status, body.length]).toEqual([304, 0]);
        expect(headers['etag']).toBe(entityTag(fileName));
        expect(headers['cache-control']).toMatch(/^private, max-age=\d+, immutable$/);
        expect(headers['access-control-allow-origin']).toBe('*');
      },
      conditions,
    );
  });

  it.each<[string, Record<string, string>, number]>([
    ['a range', { range: 'bytes=10-19' }, 206],
    ['a range of this very copy', { range: 'bytes=10-19', 'if-range': 'ETAG' }, 206],
    ['a range of another copy', { range: 'bytes=10-19', 'if-range': '"other"' }, 200],
    ['a range outside', { range: 'bytes=999999999-' }, 416],
  ])('serve %s', async (_name, given, expected) => {
    const conditions = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [
        name,
        value.replace('ETAG', entityTag(fileName)),
      ]),
    );
    await eachWay(
      right,
      ({ status, headers, body }, method) => {
        // A range is of GET alone.
        const isWhole = expected === 200 || method === 'HEAD';
        expect(status).toBe(isWhole ? 200 : expected);
        if (isWhole) {
          expect(headers['content-length']).toBe(String(bytes.length));
        } else if (expected === 206) {
          expect(headers['content-range']).toBe(`bytes 10-19/${bytes.length}`);
          expect(body.equals(bytes.subarray(10, 20))).toBe(true);
        } else {
          expect(headers['content-range']).toBe(`bytes */${bytes.length}`);
          expect(headers['cache-control']).toBeUndefined();
        }
      },
      conditions,
    );
  });

  it.each<[string, () => string, number]>([
    ['no expiry and no signature', () => `/files/${fileName}`, 403],
    ['no expiry', () => right().replace(/exp=\d+&/, ''), 403],
    ['an empty expiry', () => right().replace(/exp=\d+/, 'exp='), 403],
    ['an expiry that is no number', () => right().replace(/exp=\d+/, 'exp=soon'), 403],
    ['an expiry in another notation', () => right().replace(/exp=(\d+)/, 'exp=$1.0'), 403],
    ['a negative expiry', () => right().replace(/exp=/, 'exp=-'), 403],
    ['an expiry beyond all numbers', () => right().replace(/exp=/, 'exp=9999999999999999'), 403],
    ['two expiries', () => `${right()}&exp=9999999999`, 403],
    ['an expiry in a list', () => right().replace('exp=', 'exp[]='), 403],
    ['no signature', () => right().replace(/&sig=.*/, ''), 403],
    ['an empty signature', () => right().replace(/sig=.*/, 'sig='), 403],
    ['half a signature', () => right().slice(0, -20), 403],
    ['more than a signature', () => `${right()}A`, 403],
    ['two signatures', () => `${right()}&sig=x`, 403],
    ['a signature in an object', () => right().replace('sig=', 'sig[x]='), 403],
    ['another signature', () => right().replace(/sig=.*/, `sig=${'A'.repeat(43)}`), 403],
    ['the signature of another gateway', () => path(fileName, now() + 600, OTHER_SIGNING_KEY), 403],
    ['the signature of another image', () => right().replace(fileName, NOBODYS), 403],
    ['a later expiry than was signed', () => right().replace(/exp=\d+/, 'exp=9999999999'), 403],
    ['a document that is kept beside the images', () => path(DOCUMENT, now() + 600), 403],
    [
      'a path that climbs',
      () => `/files/..%2Furl-signing-key${right().replace(/^[^?]*/, '')}`,
      403,
    ],
    ['a late expiry and a wrong signature', () => path(fileName, 1_000, OTHER_SIGNING_KEY), 403],
    ['a late link', () => path(fileName, now() - 1), 410],
    ['a late link to an image that is gone', () => path(NOBODYS, now() - 1), 410],
    ['a link to an image that is gone', () => path(NOBODYS, now() + 600), 404],
  ])('refuse %s', async (_name, target, expected) => {
    await eachWay(target, ({ status, headers, body }, method) => {
      expect(status).toBe(expected);
      expect(headers['content-type']).toMatch(/^application\/json/);
      expect(headers['cache-control']).toBeUndefined();
      expect(headers['access-control-allow-origin']).toBe('*');
      expect(headers['x-request-id']).toMatch(/^req_/);
      if (method === 'GET') {
        const { error } = JSON.parse(body.toString()) as ErrorBody;
        expect(Object.keys(error).sort()).toEqual(['code', 'message', 'param', 'type']);
        expect(error).toMatchObject({ type: 'invalid_request_error', param: null, code: null });
        expect(error.message).not.toContain(fileName);
      } else {
        expect(body).toHaveLength(0);
      }
    });
  });

  it('let any page ask first', async () => {
    const { status, headers } = await ask('OPTIONS', right(), {
      origin: 'https://elsewhere.example',
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'range',
    });
    expect(status).toBe(204);
    expect(headers['access-control-allow-origin']).toBe('*');
    expect(headers['access-control-allow-headers']).toBe('range');
  });

  it.each([
    ['in capitals', () => right().replace('/files/', '/FILES/')],
    ['with a slash at its end', () => right().replace('?', '/?')],
    ['with more in its query', () => `${right()}&download=1`],
  ])('are found by a path %s', async (_name, target) => {
    await eachWay(target, ({ status, headers }) => {
      expect([status, headers['access-control-allow-origin']]).toEqual([200, '*']);
    });
  });

  it('obey the check of host names, if it is on', async () => {
    // On a loopback address a name must be a known one, unless a key stands in the way.
    const isRuled = env['PROXY_API_KEY'] === undefined;
    for (const method of METHODS) {
      const { status } = await ask(method, right(), { host: 'evil.example' });
      expect(status).toBe(isRuled ? 403 : 200);
    }
    const { status, body } = await ask('GET', right(), { host: 'images.example' });
    const isKnown = !isRuled || env['ALLOWED_HOSTS'] !== undefined;
    expect(status).toBe(isKnown ? 200 : 403);
    if (!isKnown) {
      expect(JSON.parse(body.toString())).toHaveProperty('error.code', 'forbidden_host');
    }
  });

  it('leave no signature in the log', () => {
    expect(easel.rawLog()).toContain('GET /files/');
    expect(easel.rawLog()).not.toMatch(/sig(=|%3D|":)/i);
  });
});

describe('links while the signing key is replaced', () => {
  let folder: string;
  let end: (() => Promise<unknown>) | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'replaced-key-'));
  });
  afterEach(async () => {
    await stop();
    rmSync(folder, { recursive: true });
  });

  const withFolder = (env: Record<string, string>) => ({
    IMAGE_STORE: 'disk',
    DATA_DIR: folder,
    ...env,
  });

  async function stop(): Promise<void> {
    await end?.();
    end = undefined;
  }

  /** A new process on the same folder: it can know no key from the one before but by a file. */
  async function restart(env: Record<string, string>): Promise<string> {
    await stop();
    const easel = startProcess(withFolder(env));
    end = () => {
      easel.child.kill('SIGKILL');
      return easel.exit;
    };
    return easel.url();
  }

  /** An application in this process, which starts much faster. It is given its keys. */
  async function restartHere(key: string): Promise<string> {
    await stop();
    const easel = await startEasel({ env: withFolder({ URL_SIGNING_KEY: key }) });
    end = () => easel.close();
    return easel.url;
  }

  /** The path of a new link: each process listens on a port of its own. */
  async function newLink(url: string): Promise<string> {
    const response = await generateAt(url, { prompt: 'x', response_format: 'url' });
    const { data } = (await response.json()) as ImagesBody;
    const { pathname, search } = new URL(String(data[0]?.url));
    return pathname + search;
  }

  const statuses = async (url: string, links: readonly string[]) =>
    Promise.all(links.map(async (link) => (await fetch(url + link)).status));

  it.each<[string, Record<string, string>, () => string]>([
    ['a configured key', { URL_SIGNING_KEY: SIGNING_KEY }, () => SIGNING_KEY],
    [
      'the key that Easel made',
      {},
      () => readFileSync(join(folder, 'url-signing-key'), 'utf8').trim(),
    ],
  ])('work until %s is removed', async (_name, env, oldKey) => {
    const old = await newLink(await restart(env));
    expect(await statuses(await restart(env), [old])).toEqual([200]);

    const both = await restartHere(`${OTHER_SIGNING_KEY},${oldKey()}`);
    const fresh = await newLink(both);
    expect(await statuses(both, [old, fresh])).toEqual([200, 200]);

    // The image is still there: the link alone has ended.
    const replaced = await restartHere(OTHER_SIGNING_KEY);
    expect(await statuses(replaced, [old, fresh])).toEqual([403, 200]);

    const back = await restartHere(oldKey());
    expect(await statuses(back, [old, fresh])).toEqual([200, 403]);
  });
});
