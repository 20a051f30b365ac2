import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startEasel, type ErrorBody, type RunningEasel } from '../running-easel';
import { asInput, inputsOf } from './gemini-inputs';
import { describeWithNode } from './newer-node';
import { sampleImages, type SampleImages } from './sample-images';

const run = promisify(execFile);

/** What scenario.mjs prints. */
interface Result {
  readonly images?: readonly { readonly base64: string; readonly mediaType: string }[];
  readonly usage?: Readonly<Record<string, number>>;
  readonly whole?: {
    readonly created: number;
    readonly data: readonly { readonly b64Json: string; readonly mediaType: string }[];
    readonly usage: { readonly completionTokensDetails: { readonly imageTokens: number } };
  };
  readonly events?: readonly { readonly type: string; readonly b64Json: string }[];
  readonly data?: readonly {
    readonly id: string;
    readonly supportedParameters: Readonly<Record<string, object>>;
  }[];
  readonly error?: {
    readonly name: string;
    readonly statusCode?: number;
    readonly responseBody?: string;
  };
}

interface GenerationConfig {
  readonly imageConfig?: { readonly aspectRatio?: string; readonly imageSize?: string };
  readonly seed?: number;
}

describeWithNode('OpenRouter’s own clients', 'openrouter', 20, ({ node, folder }) => {
  let easel: RunningEasel;
  let samples: SampleImages;

  beforeAll(async () => {
    samples = await sampleImages();
    easel = await startEasel({ env: { MAX_ATTEMPTS_PER_IMAGE: '1' } });
  });
  afterAll(async () => {
    await easel.close();
    await samples.remove();
  });
  beforeEach(() => {
    easel.emulator.reset();
  });

  async function play(scenario: string): Promise<Result> {
    const script = join(folder, 'scenario.mjs');
    const { stdout } = await run(node, [script, `${easel.url}/api/v1`, scenario, samples.folder], {
      maxBuffer: 100_000_000,
    });
    return JSON.parse(stdout) as Result;
  }

  const configs = () =>
    easel.emulator.requests.map(
      ({ body }) => (body as { generationConfig: GenerationConfig }).generationConfig,
    );
  const isJpeg = (base64 = '') =>
    Buffer.from(base64, 'base64')
      .subarray(0, 3)
      .equals(Buffer.from([0xff, 0xd8, 0xff]));

  it('the provider of the AI SDK makes images of a ratio and a size', async () => {
    const { images, usage, error } = await play('generate');
    expect(error).toBeUndefined();
    expect(images?.map(({ base64, mediaType }) => [isJpeg(base64), mediaType])).toEqual([
      [true, 'image/jpeg'],
      [true, 'image/jpeg'],
    ]);
    expect(usage?.['totalTokens']).toBeGreaterThan(2000);
    const config = { imageConfig: { aspectRatio: '21:9', imageSize: '2K' }, seed: 7 };
    expect(configs()).toMatchObject([config, config]);
  });

  it('the provider sends images along', async () => {
    const { images, error } = await play('edit');
    expect(error).toBeUndefined();
    expect(images).toHaveLength(1);
    expect(inputsOf(easel)).toEqual([asInput(samples.png, 'image/png')]);
    expect(configs()[0]?.imageConfig).toBeUndefined();
  });

  it('the provider asks by size', async () => {
    await play('size');
    expect(configs()[0]?.imageConfig).toEqual({ aspectRatio: '16:9' });
  });

  it('the provider shows why an image was refused', async () => {
    const { error } = await play('refused');
    expect(error).toMatchObject({ statusCode: 400 });
    const body = JSON.parse(error?.responseBody ?? '') as ErrorBody;
    expect(body.error.code).toBe('moderation_blocked');
    expect(easel.emulator.requests).toHaveLength(1);
  });

  it('the SDK reads the whole response', async () => {
    const { whole, error } = await play('sdk');
    expect(error).toBeUndefined();
    expect(whole?.data[0]?.mediaType).toBe('image/jpeg');
    expect(isJpeg(whole?.data[0]?.b64Json)).toBe(true);
    expect(whole?.usage.completionTokensDetails.imageTokens).toBe(2000);
    expect(configs()[0]?.imageConfig?.imageSize).toBe('4K');
  });

  it('the SDK reads the stream to its end', async () => {
    const { events, error } = await play('streamed');
    expect(error).toBeUndefined();
    expect(events?.map(({ type, b64Json }) => [type, isJpeg(b64Json)])).toEqual([
      ['image_generation.completed', true],
      ['image_generation.completed', true],
    ]);
  });

  it('the SDK reads the list of models', async () => {
    const { data, error } = await play('models');
    expect(error).toBeUndefined();
    expect(data?.[0]?.id).toBe('gemini-3-pro-image');
    expect(data?.[0]?.supportedParameters['resolution']).toEqual({
      type: 'enum',
      values: ['1K', '2K', '4K'],
    });
  });
});
