import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI, { APIError, BadRequestError, RateLimitError } from 'openai';
import { startEasel, type RunningEasel } from '../running-easel';

describe('the official openai package', () => {
  let easel: RunningEasel;
  let openai: OpenAI;

  beforeEach(async () => {
    easel = await startEasel({
      accounts: 1,
      env: { PROXY_API_KEY: 'sk-the-right-key-0123', PROXY_AUTH_MODE: 'strict' },
    });
    openai = new OpenAI({ baseURL: `${easel.url}/v1`, apiKey: 'sk-the-right-key-0123' });
  });
  afterEach(() => easel.close());

  /** The requests that were answered; a line is written when its answer is out, so not at once. */
  const served = async () => {
    await sleep(100);
    return easel.log.filter(({ path }) => path === '/v1/images/generations');
  };

  it('generates as base64', async () => {
    const answer = await openai.images.generate({
      model: 'gpt-image-1',
      prompt: 'a boat',
      n: 2,
      size: '1536x1024',
      quality: 'medium',
    });
    expect(Number.isInteger(answer.created)).toBe(true);
    expect(answer.data).toHaveLength(2);
    const bytes = Buffer.from(answer.data?.[0]?.b64_json ?? '', 'base64');
    expect(bytes.subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
    expect(answer.usage?.input_tokens_details.text_tokens).toBeGreaterThan(0);
    expect(answer._request_id).toMatch(/^req_/);
  });

  it('generates as a URL', async () => {
    const answer = await openai.images.generate({
      model: 'dall-e-3',
      prompt: 'a boat',
      response_format: 'url',
    });
    const url = answer.data?.[0]?.url ?? '';
    const image = await fetch(url);
    expect(image.headers.get('content-type')).toBe('image/jpeg');
  });

  it('iterates a stream to its end', async () => {
    const stream = await openai.images.generate({
      model: 'gpt-image-1',
      prompt: 'a boat',
      stream: true,
      partial_images: 1,
      n: 2,
    });
    const seen: string[] = [];
    for await (const event of stream) {
      seen.push(event.type);
      expect(Number.isInteger(event.created_at)).toBe(true);
      expect(Buffer.from(event.b64_json, 'base64').subarray(0, 2)).toEqual(
        Buffer.from([0xff, 0xd8]),
      );
      if (event.type === 'image_generation.completed') {
        expect(event.usage.input_tokens_details.text_tokens).toBeGreaterThan(0);
      } else {
        expect(event.partial_image_index).toBe(0);
      }
    }
    expect(seen.sort()).toEqual([
      'image_generation.completed',
      'image_generation.completed',
      'image_generation.partial_image',
      'image_generation.partial_image',
    ]);
  });

  it('hangs up when it leaves a stream early', async () => {
    easel.emulator.misbehave({ kind: 'latency', ms: 3000, after: 1 });
    const stream = await openai.images.generate({
      model: 'gpt-image-1',
      prompt: 'a boat',
      stream: true,
      n: 4,
    });
    for await (const event of stream) {
      expect(event.type).toBe('image_generation.completed');
      break;
    }
    expect((await served())[0]?.msg).toContain('the client has gone');
  });

  it('throws a typed error where a stream has not begun', async () => {
    easel.emulator.misbehave({ kind: 'refusal' });
    const error: unknown = await openai.images
      .generate({ model: 'gpt-image-1', prompt: 'x', stream: true, partial_images: 1 })
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ status: 400, code: 'moderation_blocked' });
  });

  it('lists models', async () => {
    const ids: string[] = [];
    for await (const model of openai.models.list()) {
      ids.push(model.id);
    }
    expect(ids).toEqual(expect.arrayContaining(['gemini-3-pro-image', 'gpt-image-1', 'dall-e-3']));
    expect((await openai.models.retrieve('dall-e-3')).object).toBe('model');
  });

  it('throws a typed error with code, param and request id', async () => {
    const error: unknown = await openai.images
      .generate({ model: 'gpt-image-1', prompt: 'x', n: 0 })
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({
      status: 400,
      code: 'integer_below_min_value',
      param: 'n',
      type: 'invalid_request_error',
      requestID: expect.stringMatching(/^req_/) as string,
    });
  });

  it('asks once on a refusal', async () => {
    easel.emulator.misbehave({ kind: 'refusal' });
    const error: unknown = await openai.images
      .generate({ model: 'gpt-image-1', prompt: 'x' })
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({
      code: 'moderation_blocked',
      type: 'image_generation_user_error',
    });
    expect(await served()).toHaveLength(1);
    expect(easel.emulator.requests).toHaveLength(1);
  });

  it('asks three times on a rate limit, as long as it is told to wait', async () => {
    easel.emulator.misbehave({ kind: 'rate_limit', retryDelay: '7s' });
    const started = Date.now();
    const error: unknown = await openai.images
      .generate({ model: 'gpt-image-1', prompt: 'x' })
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({ code: 'rate_limit_exceeded', type: 'rate_limit_error' });
    expect(await served()).toHaveLength(3);
    expect(Date.now() - started).toBeGreaterThan(12_000);
  }, 40_000);

  it('asks once when the quota is gone', async () => {
    easel.emulator.misbehave({ kind: 'rate_limit', daily: true });
    const error: unknown = await openai.images
      .generate({ model: 'gpt-image-1', prompt: 'x' })
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ status: 429, code: 'insufficient_quota' });
    expect(await served()).toHaveLength(1);
  });

  it('is told apart from a client with a wrong key', async () => {
    const stranger = new OpenAI({ baseURL: `${easel.url}/v1`, apiKey: 'sk-a-wrong-key-0123' });
    const error: unknown = await stranger.images
      .generate({ model: 'gpt-image-1', prompt: 'x' })
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(APIError);
    expect(error).toMatchObject({ status: 401, code: 'invalid_api_key' });
    expect(easel.emulator.requests).toHaveLength(0);
    expect(easel.rawLog()).not.toContain('sk-');
  });
});
