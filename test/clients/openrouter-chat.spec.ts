import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startEasel, type RunningEasel } from '../running-easel';
import { inputsOf } from './gemini-inputs';
import { describeWithNode } from './newer-node';

const run = promisify(execFile);

/** What scenario.mjs prints. */
interface Result {
  readonly text?: string;
  readonly files?: readonly { readonly mediaType: string; readonly base64: string }[];
  readonly usage?: Readonly<Record<string, unknown>>;
  readonly finishReason?: string;
  readonly error?: Readonly<Record<string, unknown>>;
}

describeWithNode('@openrouter/ai-sdk-provider', 'openrouter-chat', 20, ({ node, folder }) => {
  let easel: RunningEasel;

  beforeAll(async () => {
    easel = await startEasel();
  });
  afterAll(() => easel.close());
  beforeEach(() => {
    easel.emulator.reset();
  });

  async function play(scenario: string): Promise<Result> {
    const script = join(folder, 'scenario.mjs');
    const { stdout } = await run(node, [script, `${easel.url}/v1`, scenario], {
      maxBuffer: 100_000_000,
    });
    return JSON.parse(stdout) as Result;
  }
  const expectJpeg = ({ files = [] }: Result) => {
    expect(files.map(({ mediaType }) => mediaType)).toEqual(['image/jpeg']);
    expect(Buffer.from(files[0]?.base64 ?? '', 'base64').subarray(0, 2)).toEqual(
      Buffer.from([0xff, 0xd8]),
    );
  };

  it.each(['whole', 'stream'])('gives an image as a file: %s', async (scenario) => {
    const result = await play(scenario);
    expect(result.error).toBeUndefined();
    expectJpeg(result);
    expect(result.finishReason).toBe('stop');
    // `generateText` puts its own name in the place of the provider's.
    expect(result.text?.includes('![')).toBe(scenario === 'whole');
    expect(easel.emulator.requests).toHaveLength(1);
  });

  it('sends modalities and image_config', async () => {
    expectJpeg(await play('configured'));
    expect(easel.emulator.requests[0]?.body).toMatchObject({
      generationConfig: { imageConfig: { aspectRatio: '16:9' } },
    });
  });

  it('edits an image', async () => {
    expectJpeg(await play('edit'));
    expect(inputsOf(easel)).toEqual([expect.stringMatching(/^image\/png /) as string]);
  });

  it('throws a refusal', async () => {
    easel.emulator.injectFault({ kind: 'refusal' });
    const { error } = await play('refused');
    expect(error).toMatchObject({ isApiCall: true, statusCode: 400 });
    expect(error?.['message']).toContain('rejected by the safety system');
    expect(easel.emulator.requests).toHaveLength(1);
  });
});
