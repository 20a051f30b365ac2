import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, generateImage, type ImageModel } from 'ai';
import { startEasel, type RunningEasel } from '../running-easel';
import { asInput, inputsOf } from './gemini-inputs';
import { sameHalves, sampleImages, type SampleImages } from './sample-images';

type ModelOf = (easel: RunningEasel, id: string) => ImageModel;

const PROVIDERS: readonly (readonly [name: string, modelOf: ModelOf])[] = [
  [
    '@ai-sdk/openai',
    ({ url }, id) => createOpenAI({ baseURL: `${url}/v1`, apiKey: 'any' }).image(id),
  ],
  [
    '@ai-sdk/openai-compatible',
    ({ url }, id) =>
      createOpenAICompatible({ name: 'easel', baseURL: `${url}/v1`, apiKey: 'any' }).imageModel(id),
  ],
];

describe.each(PROVIDERS)('the AI SDK with %s', (_name, modelOf) => {
  let easel: RunningEasel;
  let samples: SampleImages;

  beforeAll(async () => {
    samples = await sampleImages();
    easel = await startEasel();
  });
  afterAll(async () => {
    await easel.close();
    await samples.remove();
  });
  beforeEach(() => {
    easel.emulator.reset();
  });

  const thrownBy = (call: Promise<unknown>): Promise<unknown> =>
    call.then(
      () => undefined,
      (error: unknown) => error,
    );

  it.each(['gemini-3-pro-image', 'gpt-image-1', 'dall-e-3'])('generates with %s', async (id) => {
    const { image, warnings, responses } = await generateImage({
      model: modelOf(easel, id),
      prompt: 'a boat',
      size: '1536x1024',
    });
    expect(image.mediaType).toBe('image/jpeg');
    expect([...image.uint8Array.subarray(0, 3)]).toEqual([0xff, 0xd8, 0xff]);
    expect(warnings).toEqual([]);
    expect(responses[0]?.headers?.['x-image-aspect-ratio']).toBe('3:2');
  });

  it('generates three', async () => {
    const { images } = await generateImage({
      model: modelOf(easel, 'gemini-3-pro-image'),
      prompt: 'a boat',
      n: 3,
    });
    expect(images).toHaveLength(3);
    expect(new Set(images.map(({ base64 }) => base64)).size).toBe(3);
    expect(easel.emulator.requests).toHaveLength(3);
  });

  it.each(['one', 'two'])('edits %s', async (count) => {
    const images = count === 'one' ? [samples.png] : [samples.png, samples.jpeg];
    const { image } = await generateImage({
      model: modelOf(easel, 'gpt-image-1'),
      prompt: { text: 'at night', images },
    });
    expect(image.mediaType).toBe('image/jpeg');
    expect(inputsOf(easel)).toEqual(
      [asInput(samples.png, 'image/png'), asInput(samples.jpeg, 'image/jpeg')].slice(
        0,
        images.length,
      ),
    );
  });

  it('edits with a mask', async () => {
    const { image } = await generateImage({
      model: modelOf(easel, 'gpt-image-1'),
      prompt: { text: 'a lighthouse', images: [samples.png], mask: samples.mask },
    });
    const edited = Buffer.from(image.uint8Array);
    expect(await sameHalves(edited, samples.png)).toEqual({ left: true, right: false });
  });

  it('shows the message of a refusal, and asks once', async () => {
    easel.emulator.injectFault({ kind: 'refusal' });
    const error = await thrownBy(
      generateImage({ model: modelOf(easel, 'gpt-image-1'), prompt: 'x' }),
    );
    expect(APICallError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({
      statusCode: 400,
      isRetryable: false,
      message: expect.stringContaining('rejected by the safety system') as string,
    });
    expect(easel.emulator.requests).toHaveLength(1);
  });
});

describe('options of the AI SDK', () => {
  let easel: RunningEasel;

  beforeAll(async () => {
    easel = await startEasel();
  });
  afterAll(() => easel.close());

  it('reach @ai-sdk/openai under OpenAI’s model names', async () => {
    const { image, responses, usage } = await generateImage({
      model: createOpenAI({ baseURL: `${easel.url}/v1`, apiKey: 'any' }).image('gpt-image-1'),
      prompt: 'a boat',
      providerOptions: { openai: { quality: 'medium', outputFormat: 'webp' } },
    });
    expect(image.mediaType).toBe('image/webp');
    expect(responses[0]?.headers?.['x-image-size']).toBe('2K');
    expect(usage.totalTokens).toBeGreaterThan(0);
  });

  it('reach @ai-sdk/openai-compatible under any model name, including Easel’s', async () => {
    const easelProvider = createOpenAICompatible({ name: 'easel', baseURL: `${easel.url}/v1` });
    const { responses } = await generateImage({
      model: easelProvider.imageModel('gemini-3-pro-image'),
      prompt: 'a boat',
      providerOptions: { easel: { aspect_ratio: '21:9', image_size: '2K' } },
    });
    expect(responses[0]?.headers).toMatchObject({
      'x-image-aspect-ratio': '21:9',
      'x-image-size': '2K',
    });
  });
});
