import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventsOf, type ReadEvent } from '../event-stream';
import { dataUri, form, picture, type Bytes } from '../pictures';
import { startEasel, type ImagesBody, type RunningEasel } from '../running-easel';
import { until } from '../until';

interface Part {
  readonly text?: string;
  readonly inlineData?: { readonly mimeType: string; readonly data: string };
}

/** The parts of the latest call. */
function partsOf({ emulator }: RunningEasel): readonly Part[] {
  const body = emulator.requests.at(-1)?.body as {
    readonly contents: readonly { readonly parts: readonly Part[] }[];
  };
  return body.contents[0]?.parts ?? [];
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

describe('edits', () => {
  let easel: RunningEasel;
  let one: Bytes;
  let two: Bytes;
  let three: Bytes;

  beforeAll(async () => {
    [one, two, three] = await Promise.all([
      picture(96, 64),
      picture(40, 50, 'jpeg'),
      picture(30, 20, 'webp'),
    ]);
    easel = await startEasel();
  });
  afterAll(() => easel.close());
  beforeEach(() => {
    easel.emulator.reset();
  });

  it('sends the prompt, then the images unchanged, in order and with their real types', async () => {
    const response = await easel.edit(
      form(['image[]', one, 'x.jpg'], ['prompt', 'a boat'], ['image[]', two], ['image[]', three]),
    );
    const body = (await response.json()) as ImagesBody;
    expect(response.status).toBe(200);
    expect(partsOf(easel)).toEqual([
      { text: 'a boat' },
      { inlineData: { mimeType: 'image/png', data: base64(one) } },
      { inlineData: { mimeType: 'image/jpeg', data: base64(two) } },
      { inlineData: { mimeType: 'image/webp', data: base64(three) } },
    ]);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'x-images-requested': '1',
      'x-images-returned': '1',
      'x-image-model': 'gemini-3-pro-image',
      'x-image-aspect-ratio': 'default',
      'x-image-size': 'default',
      'x-account-email': expect.stringContaining('@test') as string,
    });
    expect(Number.isInteger(body.created)).toBe(true);
    // The emulator follows its input: 96x64 is 3:2.
    expect(body).toMatchObject({ output_format: 'jpeg', size: '1264x848' });
    expect(body.usage).toMatchObject({
      input_tokens_details: { image_tokens: expect.any(Number) as number },
    });
  });

  it.each<[string, readonly string[], readonly number[]]>([
    ['one image', ['image'], [0]],
    ['image[] with one', ['image[]'], [0]],
    ['image[] repeated', ['image[]', 'image[]', 'image[]'], [0, 1, 2]],
    ['image repeated', ['image', 'image', 'image'], [0, 1, 2]],
    ['numbered', ['image[0]', 'image[1]', 'image[2]'], [0, 1, 2]],
    ['numbered out of order', ['image[2]', 'image[0]', 'image[1]'], [1, 2, 0]],
  ])('takes %s', async (_name, names, order) => {
    const images = [one, two, three];
    const files = names.map((name, index) => [name, images[index] ?? one] as const);
    expect((await easel.edit(form(...files, ['prompt', 'x']))).status).toBe(200);
    expect(
      partsOf(easel)
        .slice(1)
        .map(({ inlineData }) => inlineData?.data),
    ).toEqual(order.map((index) => base64(images[index] ?? one)));
  });

  it('accepts an image without file name and type, as .NET and Java send it', async () => {
    const boundary = 'b=_1';
    const head = `--${boundary}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Disposition: form-data; name=prompt\r\n\r\nx\r\n--${boundary}\r\nContent-Disposition: form-data; name=image\r\n\r\n`;
    const response = await fetch(`${easel.url}/v1/images/edits/?api-version=2026-01-01`, {
      method: 'POST',
      headers: { 'content-type': `multipart/form-data; boundary="${boundary}"` },
      body: Buffer.concat([Buffer.from(head), one, Buffer.from(`\r\n--${boundary}--\r\n`)]),
    });
    expect(response.status).toBe(200);
    expect(partsOf(easel)[1]?.inlineData?.data).toBe(base64(one));
  });

  it('reads every field of a form from text, and means the same as in JSON', async () => {
    const fields = {
      model: 'gemini-3-pro-image',
      n: 2,
      size: '1920x1080',
      quality: 'medium',
      style: 'vivid',
      response_format: 'url',
      output_format: 'webp',
      output_compression: 40,
      background: 'opaque',
      moderation: 'low',
      user: 'somebody',
      stream: false,
      partial_images: 1,
      input_fidelity: 'high',
      seed: -7,
    };
    const asForm = await easel.edit(
      form(
        ['image', one],
        ['prompt', 'a boat'],
        ...Object.entries(fields).map(([name, value]) => [name, String(value)] as const),
        ['unknown', 'ignored'],
        ['unknown', 'twice'],
      ),
    );
    const asJson = await easel.edit({
      ...fields,
      prompt: 'a boat',
      images: [{ image_url: dataUri(one) }],
      unknown: [1],
    });
    for (const response of [asForm, asJson]) {
      expect(response.status).toBe(200);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'x-images-returned': '2',
        'x-image-aspect-ratio': '16:9',
        'x-image-size': '2K',
      });
      const { data, output_format: format, size } = (await response.json()) as ImagesBody;
      expect({ format, size }).toEqual({ format: 'webp', size: '2752x1536' });
      expect(data[0]?.url).toMatch(/^data:image\/webp;base64,/);
      expect(data[0]?.revised_prompt).toMatch(/^a boat\n\nStyle: vivid/);
    }
    const bodies = easel.emulator.requests.map(({ body }) => body);
    expect(bodies).toHaveLength(4);
    expect(bodies[3]).toEqual(bodies[0]);
    expect(bodies[0]).toMatchObject({ generationConfig: { seed: -7 } });
  });

  it('treats null as absent, and in a form the text null', async () => {
    const names = [
      ...['model', 'n', 'size', 'quality', 'style', 'response_format', 'output_format', 'user'],
      ...['output_compression', 'background', 'moderation', 'stream', 'partial_images', 'mask'],
      ...['input_fidelity', 'aspect_ratio', 'image_size', 'batch_size', 'seed'],
    ];
    const nothing = Object.fromEntries(names.map((name) => [name, null]));
    const texts = names.map((name) => [name, 'null'] as const);
    const images = [{ image_url: dataUri(one), file_id: null }];
    expect((await easel.edit({ ...nothing, prompt: 'x', images, image: null })).status).toBe(200);
    expect((await easel.edit(form(['image', one], ['prompt', 'null'], ...texts))).status).toBe(200);
    expect(partsOf(easel)[0]).toEqual({ text: 'null' });
    expect(easel.emulator.requests).toHaveLength(2);
    for (const { body } of easel.emulator.requests) {
      expect(body).toMatchObject({ generationConfig: { responseModalities: ['IMAGE'] } });
      expect(JSON.stringify(body)).not.toContain('imageConfig');
    }
  });

  it.each<[string | undefined, string, string | null]>([
    [undefined, 'default', null],
    ['auto', 'default', null],
    ['', 'default', null],
    ['1024x1536', '2:3', null],
    ['16:9', 'default', 'size "16:9" is not WIDTHxHEIGHT; no aspect ratio was sent'],
  ])('maps size %s to %s', async (size, ratio, warning) => {
    const response = await easel.edit({
      prompt: 'x',
      size,
      images: [{ image_url: dataUri(one) }],
    });
    expect(response.headers.get('x-image-aspect-ratio')).toBe(ratio);
    expect(response.headers.get('x-mapping-warning')).toBe(warning);
    expect(JSON.stringify(easel.emulator.requests[0]?.body).includes('aspectRatio')).toBe(
      ratio !== 'default',
    );
  });

  it.each([
    ['dall-e-2', 'url'],
    ['gpt-image-1', 'b64_json'],
  ])('makes %s with %s by default', async (model, member) => {
    for (const response of [
      await easel.edit(form(['image', one], ['prompt', 'x'], ['model', model])),
      await easel.vary(form(['image', one], ['model', model])),
    ]) {
      const { data } = (await response.json()) as ImagesBody;
      expect(Object.keys(data[0] ?? {})).toEqual([member]);
    }
  });

  it('rotates images by their EXIF orientation', async () => {
    const { encoded, patterned } = await import('../pictures');
    const size = { width: 64, height: 32, channels: 3 } as const;
    const photo = await encoded(patterned(64, 32), size, 'jpeg', 6);
    const response = await easel.edit(form(['image', photo], ['prompt', 'x']));
    const body = (await response.json()) as ImagesBody;
    const [width = 0, height = 0] = body.size.split('x').map(Number);
    expect(height).toBeGreaterThan(width);
    expect(partsOf(easel)[1]?.inlineData?.mimeType).toBe('image/jpeg');
  });

  it('streams the events of an edit', async () => {
    const response = await easel.edit(
      form(
        ['image', one],
        ['prompt', 'x'],
        ['stream', 'True'],
        ['partial_images', '2'],
        ['n', '2'],
        ['output_format', 'png'],
      ),
    );
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const events = await eventsOf(response);
    const named = (name: string): readonly ReadEvent[] =>
      events.filter((event) => event.name === name);
    expect(named('image_edit.completed')).toHaveLength(2);
    expect(named('image_edit.partial_image').length).toBeGreaterThan(1);
    expect(new Set(events.map(({ name }) => name)).size).toBe(2);
    for (const { data } of events) {
      expect(data).toMatchObject({ output_format: 'png', quality: 'auto', background: 'opaque' });
    }
    expect(named('image_edit.completed')[0]?.data.usage).toMatchObject({
      input_tokens_details: { text_tokens: expect.any(Number) as number },
    });
  });

  it('logs how many images arrived, and nothing else about them', async () => {
    const id = 'edit-for-the-log';
    const images = [{ image_url: dataUri(one) }, { image_url: dataUri(two, 'image/jpeg') }];
    await easel.edit({ prompt: 'a secret boat', images }, { 'x-request-id': id });
    const line = () => easel.log.find((entry) => entry.requestId === id && 'images' in entry);
    await until(() => line() !== undefined);
    expect(line()).toMatchObject({ images: { requested: 1, returned: 1, inputs: 2 } });
    expect(easel.rawLog()).not.toContain('secret');
    expect(easel.rawLog()).not.toContain(base64(two).slice(0, 40));
  });

  it('tries another account with the same images', async () => {
    easel.emulator.injectFault({ kind: 'status', status: 503, count: 1 });
    const response = await easel.edit(form(['image[]', one], ['image[]', two], ['prompt', 'x']));
    expect(response.status).toBe(200);
    const [failed, made] = easel.emulator.requests;
    expect(failed?.key).not.toBe(made?.key);
    expect(failed?.body).toEqual(made?.body);
    // Its length is announced, and right.
    expect(failed?.headers['content-length']).toBe(made?.headers['content-length']);
  });

  it.each<[string, retryDelay: string, expected: number]>([
    ['waits for an account that cools for a moment', '2s', 200],
    ['waits for no account that cools for longer', '30s', 429],
  ])('%s, as generations do, and so do chats with images', async (_name, retryDelay, expected) => {
    const lone = await startEasel({ accounts: 1, env: { MAX_ATTEMPTS_PER_IMAGE: '1' } });
    lone.emulator.injectFault({ kind: 'rate_limit', retryDelay, count: 1 });
    expect((await lone.generate({ prompt: 'x' })).status).toBe(429);
    const content = [
      { type: 'text', text: 'x' },
      { type: 'image_url', image_url: { url: dataUri(one) } },
    ];
    const responses = await Promise.all([
      lone.edit(form(['image', one], ['prompt', 'x'])),
      lone.vary(form(['image', one])),
      lone.generate({ prompt: 'x' }),
      fetch(`${lone.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          model: 'gemini-3-pro-image',
          messages: [{ role: 'user', content }],
        }),
      }),
    ]);
    expect(responses.map(({ status }) => status)).toEqual(Array(4).fill(expected));
    await lone.close();
  });

  it('responds to a refusal as generations do', async () => {
    const response = await easel.edit(form(['image', one], ['prompt', '[refuse] x']));
    expect(response.status).toBe(400);
    expect(response.headers.get('x-should-retry')).toBe('false');
    expect(await response.json()).toMatchObject({ error: { code: 'moderation_blocked' } });
    expect(easel.emulator.requests).toHaveLength(1);
  });

  it('makes no call for a client that hung up while its images were read', async () => {
    const slow = await startEasel({
      downloads: { isAllowed: () => true, resolve: () => new Promise(() => undefined) },
    });
    const body = JSON.stringify({
      prompt: 'x',
      images: [{ image_url: 'http://images.example/a.png' }],
    });
    const call = request(`${slow.url}/v1/images/edits`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    call.on('error', () => undefined);
    call.end(body);
    await sleep(300);
    call.destroy();
    await until(() => slow.rawLog().includes('client disconnected'));
    await slow.close();
    expect(slow.emulator.requests).toHaveLength(0);
  });

  it('counts the reading of images towards the deadline', async () => {
    const slow = await startEasel({
      env: { REQUEST_DEADLINE_MS: '200' },
      downloads: { isAllowed: () => true, resolve: () => new Promise(() => undefined) },
    });
    const response = await slow.edit({
      prompt: 'x',
      images: [{ image_url: 'http://images.example/a.png' }],
    });
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({ error: { code: 'upstream_timeout' } });
    expect(slow.emulator.requests).toHaveLength(0);
    await slow.close();
  });
});
