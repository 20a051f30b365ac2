import { join } from 'node:path';
import { startEasel, type ImagesBody, type RunningEasel } from '../running-easel';
import { describeWithPython } from './python';
import { sampleImages, type SampleImages } from './sample-images';
import { printedBy } from './sdk-program';

interface Completion {
  readonly choices: readonly {
    readonly message: {
      readonly content: string;
      readonly images: readonly {
        readonly type: string;
        readonly image_url: { readonly url: string };
      }[];
    };
  }[];
}

interface Printed {
  readonly generated: ImagesBody;
  readonly edited: ImagesBody;
  readonly chat: Completion;
  readonly stream: Completion;
}

const isJpeg = (base64: string | undefined) =>
  Buffer.from(base64 ?? '', 'base64')
    .subarray(0, 3)
    .equals(Buffer.from([0xff, 0xd8, 0xff]));

describeWithPython('LiteLLM as a library', 'litellm', ({ python, folder }) => {
  let easel: RunningEasel;
  let samples: SampleImages;
  let printed: Printed;

  beforeAll(async () => {
    samples = await sampleImages();
    easel = await startEasel({ env: { MAX_ATTEMPTS_PER_IMAGE: '1' } });
    // Once for all: it takes seconds to import.
    const args = [`${easel.url}/v1`, samples.folder];
    printed = JSON.parse(await printedBy(python, join(folder, 'scenario.py'), args)) as Printed;
  });
  afterAll(async () => {
    await easel.close();
    await samples.remove();
  });

  it('generates', () => {
    const { data, size } = printed.generated;
    expect(data.map(({ b64_json: image }) => isJpeg(image))).toEqual([true, true]);
    expect(size).toBe('1264x848');
  });

  it('edits', () => {
    expect(printed.edited.data.map(({ b64_json: image }) => isJpeg(image))).toEqual([true]);
  });

  it.each(['chat', 'stream'] as const)('reads the image of a chat: %s', (name) => {
    const [choice] = printed[name].choices;
    expect(choice?.message.content).not.toContain('data:');
    const images = choice?.message.images ?? [];
    expect(images.map(({ type }) => type)).toEqual(['image_url']);
    const [, base64] = /^data:image\/jpeg;base64,(.+)$/.exec(images[0]?.image_url.url ?? '') ?? [];
    expect(isJpeg(base64)).toBe(true);
  });

  it('asks for each image once', () => {
    expect(easel.emulator.requests).toHaveLength(5);
  });
});
