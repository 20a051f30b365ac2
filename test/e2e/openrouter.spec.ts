import { createHash, randomBytes } from 'node:crypto';
import { eventsOf } from '../event-stream';
import { dataUri, encoded, picture } from '../pictures';
import { startEasel, type ErrorBody, type RunningEasel } from '../running-easel';

interface Body {
  readonly created: number;
  readonly data: readonly object[];
  readonly usage?: Readonly<Record<string, unknown>>;
}

describe('OpenRouter’s Image API', () => {
  let easel: RunningEasel;

  beforeAll(async () => {
    easel = await startEasel({ env: { MAX_IMAGES_PER_REQUEST: '5' } });
  });
  afterAll(() => easel.close());
  beforeEach(() => {
    easel.emulator.reset();
  });

  const post = (body: object, path = '/api/v1/images') =>
    fetch(`${easel.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const sent = () =>
    (easel.emulator.requests[0]?.body as { generationConfig: { imageConfig?: object } })
      .generationConfig.imageConfig;

  it.each(['/v1/images', '/api/v1/images', '/images/'])('makes images at %s', async (path) => {
    const response = await post(
      {
        model: 'google/gemini-3-pro-image',
        prompt: 'x',
        n: 2,
        resolution: '2K',
        aspect_ratio: '16:9',
        provider: { sort: 'price' },
      },
      path,
    );
    expect(response.status).toBe(200);
    const item = {
      b64_json: expect.stringMatching(/^\/9j\//) as string,
      media_type: 'image/jpeg',
    };
    expect(await response.json()).toEqual({
      created: expect.any(Number) as number,
      data: [item, item],
      usage: {
        prompt_tokens: expect.any(Number) as number,
        completion_tokens: expect.any(Number) as number,
        total_tokens: expect.any(Number) as number,
        completion_tokens_details: { image_tokens: 2240 },
        cost: expect.any(Number) as number,
      },
    });
    expect(sent()).toEqual({ aspectRatio: '16:9', imageSize: '2K' });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'x-images-returned': '2',
      'x-image-size': '2K',
      'x-account-email': expect.stringContaining('@test') as string,
    });
    expect(response.headers.get('x-mapping-warning')).toBeNull();
  });

  it('returns base64 where OpenAI’s API would return a URL', async () => {
    const body = (await (await post({ prompt: 'x', model: 'dall-e-3' })).json()) as Body;
    expect(body.data[0]).toHaveProperty('b64_json');
  });

  it('has the type of the image’s own bytes', async () => {
    const body = (await (await post({ prompt: 'x', output_format: 'webp' })).json()) as Body;
    expect(body.data[0]).toMatchObject({ media_type: 'image/webp' });
  });

  it.each([
    ['a small one', 64],
    ['one of 12 MB', 2048],
  ])('carries images upstream byte for byte: %s', async (_name, side) => {
    const image =
      side === 64
        ? await picture(side, side)
        : await encoded(randomBytes(side * side * 3), { width: side, height: side, channels: 3 });
    const reference = { type: 'image_url', image_url: { url: dataUri(image) } };
    await (await post({ prompt: 'x', input_references: [reference] })).arrayBuffer();
    const { contents } = easel.emulator.requests[0]?.body as {
      contents: [{ parts: { inlineData?: { data: string } }[] }];
    };
    const data = Buffer.from(contents[0].parts[1]?.inlineData?.data ?? '', 'base64');
    const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
    expect(digest(data)).toBe(digest(image));
  });

  it('streams in its own dialect', async () => {
    const response = await post({ prompt: 'x', stream: true, partial_images: 1 });
    const events = await eventsOf(response);
    const image = { b64_json: expect.any(String) as string, media_type: 'image/jpeg' };
    expect(events.map(({ name, data }) => [name, data])).toEqual([
      [
        'image_generation.partial_image',
        {
          type: 'image_generation.partial_image',
          ...image,
          image_index: 0,
          partial_image_index: 0,
        },
      ],
      [
        'image_generation.completed',
        {
          type: 'image_generation.completed',
          ...image,
          image_index: 0,
          created: expect.any(Number) as number,
          usage: expect.objectContaining({ prompt_tokens: expect.any(Number) as number }) as object,
        },
      ],
    ]);
  });

  it.each<[object, number, string, string | null]>([
    [{ prompt: 'x', resolution: 2 }, 400, 'invalid_type', 'resolution'],
    [{ prompt: 'x', resolution: '8K' }, 400, 'invalid_value', 'resolution'],
    [{ prompt: 'x', aspect_ratio: '2:1' }, 400, 'invalid_value', 'aspect_ratio'],
    [{ prompt: 'x', output_format: 'svg' }, 400, 'invalid_value', 'output_format'],
    [{ prompt: 'x', background: 'transparent' }, 400, 'invalid_value', 'background'],
    [{ prompt: '' }, 400, 'empty_string', 'prompt'],
    [{}, 400, 'missing_required_parameter', 'prompt'],
    [{ prompt: 'x', model: 'black-forest-labs/flux.2-pro' }, 404, 'model_not_found', 'model'],
    [{ prompt: '[refuse] x' }, 400, 'moderation_blocked', null],
  ])('answers %j with %s %s', async (body, status, code, param) => {
    const response = await post(body);
    expect(response.status).toBe(status);
    expect(((await response.json()) as ErrorBody).error).toMatchObject({ code, param });
  });

  it('lists the models with the parameters that each accepts', async () => {
    const response = await fetch(`${easel.url}/api/v1/images/models`);
    const { data } = (await response.json()) as { data: { id: string; endpoints: string }[] };
    expect(data.map(({ id }) => id)).toContain('gemini-2.5-flash-image');
    expect(data[0]).toMatchObject({
      id: 'gemini-3-pro-image',
      name: expect.any(String) as string,
      architecture: { input_modalities: ['text', 'image'], output_modalities: ['image'] },
      supported_parameters: {
        n: { type: 'range', min: 1, max: 5 },
        aspect_ratio: { type: 'enum', values: expect.arrayContaining(['21:9']) as string[] },
        resolution: { type: 'enum', values: ['1K', '2K', '4K'] },
        input_references: { type: 'range', min: 0, max: 14 },
      },
      supports_streaming: true,
    });
    // The one of a fixed size has no resolution to choose.
    expect(data.at(-1)).not.toHaveProperty('supported_parameters.resolution');
    for (const { endpoints } of data) {
      expect((await fetch(`${easel.url}${endpoints}`)).status).toBe(200);
    }
  });
});
