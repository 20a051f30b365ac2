import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import sharp from 'sharp';
import { loadConfig } from '../../config/app-config';
import { GatewayError } from '../../errors/gateway-error';
import { JsonBlob } from '../../json/json-blob';
import { MemoryBudget } from '../../memory/memory-budget';
import { RequestMemory } from '../../memory/request-memory';
import { SlabPool } from '../../memory/slab-pool';
import { ImageDownload, type DownloadRules } from './image-download';
import type { HostedFiles } from './hosted-files';
import { ImageUrlService, type ImageUrl } from './image-url.service';
import { until } from '../../../test/until';

let server: http.Server;
let base: string;
let png: Buffer;
let atOnce = 0;
let mostAtOnce = 0;
let cut = 0;

const ROUTES: Readonly<Record<string, http.RequestListener>> = {
  '/image': (_request, response) => response.end(png),
  '/slow-image': (_request, response) => setTimeout(() => response.end(png), 50),
  '/text': (_request, response) => response.end('no image'),
  '/missing': (_request, response) => response.writeHead(404).end('a secret'),
  '/never': () => undefined,
  '/huge': (_request, response) => {
    response.write(png);
    response.end(Buffer.alloc(1024 * 1024 - png.length));
  },
};

beforeAll(async () => {
  png = await sharp({ create: { width: 9, height: 7, channels: 3, background: '#123456' } })
    .png()
    .toBuffer();
  server = http.createServer((request, response) => {
    atOnce += 1;
    mostAtOnce = Math.max(mostAtOnce, atOnce);
    response.once('close', () => {
      atOnce -= 1;
      cut += response.writableFinished ? 0 : 1;
    });
    const path = (request.url ?? '').replace(/\?.*/, '');
    ROUTES[path]?.(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

beforeEach(() => {
  mostAtOnce = 0;
  cut = 0;
});

let budget: MemoryBudget;

beforeEach(() => {
  budget = new MemoryBudget(Number.POSITIVE_INFINITY, 0);
});

/** What of a request its downloads look at; `budget` counts what they hold. */
function context(signal = new AbortController().signal) {
  return { signal, memory: new RequestMemory(new SlabPool(), budget) };
}

/** Where no images are kept, no URL is one of ours. */
const NOTHING_HOSTED: Pick<HostedFiles, 'fileOf' | 'read'> = {
  fileOf: () => undefined,
  read: () => Promise.reject(new Error('nothing is hosted')),
};

function service(
  environment: Record<string, string> = {},
  rules: Partial<DownloadRules> = { isAllowed: () => true },
): ImageUrlService {
  const config = loadConfig({
    environment,
    readFile: () => '',
    isKnownModel: () => true,
    consumerFaults: () => [],
    accountFaults: () => [],
  });
  return new ImageUrlService(config, new ImageDownload(rules), NOTHING_HOSTED);
}

function field(index: number): ImageUrl['field'] {
  return { param: `images[${index}].image_url` };
}

function urls(...list: readonly (string | JsonBlob)[]): readonly ImageUrl[] {
  return list.map((url, index) => ({ url, field: field(index) }));
}

async function faultOf(work: Promise<unknown>): Promise<unknown> {
  const error: unknown = await work.then(
    () => 'none',
    (thrown: unknown) => thrown,
  );
  return error instanceof GatewayError ? error.fault : error;
}

describe('readAll', () => {
  it('accepts every kind of URL, in order', async () => {
    const other = await sharp({ create: { width: 3, height: 2, channels: 3, background: 'red' } })
      .webp()
      .toBuffer();
    const dataUri = `data:image/png;base64,${other.toString('base64')}`;
    const images = await service().readAll(
      urls(`${base}/slow-image`, dataUri, JsonBlob.from(Buffer.from(dataUri)), `${base}/image`),
      context(),
    );
    expect(images.map((image) => [image?.header.format, image?.header.width])).toEqual([
      ['png', 9],
      ['webp', 3],
      ['webp', 3],
      ['png', 9],
    ]);
    expect(images[0]?.data.toText()).toBe(png.toString('base64'));
  });

  it.each([
    [{}, false],
    [{ NO_PROXY: '*' }, false],
    [{ HTTPS_PROXY: 'http://proxy.test:3128' }, true],
    [{ http_proxy: 'proxy.test:3128' }, true],
  ])('says with %j that no proxy is used for images: %s', async (environment, isSaid) => {
    const fault = await faultOf(
      // Nobody listens there.
      service(environment).readAll(urls('http://127.0.0.1:1025/image'), context()),
    );
    const { message } = fault as { message: string };
    expect(message).toContain('must be publicly reachable and respond in time');
    expect(message.includes('images by URL do not use HTTPS_PROXY')).toBe(isSaid);
  });

  it('begins no download without free memory, but the oldest request continues', async () => {
    budget = new MemoryBudget(1024 * 1024, 10);
    const other = new RequestMemory(new SlabPool(), budget);
    const eldest = other.bodyShare();
    await eldest.grow({ bytes: 100, weight: 1, signal: new AbortController().signal });
    const waiting = context();
    const images = service().readAll(urls(`${base}/image`, `${base}/image`), waiting);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([mostAtOnce, budget.waiting, budget.bytes]).toEqual([0, 1, 100]);
    // All that there is, and more, and it is not asked to wait.
    const own = service().readAll(urls(`${base}/huge`, `${base}/huge`), {
      signal: waiting.signal,
      memory: other,
    });
    expect(await own).toHaveLength(2);
    expect(budget.bytes).toBeGreaterThan(2 * 1024 * 1024);
    expect(budget.waiting).toBe(1);
    other.release();
    expect(await images).toHaveLength(2);
    waiting.memory.release();
    expect([budget.bytes, budget.waiting]).toEqual([0, 0]);
  });

  it('counts all of an image by URL before the rest of it is read', async () => {
    const scope = context();
    const grow = jest.spyOn(scope.memory.bodyShare(), 'grow');
    await service().readAll(urls(`${base}/huge`), scope);
    const grown = grow.mock.calls.reduce((sum, [{ bytes }]) => sum + bytes, 0);
    expect(grown).toBe(1024 * 1024 + 64 * 1024);
    expect(grow.mock.calls.length).toBeGreaterThan(4);
  });

  it('returns the memory of a failed download at once', async () => {
    const scope = context();
    await expect(service().readAll(urls(`${base}/text`, `${base}/never`), scope)).rejects.toThrow(
      GatewayError,
    );
    // The other one is given up; it lets go as soon as it hears of it.
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(budget.bytes).toBe(0);
  });

  it('counts downloaded bytes as they arrive, and their base64 until the request is closed', async () => {
    const scope = context();
    const giveBack = jest.spyOn(scope.memory, 'releaseBodyBytes');
    const [downloaded] = await service().readAll(urls(`${base}/image`), scope);
    expect(giveBack).toHaveBeenCalledWith(2 * 64 * 1024);
    expect(budget.bytes).toBe(downloaded?.data.byteLength);
    scope.memory.release();
    expect(budget.bytes).toBe(0);
  });

  it('counts a data URI only if it must be rewritten', async () => {
    // Large enough that Node does not cut it from a buffer that it shares.
    const noise = { type: 'gaussian' as const, mean: 128, sigma: 50 };
    const create = { width: 99, height: 99, channels: 3, background: '#000', noise } as const;
    const file = await sharp({ create }).png().toBuffer();
    // No padding: the piece that ends in it is written anew.
    const base64 = file.subarray(0, file.length - (file.length % 3)).toString('base64');
    await service().readAll(urls(`data:image/png;base64,${base64}`), context());
    expect(budget.bytes).toBe(0);
    const broken = `${base64.slice(0, 40)}\r\n${base64.slice(40)}`;
    await service().readAll(urls(`data:image/png;base64,${broken}`), context());
    expect(budget.bytes).toBe(base64.length);
  });

  it('downloads four at a time', async () => {
    const list = Array.from({ length: 12 }, () => `${base}/slow-image`);
    expect(await service().readAll(urls(...list), context())).toHaveLength(12);
    expect(mostAtOnce).toBe(4);
  });

  it.each<[string, string, string]>([
    ['', 'invalid_image_url', 'neither'],
    ['iVBORw0KGgo=', 'invalid_image_url', 'neither'],
    ['iVBORw0KGgo'.repeat(1000), 'invalid_image_url', 'neither'],
    ['file:///etc/passwd', 'invalid_image_url', 'neither'],
    ['http://user@example.com/', 'invalid_image_url', 'user name'],
    ['data:image/png,abc', 'invalid_value', ';base64'],
    ['data:image/png;base64,', 'invalid_value', 'empty'],
    ['data:image/png;base64,a?b', 'invalid_value', 'invalid base64'],
    ['data:image/png;base64,R0lGODlhAQABAA==', 'unsupported_file_mimetype', 'image/gif'],
    ['BASE/text', 'unsupported_file_mimetype', 'text/plain'],
    ['BASE/missing', 'failed_to_download_image', '200'],
  ])('names the field of %s', async (url, code, words) => {
    const good = `${base}/image`;
    const work = service().readAll(urls(good, url.replace('BASE', base)), context());
    expect(await faultOf(work)).toEqual({
      kind: 'invalid_request',
      param: 'images[1].image_url',
      code,
      message: expect.stringContaining(words) as string,
    });
  });

  it('fetches nothing while another URL is faulty at sight', async () => {
    await faultOf(service().readAll(urls(`${base}/never`, 'nonsense'), context()));
    expect(mostAtOnce).toBe(0);
  });

  it('gives up the others with the first that fails', async () => {
    const work = service().readAll(urls(`${base}/never`, `${base}/missing`), context());
    expect(await faultOf(work)).toMatchObject({ param: 'images[1].image_url' });
    await until(() => cut >= 1);
  });

  const asContext = (...list: readonly string[]) =>
    urls(...list).map((url) => ({ ...url, isContext: true as const }));

  it('omits a context image that cannot be fetched', async () => {
    const images = await service().readAll(
      [...asContext(`${base}/missing`), ...urls(`${base}/image`), ...asContext(`${base}/image`)],
      context(),
    );
    expect(images.map((image) => image?.header.format)).toEqual([undefined, 'png', 'png']);
    expect(budget.bytes).toBe(
      images.reduce((sum, image) => sum + (image?.data.byteLength ?? 0), 0),
    );
  });

  it.each([
    ['is no URL', 'nonsense', 'invalid_image_url'],
    ['is no image', 'data:image/png;base64,R0lGODlhAQABAA==', 'unsupported_file_mimetype'],
  ])('does not go on without one that %s', async (_name, url, code) => {
    expect(await faultOf(service().readAll(asContext(url), context()))).toMatchObject({ code });
  });

  it('does not go on without one that is too large', async () => {
    const work = service({ MAX_BODY_MB: '1' }).readAll(
      asContext(`${base}/huge`, `${base}/huge`),
      context(),
    );
    expect(await faultOf(work)).toMatchObject({ code: 'failed_to_download_image' });
  });

  it('limits the total size of the images by URL of a request', async () => {
    const one = service({ MAX_BODY_MB: '1' });
    expect(await one.readAll(urls(`${base}/huge`), context())).toHaveLength(1);
    const work = one.readAll(urls(`${base}/huge`, `${base}/slow-image`), context());
    expect(await faultOf(work)).toMatchObject({
      code: 'failed_to_download_image',
      message: expect.stringContaining('together') as string,
    });
  });

  it('ends with the reason of the signal', async () => {
    const controller = new AbortController();
    const work = faultOf(service().readAll(urls(`${base}/never`), context(controller.signal)));
    await until(() => mostAtOnce >= 1);
    const reason = new Error('gone');
    controller.abort(reason);
    expect(await work).toBe(reason);
  });
});

describe('with IMAGE_URL_FETCH=off', () => {
  it('nothing is fetched, and the response says what to do', async () => {
    const work = service({ IMAGE_URL_FETCH: 'off' }).readAll(urls(`${base}/image`), context());
    expect(await faultOf(work)).toMatchObject({
      code: 'invalid_image_url',
      param: 'images[0].image_url',
      message: expect.stringMatching(/operator.*turned off.*data:image\/png;base64/) as string,
    });
    expect(mostAtOnce).toBe(0);
  });

  it('data URIs are taken', async () => {
    const uri = `data:image/png;base64,${png.toString('base64')}`;
    expect(await service({ IMAGE_URL_FETCH: 'off' }).readAll(urls(uri), context())).toHaveLength(1);
  });
});

describe('the error that a client gets about Easel’s network', () => {
  it('is the same for a private name, an unknown one, and a silent one', async () => {
    const rules = (resolve: DownloadRules['resolve']): Partial<DownloadRules> => ({
      resolve,
      timeoutMs: 100,
    });
    const messages = await Promise.all(
      [
        rules(() => Promise.resolve(['127.0.0.1'])),
        rules(() => Promise.resolve([])),
        rules(() => new Promise(() => undefined)),
        { ...rules(() => Promise.resolve(['127.0.0.1'])), isAllowed: () => true },
      ].map((some) =>
        faultOf(service({}, some).readAll(urls('http://a.example:1025/'), context())),
      ),
    );
    expect(new Set(messages.map((fault) => JSON.stringify(fault))).size).toBe(1);
    expect(messages[0]).toMatchObject({ code: 'failed_to_download_image' });
  });

  it('says that an address is not public if the URL itself has it', async () => {
    const work = service({}, {}).readAll(urls(`${base}/image?secret`), context());
    expect(await faultOf(work)).toMatchObject({
      code: 'invalid_image_url',
      message: expect.stringContaining('not public') as string,
    });
    expect(mostAtOnce).toBe(0);
  });

  it('holds nothing of the response, and the log nothing of the URL', async () => {
    const work = service().readAll(urls(`${base}/missing?secret=1`), context());
    const error: unknown = await work.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ reason: 'bad_status' });
    expect(inspect(error, { depth: 9 }).split('\n    at ')[0]).not.toMatch(/secret|127\.0\.0\.1/);
  });
});
