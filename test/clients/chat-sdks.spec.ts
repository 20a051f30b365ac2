import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, generateText, streamText } from 'ai';
import OpenAI from 'openai';
import { bytesOf } from '../chat-client';
import { startEasel, type RunningEasel } from '../running-easel';

const JPEG = Buffer.from([0xff, 0xd8]);
const MODEL = 'gemini-3-pro-image';

/** The image that a text has as markdown. */
function markdownImageIn(text: string): Buffer {
  return bytesOf(/!\[image\]\((data:[^)]+)\)/.exec(text)?.[1]);
}

describe('a chat through', () => {
  let easel: RunningEasel;

  beforeAll(async () => {
    easel = await startEasel();
  });
  afterAll(() => easel.close());
  beforeEach(() => {
    easel.emulator.reset();
  });

  describe('openai', () => {
    const openai = () => new OpenAI({ baseURL: `${easel.url}/v1`, apiKey: 'any' });
    const messages = [{ role: 'user' as const, content: 'a boat' }];

    it('gives a completion', async () => {
      const completion = await openai().chat.completions.create({ model: MODEL, messages, n: 2 });
      const [choice] = completion.choices;
      const { images } = choice?.message as unknown as {
        images: readonly { image_url: { url: string } }[];
      };
      expect(choice?.finish_reason).toBe('stop');
      expect(images.map(({ image_url: { url } }) => bytesOf(url).subarray(0, 2))).toEqual([
        JPEG,
        JPEG,
      ]);
      expect(markdownImageIn(choice?.message.content ?? '').subarray(0, 2)).toEqual(JPEG);
      expect(completion.usage?.completion_tokens_details).toMatchObject({ image_tokens: 2240 });
      expect(completion._request_id).toMatch(/^req_/);
    });

    it('iterates a stream to its end, usage included', async () => {
      const stream = await openai().chat.completions.create({
        model: MODEL,
        messages,
        stream: true,
        stream_options: { include_usage: true },
      });
      let content = '';
      let usage: unknown;
      const reasons: unknown[] = [];
      for await (const chunk of stream) {
        content += chunk.choices[0]?.delta.content ?? '';
        usage = chunk.usage ?? usage;
        reasons.push(...chunk.choices.flatMap(({ finish_reason: reason }) => reason ?? []));
      }
      expect(markdownImageIn(content).subarray(0, 2)).toEqual(JPEG);
      expect(reasons).toEqual(['stop']);
      expect(usage).toMatchObject({ total_tokens: expect.any(Number) as number });
    });

    it('throws the error that ends a stream', async () => {
      easel.emulator.injectFault({ kind: 'status', status: 500 });
      const stream = await openai().chat.completions.create({
        model: MODEL,
        messages,
        stream: true,
      });
      const reading = (async () => {
        for await (const chunk of stream) {
          expect(chunk.object).toBe('chat.completion.chunk');
        }
      })();
      await expect(reading).rejects.toMatchObject({ type: 'server_error', code: 'upstream_error' });
    }, 120_000);

    it('throws a typed error', async () => {
      const asked = openai().chat.completions.create({ model: 'gpt-4o', messages });
      await expect(asked).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
    });
  });

  describe('@ai-sdk/openai-compatible', () => {
    const model = () =>
      createOpenAICompatible({
        name: 'easel',
        baseURL: `${easel.url}/v1`,
        apiKey: 'any',
      }).chatModel(MODEL);

    it('gives the image in the text, whole and streamed', async () => {
      const { text, finishReason } = await generateText({ model: model(), prompt: 'a boat' });
      expect(markdownImageIn(text).subarray(0, 2)).toEqual(JPEG);
      expect(finishReason).toBe('stop');
      const streamed = streamText({ model: model(), prompt: 'a boat' });
      expect(markdownImageIn(await streamed.text).subarray(0, 2)).toEqual(JPEG);
      expect(await streamed.finishReason).toBe('stop');
      expect(easel.emulator.requests).toHaveLength(2);
    });

    it('throws a refusal', async () => {
      easel.emulator.injectFault({ kind: 'refusal' });
      const refused = await generateText({ model: model(), prompt: 'a boat' }).catch(
        (error: unknown) => error,
      );
      expect(APICallError.isInstance(refused) && refused.message).toContain('safety system');
    });
  });
});
