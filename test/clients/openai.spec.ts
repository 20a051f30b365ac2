import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI, { RateLimitError } from 'openai';
import { startEasel, type RunningEasel } from '../running-easel';
import { until } from '../until';
import { openAiPackages, type OpenAiClient } from './openai-packages';

const KEY = 'sk-the-right-key-0123';

let easel: RunningEasel;

beforeEach(async () => {
  easel = await startEasel({
    accounts: 1,
    // A call that gets no response is not waited for at the end.
    env: { PROXY_API_KEY: KEY, PROXY_AUTH_MODE: 'strict', ABANDONED_TTL_SECONDS: '0' },
  });
});
afterEach(() => easel.close());

/** The requests that have their response; a line is written when it is out, so not at once. */
async function served() {
  await sleep(100);
  return easel.log.filter(({ path }) => path === '/v1/images/generations');
}

const thrownBy = (call: PromiseLike<unknown>): PromiseLike<unknown> =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  );

describe.each(openAiPackages)('the official openai package, %s', (_version, sdk) => {
  let openai: OpenAiClient;

  beforeEach(() => {
    openai = sdk.open({ baseURL: `${easel.url}/v1`, apiKey: KEY });
  });

  it('generates as base64', async () => {
    const response = await openai.images.generate({
      model: 'gpt-image-1',
      prompt: 'a boat',
      n: 2,
      size: '1536x1024',
      quality: 'medium',
    });
    expect(Number.isInteger(response.created)).toBe(true);
    expect(response.data).toHaveLength(2);
    const bytes = Buffer.from(response.data?.[0]?.b64_json ?? '', 'base64');
    expect(bytes.subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
    expect(response.usage?.input_tokens_details.text_tokens).toBeGreaterThan(0);
    expect(response._request_id).toMatch(/^req_/);
  });

  it('generates a URL if requested, and by default for dall-e-3', async () => {
    const asked = { model: 'gpt-image-1', response_format: 'url' } as const;
    for (const fields of [asked, { model: 'dall-e-3' }]) {
      const response = await openai.images.generate({ prompt: 'a boat', ...fields });
      expect(response.data?.[0]).not.toHaveProperty('b64_json');
      const image = await fetch(response.data?.[0]?.url ?? '');
      expect(image.headers.get('content-type')).toBe('image/jpeg');
    }
  });

  it('generates the format that it asks for', async () => {
    const response = await openai.images.generate({
      model: 'gpt-image-1',
      prompt: 'a boat',
      output_format: 'png',
    });
    const bytes = Buffer.from(response.data?.[0]?.b64_json ?? '', 'base64');
    expect(bytes.toString('latin1', 1, 4)).toBe('PNG');
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
    const error = await thrownBy(
      openai.images.generate({ model: 'gpt-image-1', prompt: 'x', n: 0 }),
    );
    expect(error).toBeInstanceOf(sdk.errors.BadRequestError);
    expect(error).toMatchObject({
      status: 400,
      code: 'integer_below_min_value',
      param: 'n',
      type: 'invalid_request_error',
      message: expect.stringMatching(/^400 Invalid 'n': integer below minimum value\./) as string,
    });
    // 4.x calls it request_id.
    const { requestID, request_id: id = requestID } = error as Record<string, unknown>;
    expect(id).toMatch(/^req_/);
  });

  it('asks once on a refusal', async () => {
    easel.emulator.injectFault({ kind: 'refusal' });
    const error = await thrownBy(openai.images.generate({ model: 'gpt-image-1', prompt: 'x' }));
    expect(error).toBeInstanceOf(sdk.errors.BadRequestError);
    expect(error).toMatchObject({
      code: 'moderation_blocked',
      type: 'image_generation_user_error',
    });
    expect(await served()).toHaveLength(1);
    expect(easel.emulator.requests).toHaveLength(1);
  });

  it.each([
    ['the quota is gone', { kind: 'rate_limit', daily: true }, 429, 'insufficient_quota'],
    ['no image came', { kind: 'text_only' }, 502, 'no_image'],
  ] as const)('asks once when %s', async (_name, fault, status, code) => {
    easel.emulator.injectFault(fault);
    const error = await thrownBy(openai.images.generate({ model: 'gpt-image-1', prompt: 'x' }));
    expect(error).toMatchObject({ status, code });
    expect(await served()).toHaveLength(1);
  });

  it('hangs up when its caller aborts, and so does Easel', async () => {
    easel.emulator.injectFault({ kind: 'silence' });
    const abort = new AbortController();
    const call = thrownBy(
      openai.images.generate({ model: 'gpt-image-1', prompt: 'x' }, { signal: abort.signal }),
    );
    await until(() => easel.emulator.requests.length > 0);
    abort.abort();
    expect(await call).toBeInstanceOf(sdk.errors.APIUserAbortError);
    await until(async () => (await served()).length > 0);
    expect((await served())[0]?.msg).toContain('client disconnected');
    expect(easel.emulator.requests).toHaveLength(1);
  });

  it('is distinguished from a client with a wrong key', async () => {
    const stranger = sdk.open({ baseURL: `${easel.url}/v1`, apiKey: 'sk-a-wrong-key-0123' });
    const error = await thrownBy(stranger.images.generate({ model: 'gpt-image-1', prompt: 'x' }));
    expect(error).toBeInstanceOf(sdk.errors.AuthenticationError);
    expect(error).toMatchObject({ status: 401, code: 'invalid_api_key' });
    expect(easel.emulator.requests).toHaveLength(0);
    expect(easel.rawLog()).not.toContain('sk-');
  });
});

describe('retries of the official openai package, 6.x', () => {
  it('are two on a rate limit, each after the requested delay', async () => {
    await easel.close();
    const env = { PROXY_API_KEY: KEY, MAX_ATTEMPTS_PER_IMAGE: '1' };
    easel = await startEasel({ accounts: 1, env });
    // By itself it would wait for a second and a half at most, both times together.
    easel.emulator.injectFault({ kind: 'rate_limit', retryDelay: '2s' });
    const openai = new OpenAI({ baseURL: `${easel.url}/v1`, apiKey: KEY });
    const started = Date.now();
    const error = await thrownBy(openai.images.generate({ model: 'gpt-image-1', prompt: 'x' }));
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({ code: 'rate_limit_exceeded', type: 'rate_limit_error' });
    expect(await served()).toHaveLength(3);
    expect(Date.now() - started).toBeGreaterThan(3000);
  });
});
