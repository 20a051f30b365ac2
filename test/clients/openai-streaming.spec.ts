import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI, { APIError, BadRequestError } from 'openai';
import { picture } from '../pictures';
import { startEasel, type RunningEasel } from '../running-easel';
import { until } from '../until';

/** The members that the events of both calls share. */
interface ImageEvent {
  readonly type: string;
  readonly b64_json: string;
  readonly created_at: number;
  readonly partial_image_index?: number;
  readonly usage?: { readonly input_tokens_details: { readonly text_tokens: number } };
}

const CALLS = ['generate', 'edit'] as const;
const FAMILY = { generate: 'image_generation', edit: 'image_edit' };

describe.each(CALLS)('a stream in the official openai package, 6.x: %s', (call) => {
  let folder: string;
  let easel: RunningEasel;
  let openai: OpenAI;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'easel-streams-'));
    await writeFile(join(folder, 'in.png'), await picture());
  });
  afterAll(() => rm(folder, { recursive: true }));
  beforeEach(async () => {
    easel = await startEasel({ accounts: 1, env: { MAX_ATTEMPTS_PER_IMAGE: '1' } });
    openai = new OpenAI({ baseURL: `${easel.url}/v1`, apiKey: 'any', maxRetries: 0 });
  });
  afterEach(() => easel.close());

  /** Makes the call, and gives its events. */
  async function* stream(n: number): AsyncGenerator<ImageEvent> {
    const fields = { model: 'gpt-image-1', prompt: 'a boat', stream: true, partial_images: 1, n };
    yield* call === 'generate'
      ? await openai.images.generate({ ...fields, stream: true })
      : await openai.images.edit({
          ...fields,
          stream: true,
          image: createReadStream(join(folder, 'in.png')),
        });
  }

  /** The types of the events that came, and what was thrown after them. */
  async function readToItsEnd(n: number): Promise<{ seen: string[]; error: unknown }> {
    const seen: string[] = [];
    try {
      for await (const event of stream(n)) {
        seen.push(event.type);
      }
    } catch (error) {
      return { seen, error };
    }
    return { seen, error: undefined };
  }

  it('is iterated to its end', async () => {
    const seen: string[] = [];
    for await (const event of stream(2)) {
      seen.push(event.type);
      expect(Number.isInteger(event.created_at)).toBe(true);
      const bytes = Buffer.from(event.b64_json, 'base64');
      expect(bytes.subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
      if (event.type.endsWith('.completed')) {
        expect(event.usage?.input_tokens_details.text_tokens).toBeGreaterThan(0);
      } else {
        expect(event.partial_image_index).toBe(0);
      }
    }
    expect(seen.sort()).toEqual(
      ['completed', 'completed', 'partial_image', 'partial_image'].map(
        (name) => `${FAMILY[call]}.${name}`,
      ),
    );
  });

  it('hangs up when the caller stops reading early', async () => {
    easel.emulator.injectFault({ kind: 'latency', ms: 3000, after: 1 });
    for await (const event of stream(4)) {
      expect(event.type).toMatch(FAMILY[call]);
      break;
    }
    const done = () => easel.log.find(({ path }) => String(path).startsWith('/v1/images/'));
    await until(() => done() !== undefined);
    expect(done()?.msg).toContain('client disconnected');
  });

  it('throws a typed error if the stream has not begun', async () => {
    easel.emulator.injectFault({ kind: 'refusal' });
    const { seen, error } = await readToItsEnd(1);
    expect(seen).toEqual([]);
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ status: 400, code: 'moderation_blocked' });
  });

  it('throws the error that ended the stream, after the earlier events', async () => {
    easel.emulator.injectFault({ kind: 'cut', afterImages: 1 });
    const { seen, error } = await readToItsEnd(1);
    expect(seen).toEqual([`${FAMILY[call]}.partial_image`]);
    expect(error).toBeInstanceOf(APIError);
    expect(error).toMatchObject({
      type: 'server_error',
      code: 'upstream_error',
      param: null,
      requestID: expect.stringMatching(/^req_/) as string,
    });
  });
});
