import { createHash } from 'node:crypto';
import { startConnectProxy } from '../connect-proxy';
import { picture } from '../pictures';
import { startEasel, type ImagesBody, type RunningEasel } from '../running-easel';
import { BUCKET, S3_CREDENTIALS, startS3Server, type S3Server } from '../s3-server';
import {
  imagePart,
  png,
  respond,
  respondWhole,
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../scripted-upstream';
import { until } from '../until';

const DAY_MS = 86_400_000;

describe('images hosted in S3', () => {
  let s3: S3Server;
  let easel: RunningEasel;
  let upstream: ScriptedUpstream;
  const bytes = Buffer.alloc(16_000_000, 'easel');
  const before = { ...process.env };

  beforeAll(async () => {
    Buffer.from(await picture()).copy(bytes);
    const bodyOf = (image: Buffer) =>
      JSON.stringify(respond([imagePart(image.toString('base64'))], 'STOP'));
    const [large, small] = [bodyOf(bytes), bodyOf(bytes.subarray(0, 200_000))];
    upstream = await startScriptedUpstream(({ body, response }) => {
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(body.includes('small') ? small : large);
    });
  });
  afterAll(() => upstream.close());
  beforeEach(async () => {
    s3 = await startS3Server();
    // The SDK looks for credentials by itself, and nowhere else than here in a test.
    Object.assign(process.env, {
      AWS_ACCESS_KEY_ID: S3_CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: S3_CREDENTIALS.secretAccessKey,
      AWS_EC2_METADATA_DISABLED: 'true',
    });
  });
  afterEach(async () => {
    await easel.close();
    await s3.close();
    process.env = { ...before };
  });

  const environment = () => ({
    IMAGE_STORE: `s3://${BUCKET}/team/a/`,
    S3_ENDPOINT: s3.url,
    S3_REGION: 'eu-west-3',
    URL_SIGNING_KEY: 'the signing key of all the replicas',
  });
  const start = async (env: Record<string, string> = {}) => {
    easel = await startEasel({
      accounts: [{ email: 'a@test', baseUrl: upstream.url }],
      env: { ...environment(), ...env },
    });
  };
  /** Of 16 MB, or `small` where it does not matter how the bytes come. */
  const generate = async (prompt = 'large') => {
    const response = await easel.generate({ prompt, response_format: 'url' });
    expect(response.status).toBe(200);
    const { data } = (await response.json()) as ImagesBody;
    return { url: String(data[0]?.url), warning: response.headers.get('x-mapping-warning') };
  };
  const sha256 = (data: Buffer) => createHash('sha256').update(data).digest('hex');

  it('are stored for the retry of a client that hung up while they were written', async () => {
    await start();
    const callsBefore = upstream.calls.length;
    s3.fault = 'frozen';
    const client = new AbortController();
    const ask = (retry: string, signal?: AbortSignal) =>
      fetch(`${easel.url}/v1/images/generations`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-stainless-retry-count': retry },
        body: JSON.stringify({ prompt: 'x', response_format: 'url' }),
        ...(signal && { signal }),
      });
    const first = ask('0', client.signal).catch(() => undefined);
    const isImage = /^PUT .*\.(png|jpe?g)/;
    await until(() => s3.requests.some((request) => isImage.test(request)));
    client.abort();
    await first;
    await until(() => easel.rawLog().includes('are finished without their client'));
    s3.fault = 'none';
    const response = await ask('1');
    expect(response.headers.get('x-retry-adopted')).toBe('1');
    const { data } = (await response.json()) as ImagesBody;
    const file = await fetch(String(data[0]?.url));
    expect(sha256(Buffer.from(await file.arrayBuffer()))).toBe(sha256(bytes));
    expect(upstream.calls).toHaveLength(callsBefore + 1);
  });

  it('have the bytes of the image, under the prefix, and support ranges', async () => {
    await start();
    const { url } = await generate();
    const [key = '', ...others] = s3.objects.keys();
    expect(others.filter((other) => !other.endsWith('.sweeping'))).toEqual([]);
    expect(key).toMatch(/^team\/a\/[\w-]{22}\.png$/);
    expect(s3.objects.get(key)?.type).toBe('image/png');
    const response = await fetch(url);
    expect(sha256(Buffer.from(await response.arrayBuffer()))).toBe(sha256(bytes));
    const part = await fetch(url, { headers: { range: 'bytes=100-199' } });
    expect(part.status).toBe(206);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(100, 200));
    expect((await fetch(url, { method: 'HEAD' })).headers.get('content-length')).toBe('16000000');
    s3.objects.delete(key);
    expect((await fetch(url)).status).toBe(404);
  });

  it.each(
    (['png', 'jpeg', 'webp'] as const).flatMap((format) =>
      [60_000, 25_000_000].map((length) => [format, length] as const),
    ),
  )('of %s and %d bytes come whole', async (format, length) => {
    const whole = Buffer.alloc(length, format);
    Buffer.from(await picture(96, 64, format)).copy(whole);
    const other = await startScriptedUpstream((call) => {
      respondWhole(call, whole.toString('base64'));
    });
    easel = await startEasel({
      accounts: [{ email: 'a@test', baseUrl: other.url }],
      env: environment(),
    });
    const response = await fetch((await generate()).url);
    expect(response.headers.get('content-type')).toBe(`image/${format}`);
    expect(sha256(Buffer.from(await response.arrayBuffer()))).toBe(sha256(whole));
    await other.close();
  });

  describe('behind a proxy', () => {
    /** A name that only the proxy knows. */
    const ENDPOINT = 'http://s3.invalid:9000';
    const leadsTo = () => Number(new URL(s3.url).port);

    it('are written and read through it, with its credential', async () => {
      const proxy = await startConnectProxy({ leadsTo: leadsTo() });
      await start({ S3_ENDPOINT: ENDPOINT, HTTP_PROXY: `http://jo:pw@${proxy.url.host}` });
      const { url } = await generate();
      expect(url).toMatch(/^http:/);
      const response = await fetch(url);
      expect(sha256(Buffer.from(await response.arrayBuffer()))).toBe(sha256(bytes));
      expect(proxy.asked).toEqual(
        proxy.asked.map(() => ({
          target: 's3.invalid:9000',
          credential: `Basic ${Buffer.from('jo:pw').toString('base64')}`,
        })),
      );
      // One connection serves several requests, which these were.
      expect(proxy.asked.length).toBeGreaterThan(0);
      expect(easel.rawLog()).not.toContain('jo:pw');
      await proxy.close();
    });

    it.each([
      ['NO_PROXY names the endpoint', ENDPOINT, { NO_PROXY: '.invalid' }],
      [
        'the proxy is for https only',
        ENDPOINT,
        { HTTPS_PROXY: 'http://127.0.0.1:1', HTTP_PROXY: '' },
      ],
      ['it is on this machine', undefined, {}],
    ])('bypass it if %s', async (_name, endpoint, env) => {
      const proxy = await startConnectProxy({ leadsTo: leadsTo() });
      await start({
        HTTP_PROXY: proxy.url.href,
        ...(endpoint === undefined ? {} : { S3_ENDPOINT: endpoint }),
        ...env,
      });
      const { url } = await generate('small');
      // Only the proxy can resolve the name.
      expect(url).toMatch(endpoint === undefined ? /^http:/ : /^data:/);
      expect(proxy.sockets).toHaveLength(0);
      await proxy.close();
    });

    it('still arrive if it refuses, and the log names it', async () => {
      const proxy = await startConnectProxy({
        leadsTo: leadsTo(),
        response: 'HTTP/1.1 407 Proxy Authentication Required\r\n\r\n',
      });
      await start({ S3_ENDPOINT: ENDPOINT, HTTP_PROXY: `http://jo:pw@${proxy.url.host}` });
      expect((await generate('small')).url).toMatch(/^data:/);
      const { reason } = easel.log.find(({ msg }) => msg.startsWith('image not stored')) ?? {};
      expect(reason).toMatch(/PROXY_407/);
      expect(easel.rawLog()).not.toContain('jo:pw');
      await proxy.close();
    });
  });

  it('are read by another replica, under the same key', async () => {
    await start();
    const { pathname, search } = new URL((await generate('small')).url);
    await easel.close();
    await start();
    expect((await fetch(`${easel.url}${pathname}${search}`)).status).toBe(200);
  });

  it.each<[string, Record<string, string>, string]>([
    ['wrong credentials', { AWS_SECRET_ACCESS_KEY: 'wrong' }, 'SignatureDoesNotMatch'],
    ['an unknown key', { AWS_ACCESS_KEY_ID: 'AKIANOBODY' }, 'InvalidAccessKeyId'],
  ])('arrive all the same with %s', async (_name, environment, code) => {
    Object.assign(process.env, environment);
    await start();
    const { url, warning } = await generate();
    expect(url).toMatch(/^data:image\/png;base64,/);
    expect(warning).toBe('image 0 could not be hosted; its url is a data URI');
    expect(s3.errors).toContain(code);
    const { reason } = easel.log.find(({ msg }) => msg.startsWith('image not stored')) ?? {};
    expect(reason).toBe(code);
    expect(easel.rawLog()).not.toMatch(/AKIA|secret/);
  });

  it('report why a store refused them before it read the body', async () => {
    const small = await startScriptedUpstream(async (call) => {
      respondWhole(call, await png(8));
    });
    easel = await startEasel({
      accounts: [{ email: 'a@test', baseUrl: small.url }],
      env: environment(),
    });
    s3.fault = 'hasty';
    expect((await generate()).url).toMatch(/^data:image\/png;base64,/);
    const { reason } = easel.log.find(({ msg }) => msg.startsWith('image not stored')) ?? {};
    expect(reason).toBe('SignatureDoesNotMatch');
    await small.close();
  });

  it('get 503 after one request if the store is frozen', async () => {
    await start();
    const { url } = await generate('small');
    s3.fault = 'frozen';
    const before = s3.requests.length;
    expect((await fetch(url)).status).toBe(503);
    expect(s3.requests.slice(before).filter((request) => request.startsWith('HEAD'))).toHaveLength(
      1,
    );
  }, 60_000);

  it('still arrive without a bucket, and the process starts', async () => {
    await start({ IMAGE_STORE: 's3://elsewhere' });
    const { url } = await generate('small');
    expect(url).toMatch(/^data:image\/png;base64,/);
    const ready = await fetch(`${easel.url}/readyz`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({
      details: { imageStore: { status: 'down', kind: 's3', reason: 'NoSuchBucket' } },
    });
  });

  it.each(['failing', 'cutting'] as const)(
    'still arrive while it is %s, and are hosted again afterwards',
    async (fault) => {
      await start();
      s3.fault = fault;
      expect((await generate()).url).toMatch(/^data:/);
      s3.fault = 'none';
      const { url } = await generate();
      expect(url).toMatch(/\/files\//);
      s3.fault = fault;
      const response = await fetch(url);
      expect(response.status).toBe(503);
      expect(await response.json()).toHaveProperty('error.type', 'server_error');
    },
  );

  it('get an error that is not cacheable when S3 fails between HEAD and GET', async () => {
    await start();
    const { url } = await generate('small');
    s3.fault = 'failing reads';
    const response = await fetch(url);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ error: { type: 'server_error', code: null } });
    expect(response.headers.get('retry-after')).toBe('5');
    for (const name of ['cache-control', 'etag', 'last-modified', 'content-disposition']) {
      expect([name, response.headers.get(name)]).toEqual([name, null]);
    }
    // As an input of another image, the same.
    const used = await easel.edit({ prompt: 'x', images: [{ image_url: url }] });
    expect([used.status, await used.text()]).toEqual([
      400,
      expect.stringContaining('image store is unavailable') as string,
    ]);
  });

  it('still arrive within ten seconds while it is frozen', async () => {
    await start();
    s3.fault = 'frozen';
    const response = await easel.generate({ prompt: 'x', response_format: 'url' });
    expect(response.status).toBe(200);
    const reason = easel.log.find(({ msg }) => msg.startsWith('image not stored'))?.reason;
    expect(reason).toBe('timeout');
    // Shutdown waits for clients that are still reading.
    await response.arrayBuffer();
  }, 60_000);

  it('are deleted after their retention time, and nothing else in the bucket is', async () => {
    await start();
    await generate('small');
    const [key = ''] = [...s3.objects.keys()].filter((name) => name.endsWith('.png'));
    await easel.close();
    const old = {
      bytes: Buffer.alloc(1),
      type: 'image/png',
      modified: new Date(Date.now() - 2 * DAY_MS),
    };
    const foreign = [
      'team/a/photo.png',
      'team/b/AAAAAAAAAAAAAAAAAAAAAA.png',
      'AAAAAAAAAAAAAAAAAAAAAA.png',
    ];
    for (const name of [key, ...foreign]) {
      s3.objects.set(name, old);
    }
    await start();
    await until(() => !s3.objects.has(key));
    await until(() => !s3.objects.has('team/a/.sweeping'));
    expect([...s3.objects.keys()].sort()).toEqual([...foreign].sort());
  });

  it('are swept by one replica at a time', async () => {
    const old = {
      bytes: Buffer.alloc(1),
      type: 'image/png',
      modified: new Date(Date.now() - 2 * DAY_MS),
    };
    s3.objects.set('team/a/AAAAAAAAAAAAAAAAAAAAAA.png', old);
    const lock = (minutes: number) => {
      const modified = new Date(Date.now() - minutes * 60_000);
      s3.objects.set('team/a/.sweeping', { ...old, modified });
    };
    // Renewed each minute, by a replica that is alive.
    lock(2);
    await start();
    await generate('small');
    expect(s3.objects.has('team/a/AAAAAAAAAAAAAAAAAAAAAA.png')).toBe(true);
    await easel.close();
    // That of a process that has died.
    lock(6);
    await start();
    await until(() => !s3.objects.has('team/a/AAAAAAAAAAAAAAAAAAAAAA.png'));
    await until(() => !s3.objects.has('team/a/.sweeping'));
  });
});
