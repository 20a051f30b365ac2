import { startEasel, type ErrorBody, type ImagesBody, type RunningEasel } from '../running-easel';
import { upstreamBodies } from '../upstream-body';

describe('the request that goes upstream', () => {
  let easel: RunningEasel;

  beforeAll(async () => {
    easel = await startEasel();
  });
  beforeEach(() => {
    easel.emulator.reset();
  });
  afterAll(() => easel.close());

  async function sent(fields: object) {
    const response = await easel.generate({ prompt: 'a boat', ...fields });
    const body = (await response.json()) as ImagesBody & ErrorBody;
    expect({ status: response.status, error: body.error }).toEqual({ status: 200 });
    return { response, body, upstream: upstreamBodies(easel.emulator)[0] };
  }

  it.each([
    ['1024x1024', '1:1', '1024x1024'],
    ['512x512', '1:1', '1024x1024'],
    ['256x256', '1:1', '1024x1024'],
    ['1920x1080', '16:9', '1376x768'],
    ['1280x720', '16:9', '1376x768'],
    ['1792x1024', '16:9', '1376x768'],
    ['1080x1920', '9:16', '768x1376'],
    ['720x1280', '9:16', '768x1376'],
    ['1024x1792', '9:16', '768x1376'],
    ['800x600', '4:3', '1200x896'],
    ['600x800', '3:4', '896x1200'],
    ['2560x1080', '21:9', '1584x672'],
    ['3440x1440', '21:9', '1584x672'],
    ['1536x1024', '3:2', '1264x848'],
    ['1500x1000', '3:2', '1264x848'],
    ['1024x1536', '2:3', '848x1264'],
    ['1280x1024', '5:4', '1152x928'],
    ['1024x1280', '4:5', '928x1152'],
    [' 1920 X 1080 ', '16:9', '1376x768'],
    ['1920×1080', '16:9', '1376x768'],
    ['16:9', '1:1', '1024x1024'],
    ['auto', '1:1', '1024x1024'],
    ['abc', '1:1', '1024x1024'],
    ['1920x0', '1:1', '1024x1024'],
    ['0x1080', '1:1', '1024x1024'],
    ['1024', '1:1', '1024x1024'],
    ['', '1:1', '1024x1024'],
    [null, '1:1', '1024x1024'],
    [undefined, '1:1', '1024x1024'],
  ])('size %p → %s, and an image of %s', async (size, ratio, pixels) => {
    const { response, body, upstream } = await sent({ size });
    expect(upstream?.generationConfig.imageConfig).toEqual({ aspectRatio: ratio });
    expect(response.headers.get('x-image-aspect-ratio')).toBe(ratio);
    expect(response.headers.get('x-image-size')).toBe('default');
    expect(body.size).toBe(pixels);
    expect(body.output_format).toBe('jpeg');
  });

  it.each([
    ['hd', '4K'],
    ['HD', '4K'],
    ['medium', '2K'],
    ['Medium', '2K'],
    ['standard', undefined],
    ['high', undefined],
    ['low', undefined],
    ['auto', undefined],
    ['', undefined],
    ['whatever', undefined],
    [undefined, undefined],
  ])('quality %p → imageSize %p', async (quality, imageSize) => {
    const { response, upstream } = await sent({ quality });
    expect(upstream?.generationConfig.imageConfig?.imageSize).toBe(imageSize);
    expect(Object.keys(upstream?.generationConfig.imageConfig ?? {})).toHaveLength(
      imageSize === undefined ? 1 : 2,
    );
    expect(response.headers.get('x-image-size')).toBe(imageSize ?? 'default');
  });

  it.each<[string, object, object]>([
    [
      'aspect_ratio over size',
      { aspect_ratio: '9:16', size: '1920x1080' },
      { aspectRatio: '9:16' },
    ],
    [
      'size over suffix',
      { model: 'gemini-3-pro-image-9x16', size: '800x600' },
      { aspectRatio: '4:3' },
    ],
    ['suffix over fallback', { model: 'gemini-3-pro-image-9x16' }, { aspectRatio: '9:16' }],
    [
      'suffix with both',
      { model: 'gemini-3-pro-image-16x9-4k' },
      { aspectRatio: '16:9', imageSize: '4K' },
    ],
    [
      'image_size over quality',
      { image_size: '1k', quality: 'hd' },
      { aspectRatio: '1:1', imageSize: '1K' },
    ],
    [
      'quality over suffix',
      { model: 'gemini-3-pro-image-4k', quality: 'medium' },
      { aspectRatio: '1:1', imageSize: '2K' },
    ],
    [
      'suffix where quality says nothing',
      { model: 'gemini-3-pro-image-2k', quality: 'standard' },
      { aspectRatio: '1:1', imageSize: '2K' },
    ],
    ['a size in image_size', { image_size: '1920x1080' }, { aspectRatio: '16:9' }],
  ])('%s', async (_name, fields, imageConfig) => {
    const { upstream } = await sent(fields);
    expect(upstream?.generationConfig.imageConfig).toEqual(imageConfig);
  });

  it('sends only fields that Gemini accepts, and never candidateCount', async () => {
    const { upstream } = await sent({ seed: 7, n: 1, user: 'somebody', moderation: 'low' });
    expect(upstream).toEqual({
      contents: [{ role: 'user', parts: [{ text: 'a boat' }] }],
      generationConfig: {
        responseModalities: ['IMAGE'],
        imageConfig: { aspectRatio: '1:1' },
        seed: 7,
      },
    });
  });

  it.each<[object, object]>([
    [{ complexity: 'high' }, { thinkingConfig: { thinkingLevel: 'HIGH' } }],
    [{ complexity: 'low' }, { thinkingConfig: { thinkingLevel: 'MINIMAL' } }],
    [{ complexity: null }, {}],
    [
      { complexity: 'high', stream: true, partial_images: 1 },
      { thinkingConfig: { includeThoughts: true, thinkingLevel: 'HIGH' } },
    ],
  ])('thinks as much as %j says', async (fields, config) => {
    const model = 'gemini-nano-banana-2.1';
    const response = await easel.generate({ prompt: 'a boat', model, ...fields });
    expect(response.status).toBe(200);
    await response.arrayBuffer();
    const { generationConfig } = easel.emulator.requests[0]?.body as { generationConfig: object };
    expect(generationConfig).toEqual({
      responseModalities: ['IMAGE'],
      imageConfig: { aspectRatio: '1:1' },
      ...config,
    });
  });

  it.each([
    ['flex', 'flex'],
    ['priority', 'priority'],
    ['default', 'standard'],
    ['auto', undefined],
    [null, undefined],
  ])('asks for the service tier %s', async (service_tier, serviceTier) => {
    const { response, upstream } = await sent({ service_tier });
    expect(response.status).toBe(200);
    expect((upstream as { serviceTier?: string } | undefined)?.serviceTier).toBe(serviceTier);
  });

  it('uses the default model for each of OpenAI’s names, and reports it', async () => {
    for (const model of ['dall-e-3', 'openai/gpt-image-9-turbo', 'imagen-3']) {
      const { response } = await sent({ model, response_format: 'b64_json' });
      expect(response.headers.get('x-image-model')).toBe('gemini-3-pro-image');
      expect(easel.emulator.requests.at(-1)?.path).toBe(
        '/v1beta/models/gemini-3-pro-image:generateContent',
      );
      const logged = () =>
        easel.log.findLast(({ path }) => path === '/v1/images/generations')?.['images'] ?? {};
      // The line is written when the response is out, which the client may have read before.
      for (let round = 0; round < 100 && !JSON.stringify(logged()).includes(model); round += 1) {
        await new Promise((done) => setTimeout(done, 10));
      }
      expect(logged()).toMatchObject({ model: 'gemini-3-pro-image', requestedModel: model });
    }
  });

  it('sends a data URI for dall-e-* and base64 for all others, unless the request says otherwise', async () => {
    const dalle = await sent({ model: 'dall-e-3' });
    expect(dalle.body.data[0]?.url).toMatch(/^data:image\/jpeg;base64,\/9j\//);
    expect(dalle.body.data[0]).not.toHaveProperty('b64_json');
    const gpt = await sent({ model: 'gpt-image-1' });
    expect(gpt.body.data[0]?.b64_json).toMatch(/^\/9j\//);
    expect(gpt.body.data[0]).not.toHaveProperty('url');
  });

  it('returns the prompt that was sent, only if Easel changed it', async () => {
    const plain = await sent({});
    expect(plain.body.data[0]).not.toHaveProperty('revised_prompt');
    easel.emulator.reset();
    const styled = await sent({ style: 'vivid' });
    const prompt = styled.upstream?.contents[0]?.parts[0]?.text;
    expect(prompt).toMatch(/^a boat\n/);
    expect(styled.body.data[0]?.revised_prompt).toBe(prompt);
  });

  it.each([
    ['a size that cannot be read', { size: '16:9' }, 'size "16:9" is not WIDTHxHEIGHT; used 1:1'],
    [
      'a tier that the model lacks',
      { model: 'gemini-2.5-flash-image', quality: 'hd' },
      'quality "hd" asks for 4K, which gemini-2.5-flash-image does not make; no image size was sent',
    ],
    ['a size beyond ASCII', { size: '16∶9' }, 'size "16?9" is not WIDTHxHEIGHT; used 1:1'],
    ['auto', { size: 'auto' }, null],
    ['nothing', {}, null],
  ])('warns of %s', async (_name, fields, warning) => {
    const { response } = await sent(fields);
    expect(response.headers.get('x-mapping-warning')).toBe(warning);
  });

  it('sends each warning as a separate header line', async () => {
    const { request } = await import('node:http');
    const lines = await new Promise<string[]>((resolve) => {
      const call = request(
        `${easel.url}/v1/images/generations`,
        { method: 'POST', headers: { 'content-type': 'application/json' } },
        (response) => {
          response.resume();
          response.on('end', () => {
            resolve(response.headersDistinct['x-mapping-warning'] ?? []);
          });
        },
      );
      call.end('{"prompt":"x","model":"gemini-2.5-flash-image","size":"square","quality":"hd"}');
    });
    expect(lines).toHaveLength(2);
  });

  it('transcodes to the requested format, and reports the format of the bytes', async () => {
    for (const [output_format, start] of [
      ['png', 'iVBORw0KGgo'],
      ['webp', 'UklGR'],
      ['jpeg', '/9j/'],
    ] as const) {
      const { body } = await sent({ output_format });
      expect(body.output_format).toBe(output_format);
      expect(body.data[0]?.b64_json?.startsWith(start)).toBe(true);
      expect(body.size).toBe('1024x1024');
    }
  });

  it('sums the usage over the images, complete', async () => {
    const one = await sent({});
    const three = await sent({ n: 3 });
    expect(one.body.usage).toEqual({
      input_tokens: expect.any(Number) as number,
      output_tokens: expect.any(Number) as number,
      total_tokens: expect.any(Number) as number,
      input_tokens_details: { text_tokens: expect.any(Number) as number, image_tokens: 0 },
      output_tokens_details: { text_tokens: expect.any(Number) as number, image_tokens: 1120 },
    });
    expect(three.body.usage).toMatchObject({ output_tokens_details: { image_tokens: 3 * 1120 } });
    const [first, all] = [one, three].map(({ body }) => Number(body.usage?.['input_tokens']));
    expect(all).toBe(3 * Number(first));
  });
});
