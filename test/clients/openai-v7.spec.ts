import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startEasel, type ImagesBody, type RunningEasel } from '../running-easel';
import { asInput, inputsOf } from './gemini-inputs';
import { describeWithNewerNode } from './newer-node';
import { sameHalves, sampleImages, type SampleImages } from './sample-images';

const run = promisify(execFile);

/** What scenario.mjs prints. */
interface Result {
  readonly response?: ImagesBody;
  readonly requestId?: string;
  readonly events: readonly { readonly type: string; readonly b64_json: string }[];
  readonly error?: Readonly<Record<string, unknown>>;
}

describeWithNewerNode('the official openai package, 7.x', 'openai-v7', ({ node, folder }) => {
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
    const { stdout } = await run(node, [script, `${easel.url}/v1`, scenario, samples.folder], {
      maxBuffer: 100_000_000,
    });
    return JSON.parse(stdout) as Result;
  }

  const firstOf = ({ response }: Result) =>
    Buffer.from(response?.data[0]?.b64_json ?? '', 'base64');

  it('has a name for no image model that is not listed', async () => {
    const types = readFileSync(join(folder, 'node_modules/openai/resources/images.d.ts'), 'utf8');
    const [, union = ''] = /export type ImageModel = ([^;]+);/.exec(types) ?? [];
    const known = [...union.matchAll(/'([^']+)'/g)].map(([, id]) => id);
    expect(known.length).toBeGreaterThan(10);
    const response = await fetch(`${easel.url}/v1/models`);
    const { data } = (await response.json()) as { data: readonly { readonly id: string }[] };
    expect(data.map(({ id }) => id)).toEqual(expect.arrayContaining(known));
  });

  it('generates as base64', async () => {
    const result = await play('base64');
    expect(result.response?.data).toHaveLength(2);
    expect(firstOf(result).subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
    expect(result.requestId).toMatch(/^req_/);
  });

  it('generates as a URL for dall-e-3', async () => {
    const { response } = await play('url');
    expect(response?.data[0]?.url).toMatch(/^data:image\/jpeg;base64,/);
  });

  it('edits one file made of bytes', async () => {
    const result = await play('file');
    expect(firstOf(result).subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
    expect(inputsOf(easel)).toEqual([asInput(samples.png, 'image/png')]);
  });

  it('edits an open file', async () => {
    await play('streamedFile');
    expect(inputsOf(easel)).toEqual([asInput(samples.jpeg, 'image/jpeg')]);
  });

  it('edits several open files, in their order', async () => {
    await play('streamedFiles');
    expect(inputsOf(easel)).toEqual([
      asInput(samples.jpeg, 'image/jpeg'),
      asInput(samples.png, 'image/png'),
    ]);
  });

  it('edits with a mask', async () => {
    const edited = firstOf(await play('mask'));
    expect(await sameHalves(edited, samples.png)).toEqual({ left: true, right: false });
  });

  it('makes a variation', async () => {
    const { response } = await play('variation');
    expect(response?.data).toHaveLength(1);
    expect(inputsOf(easel)).toEqual([asInput(samples.png, 'image/png')]);
  });

  it.each([
    ['generateStream', 'image_generation', 2],
    ['editStream', 'image_edit', 1],
  ])('iterates a stream to its end: %s', async (scenario, family, count) => {
    const { events, error } = await play(scenario);
    expect(error).toBeUndefined();
    expect(events.map(({ type }) => type).sort()).toEqual([
      ...Array.from({ length: count }, () => `${family}.completed`),
      ...Array.from({ length: count }, () => `${family}.partial_image`),
    ]);
    for (const { b64_json: image } of events) {
      expect(Buffer.from(image, 'base64').subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]));
    }
  });

  it('throws what ended a stream, after what came before', async () => {
    easel.emulator.injectFault({ kind: 'cut', afterImages: 1 });
    const { events, error } = await play('editStream');
    expect(events.map(({ type }) => type)).toEqual(['image_edit.partial_image']);
    expect(error).toMatchObject({ type: 'server_error', code: 'upstream_error' });
    expect(error?.['requestID']).toMatch(/^req_/);
  });

  it('throws a typed error where a field is wrong', async () => {
    const { error } = await play('fault');
    expect(error).toMatchObject({
      name: 'BadRequestError',
      status: 400,
      code: 'integer_below_min_value',
      param: 'n',
      type: 'invalid_request_error',
    });
    expect(error?.['requestID']).toMatch(/^req_/);
  });

  it('asks once on a refusal', async () => {
    easel.emulator.injectFault({ kind: 'refusal' });
    const { error } = await play('base64');
    expect(error).toMatchObject({ name: 'BadRequestError', code: 'moderation_blocked' });
    // The request asks for two images.
    expect(easel.emulator.requests).toHaveLength(2);
  });
});
