import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import OpenAI, { toStreamingFile } from 'openai';

import { startEasel, type RunningEasel } from '../running-easel';
import { asInput, inputsOf } from './gemini-inputs';
import { openAiPackages, type OpenAiClient } from './openai-packages';
import { sameHalves, sampleImages, type SampleImages } from './sample-images';

describe.each(openAiPackages)('edits by the official openai package, %s', (_version, sdk) => {
  let easel: RunningEasel;
  let openai: OpenAiClient;
  let samples: SampleImages;

  beforeAll(async () => {
    samples = await sampleImages();
    easel = await startEasel();
    openai = sdk.open({ baseURL: `${easel.url}/v1`, apiKey: 'any' });
  });
  afterAll(async () => {
    await easel.close();
    await samples.remove();
  });
  beforeEach(() => {
    easel.emulator.reset();
  });

  const opened = (name: string) => createReadStream(join(samples.folder, name));

  it('send one file made of bytes', async () => {
    const response = await openai.images.edit({
      model: 'gpt-image-1',
      prompt: 'at night',
      image: await sdk.toFile(samples.png, 'one.png'),
    });
    expect(inputsOf(easel)).toEqual([asInput(samples.png, 'image/png')]);
    const bytes = Buffer.from(response.data?.[0]?.b64_json ?? '', 'base64');
    expect(bytes.subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
    expect(response.usage?.input_tokens_details.text_tokens).toBeGreaterThan(0);
    expect(response._request_id).toMatch(/^req_/);
  });

  it('send bytes without a name or a type, which Easel detects', async () => {
    await openai.images.edit({ prompt: 'at night', image: await sdk.toFile(samples.jpeg) });
    expect(inputsOf(easel)).toEqual([asInput(samples.jpeg, 'image/jpeg')]);
  });

  it('send an open file', async () => {
    await openai.images.edit({ model: 'gpt-image-1', prompt: 'x', image: opened('two.jpg') });
    expect(inputsOf(easel)).toEqual([asInput(samples.jpeg, 'image/jpeg')]);
  });

  it('send several, in their order', async () => {
    const response = await openai.images.edit({
      model: 'gemini-3-pro-image',
      prompt: 'side by side',
      n: 2,
      image: [
        await sdk.toFile(samples.jpeg, 'two.jpg'),
        await sdk.toFile(samples.png, 'one.png'),
        await sdk.toFile(samples.jpeg, 'two.jpg'),
      ],
    });
    expect(response.data).toHaveLength(2);
    expect(inputsOf(easel)).toEqual([
      asInput(samples.jpeg, 'image/jpeg'),
      asInput(samples.png, 'image/png'),
      asInput(samples.jpeg, 'image/jpeg'),
    ]);
  });

  it('send several open files', async () => {
    const image = [opened('two.jpg'), opened('one.png')];
    await openai.images.edit({ model: 'gpt-image-1', prompt: 'side by side', image });
    // Both packages put them into the form in the order in which they happen to be read.
    expect(new Set(inputsOf(easel))).toEqual(
      new Set([asInput(samples.jpeg, 'image/jpeg'), asInput(samples.png, 'image/png')]),
    );
  });

  it('send a mask, and get back what it covers as it was', async () => {
    const response = await openai.images.edit({
      prompt: 'a lighthouse',
      image: await sdk.toFile(samples.png, 'one.png'),
      mask: await sdk.toFile(samples.mask, 'mask.png'),
    });
    const edited = Buffer.from(response.data?.[0]?.b64_json ?? '', 'base64');
    expect(await sameHalves(edited, samples.png)).toEqual({ left: true, right: false });
  });

  it('get URLs for dall-e-2', async () => {
    const image = await sdk.toFile(samples.png, 'one.png');
    const response = await openai.images.edit({ model: 'dall-e-2', prompt: 'at night', image });
    expect(response.data?.[0]?.url).toMatch(/^data:image\/jpeg;base64,/);
  });

  it('support variations too', async () => {
    const response = await openai.images.createVariation({
      image: opened('one.png'),
      n: 2,
      response_format: 'b64_json',
    });
    expect(response.data).toHaveLength(2);
    expect(response.data?.every(({ b64_json: image }) => image !== undefined)).toBe(true);
    expect(inputsOf(easel)).toEqual([asInput(samples.png, 'image/png')]);
  });

  it.each<[string, string, string, string | null]>([
    ['no image', 'words', 'unsupported_file_mimetype', 'image'],
    ['a broken one', '\x89PNG\r\n\x1a\nand no more', 'invalid_image_file', null],
  ])('throw a typed error for %s', async (_name, text, code, param) => {
    const image = await sdk.toFile(Buffer.from(text, 'latin1'), 'one.png');
    const error: unknown = await openai.images.edit({ prompt: 'x', image }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(sdk.errors.BadRequestError);
    expect(error).toMatchObject({ status: 400, code, param });
    expect(easel.emulator.requests).toHaveLength(0);
  });
});

describe('edits by the official openai package, 6.x, that are sent while they are read', () => {
  it('work without a Content-Length, and stay unchanged', async () => {
    const [easel, samples] = await Promise.all([startEasel(), sampleImages()]);
    const openai = new OpenAI({ baseURL: `${easel.url}/v1`, apiKey: 'any' });
    await openai.images.edit({
      prompt: 'side by side',
      image: ['two.jpg', 'one.png'].map((name) =>
        toStreamingFile(createReadStream(join(samples.folder, name)), name),
      ),
    });
    expect(inputsOf(easel)).toEqual([
      asInput(samples.jpeg, 'image/jpeg'),
      asInput(samples.png, 'image/png'),
    ]);
    await easel.close();
    await samples.remove();
  });
});
