import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startEasel, type RunningEasel } from '../running-easel';
import { describeWithNode } from './newer-node';

const run = promisify(execFile);

/** What scenario.mjs prints. */
interface Result {
  readonly images?: readonly { readonly data: string; readonly mimeType: string }[];
  readonly thoughts?: number;
  readonly usage?: { readonly totalTokenCount?: number };
  readonly ids?: readonly string[];
  readonly one?: string;
  readonly error?: { readonly name: string; readonly status?: number; readonly message: string };
}

describeWithNode(
  'Google’s own package for Gemini, and Vercel’s',
  'gemini-sdks',
  20,
  ({ node, folder }) => {
    let easel: RunningEasel;

    beforeAll(async () => {
      easel = await startEasel({
        env: { PROXY_API_KEY: 'right-key', MAX_ATTEMPTS_PER_IMAGE: '1' },
      });
    });
    afterAll(() => easel.close());
    beforeEach(() => {
      easel.emulator.reset();
    });

    async function play(scenario: string, origin = easel.url, key = 'right-key'): Promise<Result> {
      const script = join(folder, 'scenario.mjs');
      const { stdout } = await run(node, [script, origin, key, scenario], {
        maxBuffer: 100_000_000,
      });
      return JSON.parse(stdout) as Result;
    }

    const expectImages = ({ images = [], error }: Result, count: number): void => {
      expect(error).toBeUndefined();
      expect(images.map(({ mimeType }) => mimeType)).toEqual(Array(count).fill('image/jpeg'));
      for (const { data } of images) {
        expect(Buffer.from(data, 'base64').subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
      }
    };

    // The same against the emulator: what works there works with Google, as far as one can tell here.
    it.each<[string, () => string]>([
      ['Easel', () => easel.url],
      ['the emulator', () => easel.emulator.url],
    ])('generates with @google/genai at %s', async (_name, originOf) => {
      const result = await play('genai', originOf());
      expectImages(result, 1);
      expect(result.usage?.totalTokenCount).toBeGreaterThan(1000);
      expectImages(await play('genaiV1', originOf()), 1);
      const stream = await play('genaiStream', originOf());
      expectImages(stream, 1);
      expect(stream.thoughts).toBeGreaterThan(0);
      const { ids = [], one } = await play('genaiModels', originOf());
      expect(ids).toContain('models/gemini-3-pro-image');
      expect(ids.length).toBeGreaterThan(3);
      expect(one).toBe('models/gemini-3-pro-image');
    });

    it('gets several candidates with @google/genai, and sends no key of a client’s', async () => {
      expectImages(await play('genaiCandidates'), 2);
      expect(easel.emulator.requests).toHaveLength(2);
      for (const { key } of easel.emulator.requests) {
        expect(key).toMatch(/^key-of-account-\d@test$/);
      }
    });

    it.each([
      ['an unknown model', 'genaiUnknown', 'right-key', 404, 'NOT_FOUND'],
      ['a wrong key', 'genai', 'wrong-key', 401, 'API_KEY_INVALID'],
      ['what Easel has not', 'genaiFiles', 'right-key', 501, 'UNIMPLEMENTED'],
    ])('throws Google’s error for %s', async (_name, scenario, key, status, words) => {
      const { error } = await play(scenario, easel.url, key);
      expect(error).toMatchObject({ name: 'ApiError', status });
      expect(error?.message).toContain(words);
    });

    it('passes a refusal on with the finishReason, and asks once', async () => {
      easel.emulator.injectFault({ kind: 'refusal' });
      expectImages(await play('genai'), 0);
      expect(easel.emulator.requests).toHaveLength(1);
    });

    it.each([
      ['text and images', 'aiText', 1],
      ['a stream', 'aiStream', 1],
      ['an image', 'aiImage', 1],
      ['two by Imagen’s former method', 'aiImagen', 2],
    ])('generates %s with @ai-sdk/google', async (_name, scenario, count) => {
      expectImages(await play(scenario), count);
    });
  },
);
