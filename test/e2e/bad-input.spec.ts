import { createConnection } from 'node:net';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { startEasel, type ErrorBody, type RunningEasel } from '../running-easel';

describe('bad input', () => {
  let easel: RunningEasel;

  beforeAll(async () => {
    easel = await startEasel({ env: { MAX_BODY_MB: '1', MAX_IMAGES_PER_REQUEST: '4' } });
  });
  afterAll(() => easel.close());

  async function fault(response: Response) {
    const { error } = (await response.json()) as ErrorBody;
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(response.headers.get('x-request-id')).toMatch(/^req_/);
    expect(Object.keys(error).sort()).toEqual(['code', 'message', 'param', 'type']);
    return { status: response.status, ...error };
  }

  const long = (length: number) => '🚀'.repeat(length);

  it.each<[string, object, string, string, string]>([
    [
      'no prompt',
      {},
      'prompt',
      'missing_required_parameter',
      "Missing required parameter: 'prompt'.",
    ],
    ['prompt null', { prompt: null }, 'prompt', 'invalid_type', 'but got null'],
    ['prompt 1', { prompt: 1 }, 'prompt', 'invalid_type', 'but got an integer'],
    ['prompt 1.5', { prompt: 1.5 }, 'prompt', 'invalid_type', 'but got a decimal number'],
    ['prompt []', { prompt: [] }, 'prompt', 'invalid_type', 'but got an array'],
    ['prompt {}', { prompt: {} }, 'prompt', 'invalid_type', 'but got an object'],
    ['prompt true', { prompt: true }, 'prompt', 'invalid_type', 'but got a boolean'],
    ['an empty prompt', { prompt: '' }, 'prompt', 'empty_string', 'minimum length 1'],
    [
      'a prompt too long',
      { prompt: long(32_001) },
      'prompt',
      'string_above_max_length',
      'length 32001',
    ],
    ['n 0', { n: 0 }, 'n', 'integer_below_min_value', 'Expected a value >= 1, but got 0'],
    ['n -1', { n: -1 }, 'n', 'integer_below_min_value', 'but got -1'],
    ['n 5', { n: 5 }, 'n', 'integer_above_max_value', 'Expected a value <= 4, but got 5'],
    ['n 1.5', { n: 1.5 }, 'n', 'invalid_type', 'expected an integer, but got a decimal number'],
    ['n "2"', { n: '2' }, 'n', 'invalid_type', 'expected an integer, but got a string'],
    ['n true', { n: true }, 'n', 'invalid_type', 'but got a boolean'],
    ['batch_size 5', { batch_size: 5 }, 'batch_size', 'integer_above_max_value', '<= 4'],
    ['size 123', { size: 123 }, 'size', 'invalid_type', 'expected a string, but got an integer'],
    ['quality 1', { quality: 1 }, 'quality', 'invalid_type', 'expected a string'],
    ['model 1', { model: 1 }, 'model', 'invalid_type', 'expected a string'],
    ['style x', { style: 'x' }, 'style', 'invalid_value', "'vivid' and 'natural'"],
    [
      'response_format x',
      { response_format: 'x' },
      'response_format',
      'invalid_value',
      "'url' and 'b64_json'",
    ],
    [
      'output_format gif',
      { output_format: 'gif' },
      'output_format',
      'invalid_value',
      "'png', 'webp', and 'jpeg'",
    ],
    [
      'output_compression 101',
      { output_compression: 101 },
      'output_compression',
      'integer_above_max_value',
      '<= 100',
    ],
    [
      'output_compression -1',
      { output_compression: -1 },
      'output_compression',
      'integer_below_min_value',
      '>= 0',
    ],
    [
      'background transparent',
      { background: 'transparent' },
      'background',
      'invalid_value',
      'not supported for this model',
    ],
    ['background x', { background: 'x' }, 'background', 'invalid_value', 'Supported values'],
    ['moderation x', { moderation: 'x' }, 'moderation', 'invalid_value', "'auto' and 'low'"],
    ['user 1', { user: 1 }, 'user', 'invalid_type', 'expected a string'],
    [
      'stream "yes"',
      { stream: 'yes' },
      'stream',
      'invalid_type',
      'expected a boolean, but got a string',
    ],
    [
      'partial_images 4',
      { partial_images: 4 },
      'partial_images',
      'integer_above_max_value',
      '<= 3',
    ],
    ['aspect_ratio 7:3', { aspect_ratio: '7:3' }, 'aspect_ratio', 'invalid_value', "'1:1'"],
    ['aspectRatio 1:8', { aspectRatio: '1:8' }, 'aspectRatio', 'invalid_value', "'1:1'"],
    ['imageSize 8K', { imageSize: '8K' }, 'imageSize', 'invalid_value', "'1K', '2K', and '4K'"],
    [
      'image_size 8K beside imageSize 1K',
      { imageSize: '1K', image_size: '8K' },
      'image_size',
      'invalid_value',
      "'1K', '2K', and '4K'",
    ],
    [
      'output_format svg',
      { output_format: 'svg' },
      'output_format',
      'invalid_value',
      "Supported values are: 'png', 'webp', and 'jpeg'",
    ],
    [
      'complexity extreme',
      { complexity: 'extreme' },
      'complexity',
      'invalid_value',
      "'low', 'medium', and 'high'",
    ],
    [
      'service_tier scale',
      { service_tier: 'scale' },
      'service_tier',
      'invalid_value',
      "'auto', 'default', 'flex', and 'priority'",
    ],
    ['aspect_ratio 1', { aspect_ratio: 1 }, 'aspect_ratio', 'invalid_type', 'expected a string'],
    ['image_size 8K', { image_size: '8K' }, 'image_size', 'invalid_value', "'1K', '2K', and '4K'"],
    ['seed 1e10', { seed: 1e10 }, 'seed', 'integer_above_max_value', '<= 2147483647'],
    ['seed "7"', { seed: '7' }, 'seed', 'invalid_type', 'expected an integer'],
  ])('%s', async (_name, fields, param, code, message) => {
    const response = await fault(
      await easel.generate(param === 'prompt' ? fields : { prompt: 'x', ...fields }),
    );
    expect(response).toMatchObject({ status: 400, type: 'invalid_request_error', param, code });
    expect(response.message).toContain(message);
  });

  it('rejects models that make no images', async () => {
    for (const model of ['gpt-4o', 'imagegeneration@006', 'midjourney', '', '../../etc']) {
      const response = await fault(await easel.generate({ prompt: 'x', model }));
      expect(response).toMatchObject({ status: 404, param: 'model', code: 'model_not_found' });
      expect(response.message).toContain(`'${model}'`);
    }
  });

  it.each<[string, string, Record<string, string>, number]>([
    ['half a JSON', '{"prompt":', {}, 400],
    ['an array', '[]', {}, 400],
    ['a number', '1', {}, 400],
    ['null', 'null', {}, 400],
    ['a string', '"x"', {}, 400],
    ['another type', '{"prompt":"x"}', { 'content-type': 'text/plain' }, 415],
    ['a form', 'prompt=x', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['an unknown charset', '{}', { 'content-type': 'application/json; charset=klingon' }, 415],
    ['an unknown encoding', '{}', { 'content-encoding': 'klingon' }, 415],
    ['broken gzip', '{}', { 'content-encoding': 'gzip' }, 400],
    ['a body too large', `{"prompt":"${'x'.repeat(1_100_000)}"}`, {}, 413],
  ])('%s', async (_name, body, headers, status) => {
    const response = await fault(await easel.generate(body, headers));
    expect(response).toMatchObject({
      status,
      type: 'invalid_request_error',
      param: null,
      code: null,
    });
  });

  it('needs a content type', async () => {
    const response = await fetch(`${easel.url}/v1/images/generations`, {
      method: 'POST',
      body: new Blob(['{"prompt":"x"}']),
    });
    expect((await fault(response)).status).toBe(415);
  });

  it.each<[string, Record<string, string | number>]>([
    ['announced', { 'content-length': 500_000_000 }],
    [
      'announced by a client that waits to be asked',
      { 'content-length': 500_000_000, expect: '100-continue' },
    ],
    ['received', {}],
  ])('refuses a body too large at once when it is %s', async (_name, headers) => {
    const { request } = await import('node:http');
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const call = request(`${easel.url}/v1/images/generations`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
      });
      call.on('response', (response) => {
        resolve(response.statusCode);
        call.destroy();
      });
      call.on('continue', () => {
        reject(new Error('the body was asked for'));
      });
      call.on('error', reject);
      // Two megabytes of a body that never ends.
      call.write(Buffer.alloc('expect' in headers ? 0 : 2_000_000, ' '));
      call.flushHeaders();
    });
    expect(status).toBe(413);
  });

  it('is not made slow by the key header', async () => {
    const guarded = await startEasel({ env: { PROXY_API_KEY: 'a-key' } });
    const authorization = `B x${' '.repeat(14_000)}y`;
    const started = process.cpuUsage();
    for (let round = 0; round < 20; round += 1) {
      const response = await fetch(`${guarded.url}/v1/models`, { headers: { authorization } });
      expect(response.status).toBe(401);
    }
    // Each took 350 ms while spaces were matched by backtracking.
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(3000);
    await guarded.close();
  });

  it('quotes dollar signs as they are', async () => {
    const response = await fault(await easel.generate({ prompt: 'x', style: '$property $value' }));
    expect(response.message).toContain("'$property $value'");
  });

  it('counts a compressed body by its decompressed size', async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000, '{'));
    const response = await fetch(`${easel.url}/v1/images/generations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: bomb,
    });
    expect((await fault(response)).status).toBe(413);
  });

  it.each([
    ['GET', '/v1/images/generations', 405, 'POST, OPTIONS'],
    ['HEAD', '/v1/images/generations', 405, 'POST, OPTIONS'],
    ['DELETE', '/healthz', 405, 'GET, HEAD, OPTIONS'],
    ['POST', '/v1/models/', 405, 'GET, HEAD, OPTIONS'],
    ['POST', '/v1/images/foo', 404, null],
    ['GET', '/', 404, null],
    ['POST', '/v1/v1/images/generations', 404, null],
    ['GET', '/docs/nothing', 404, null],
    ['GET', '/%FF', 404, null],
  ])('%s %s → %s', async (method, path, status, allow) => {
    const response = await fetch(`${easel.url}${path}`, { method });
    expect(response.status).toBe(status);
    expect(response.headers.get('allow')).toBe(allow);
    if (method !== 'HEAD') {
      expect((await fault(response)).type).toBe('invalid_request_error');
    }
  });

  it('accepts a trailing slash and a query', async () => {
    const body = '{"prompt":"x"}';
    const headers = { 'content-type': 'Application/JSON; charset=UTF-8' };
    for (const path of [
      '/v1/images/generations/',
      '/v1/images/generations?api-version=2026-01-01',
    ]) {
      const response = await fetch(`${easel.url}${path}`, { method: 'POST', headers, body });
      expect(response.status).toBe(200);
    }
    expect((await fetch(`${easel.url}/healthz`, { method: 'HEAD' })).status).toBe(200);
    const options = await fetch(`${easel.url}/v1/images/generations`, { method: 'OPTIONS' });
    expect(options.status).toBe(204);
    expect(options.headers.get('allow')).toBe('POST, OPTIONS');
  });

  it('treats null as absent, and ignores unknown fields', async () => {
    const nothing = Object.fromEntries(
      'model n size quality style response_format output_format output_compression background moderation user stream partial_images aspect_ratio image_size batch_size seed'
        .split(' ')
        .map((field) => [field, null]),
    );
    const response = await easel.generate({
      prompt: 'x',
      ...nothing,
      steps: 20,
      negative_prompt: 'y',
      providerOptions: { a: [1] },
      // A name of more than 1 KiB is read like a long string.
      [long(2_000)]: { a: long(2_000) },
    });
    expect(response.status).toBe(200);
    expect(easel.emulator.requests.at(-1)?.body).not.toHaveProperty('steps');
  });

  it('accepts 32,000 characters, however many bytes each has', async () => {
    expect((await easel.generate({ prompt: long(32_000) })).status).toBe(200);
  });

  it('keeps a sane request id and replaces any other', async () => {
    const sane = await fetch(`${easel.url}/healthz`, { headers: { 'x-request-id': 'My_id-1.2' } });
    expect(sane.headers.get('x-request-id')).toBe('My_id-1.2');
    for (const id of ['has space', 'x'.repeat(129), 'ä']) {
      const response = await fetch(`${easel.url}/healthz`, {
        headers: { 'x-request-id': Buffer.from(id).toString('latin1') },
      });
      expect(response.headers.get('x-request-id')).toMatch(/^req_[0-9a-f]{32}$/);
    }
  });

  it('responds to bytes that are not HTTP, too', async () => {
    const { port } = new URL(easel.url);
    const response = await new Promise<string>((resolve) => {
      const socket = createConnection(Number(port), '127.0.0.1', () =>
        socket.write('NONSENSE\r\n\r\n'),
      );
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('close', () => {
        resolve(text);
      });
    });
    expect(response).toMatch(/^HTTP\/1.1 400 Bad Request/);
    expect(response).toMatch(/\r\nX-Request-Id: req_[0-9a-f]{32}\r\n/);
    expect(JSON.parse(response.split('\r\n\r\n')[1] ?? '')).toMatchObject({
      error: { type: 'invalid_request_error' },
    });
  });

  it('never responds to any body with an internal error', async () => {
    const fields = fc.constantFrom(
      'prompt',
      'model',
      'n',
      'size',
      'quality',
      'style',
      'response_format',
      'output_format',
      'user',
      'output_compression',
      'background',
      'stream',
      'aspect_ratio',
      'image_size',
      'batch_size',
      'seed',
      '__proto__',
      'constructor',
      'toString',
    );
    const bodies = fc.oneof(
      fc.json({ maxDepth: 3 }),
      fc.dictionary(fields, fc.jsonValue({ maxDepth: 2 })).map((value) => JSON.stringify(value)),
      fc.string(),
    );
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        const response = await easel.generate(body);
        expect([200, 400, 404]).toContain(response.status);
        await response.arrayBuffer();
      }),
      { numRuns: 150 },
    );
    expect((await fetch(`${easel.url}/healthz`)).status).toBe(200);
  });
});

describe('a large body', () => {
  it('of unknown or misplaced structure is refused, and costs next to nothing', async () => {
    const easel = await startEasel();
    const junk = `[${'[],'.repeat(3_000_000)}[]]`;
    for (const body of [`{"prompt":"x","junk":${junk}}`, `{"prompt":${junk}}`]) {
      const started = process.cpuUsage();
      expect((await easel.generate(body)).status).toBe(400);
      // Walking through it took a minute once.
      expect(process.cpuUsage(started).user / 1000).toBeLessThan(10_000);
    }
    await easel.close();
  });

  it('ignores an image in an unknown field', async () => {
    const easel = await startEasel();
    const image = `data:image/png;base64,${'A'.repeat(20_000_000)}`;
    expect((await easel.generate({ prompt: 'x', photo: image })).status).toBe(200);
    const response = await easel.generate({ prompt: image });
    expect(response.status).toBe(400);
    expect(((await response.json()) as ErrorBody).error).toMatchObject({
      param: 'prompt',
      code: 'string_above_max_length',
    });
    await easel.close();
  });
});
