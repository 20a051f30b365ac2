import { startEasel, type ErrorBody, type ImagesBody, type RunningEasel } from '../running-easel';

type Fault = Parameters<RunningEasel['emulator']['injectFault']>[0];

/** Text that a fault puts into Google's response, and that no client may ever see. */
const SECRET_PROSE = 'internal prose of upstream 4711';

describe('upstream responses that have an image somewhere', () => {
  let easel: RunningEasel;

  beforeEach(async () => {
    easel = await startEasel();
  });
  afterEach(() => easel.close());

  it.each<[string, Fault]>([
    ['partial images that are not marked', { kind: 'thought_images' }],
    ['a final image marked as a thought', { kind: 'only_thought' }],
    ['a wrong mime type', { kind: 'wrong_mime' }],
    ['escaped base64', { kind: 'escaped_base64' }],
  ])('gets the final image out of %s', async (_name, fault) => {
    easel.emulator.injectFault(fault);
    const response = await easel.generate({ prompt: 'x', size: '1920x1080', quality: 'medium' });
    const body = (await response.json()) as ImagesBody;
    expect(response.status).toBe(200);
    // A partial image would be a 1K draft.
    expect(body.size).toBe('2752x1536');
    expect(body.output_format).toBe('jpeg');
    expect(body.data[0]?.b64_json).toMatch(/^\/9j\/[A-Za-z0-9+/]+={0,2}$/);
    expect(easel.emulator.requests).toHaveLength(1);
  });

  it('declares the true type of an image whose mime type is wrong', async () => {
    easel.emulator.injectFault({ kind: 'wrong_mime' });
    const response = await easel.generate({ prompt: 'x', response_format: 'url' });
    const body = (await response.json()) as ImagesBody;
    expect(body.data[0]?.url).toMatch(/^data:image\/jpeg;base64,\/9j\//);
  });
});

describe('faults of upstream', () => {
  let easel: RunningEasel;

  const start = (env: Record<string, string> = {}) =>
    startEasel({
      accounts: 2,
      env: { UPSTREAM_ATTEMPT_TIMEOUT_MS: '2500', MAX_ATTEMPTS_PER_IMAGE: '3', ...env },
    });
  afterEach(() => easel.close());

  interface Expected {
    readonly status: number;
    readonly type: string;
    readonly code: string | null;
    /** Upstream calls for one image: what the fault is worth trying. */
    readonly calls: number;
    readonly shouldRetry?: 'false';
    readonly retryAfter?: string;
    /** Settings of its own. */
    readonly env?: Record<string, string>;
  }

  const moderated: Expected = {
    status: 400,
    type: 'image_generation_user_error',
    code: 'moderation_blocked',
    calls: 1,
    shouldRetry: 'false',
  };
  const noImage: Expected = {
    status: 502,
    type: 'server_error',
    code: 'no_image',
    calls: 2,
    shouldRetry: 'false',
  };
  const broken: Expected = { status: 502, type: 'server_error', code: 'upstream_error', calls: 3 };
  const noAccount: Expected = {
    status: 503,
    type: 'server_error',
    code: 'no_account_available',
    calls: 2,
  };

  it.each<[string, Fault, Expected]>([
    ['a refusal', { kind: 'refusal' }, moderated],
    [
      'a refusal for its content',
      { kind: 'refusal', finishReason: 'PROHIBITED_CONTENT' },
      moderated,
    ],
    ['a refusal as recitation', { kind: 'refusal', finishReason: 'IMAGE_RECITATION' }, moderated],
    ['a blocked prompt', { kind: 'refusal', blockReason: 'BLOCKLIST' }, moderated],
    ['a block for an unknown reason', { kind: 'refusal', blockReason: 'NEW_REASON' }, moderated],
    ['text only', { kind: 'text_only' }, noImage],
    ['NO_IMAGE', { kind: 'no_image' }, noImage],
    ['an unknown finishReason', { kind: 'refusal', finishReason: 'A_NEW_ONE' }, noImage],
    ['bytes that are no image', { kind: 'not_an_image' }, noImage],
    ['HTML', { kind: 'garbage' }, broken],
    ['half a response', { kind: 'truncate', afterBytes: 5000 }, broken],
    ['a reset before the response', { kind: 'cut' }, broken],
    ['a reset within the response', { kind: 'cut', afterBytes: 5000 }, broken],
    ['500', { kind: 'status', status: 500, message: SECRET_PROSE }, broken],
    ['502', { kind: 'status', status: 502, message: SECRET_PROSE }, broken],
    ['overload', { kind: 'status', status: 503, message: SECRET_PROSE }, broken],
    [
      '504',
      { kind: 'status', status: 504, message: SECRET_PROSE },
      { status: 504, type: 'server_error', code: 'upstream_timeout', calls: 3 },
    ],
    [
      'silence',
      { kind: 'silence' },
      { status: 504, type: 'server_error', code: 'upstream_timeout', calls: 2 },
    ],
    [
      'an invalid request',
      { kind: 'status', status: 400, message: SECRET_PROSE },
      { status: 400, type: 'invalid_request_error', code: null, calls: 1 },
    ],
    [
      'a bad key, as Google tells it',
      {
        kind: 'status',
        status: 400,
        message: `API key not valid. ${SECRET_PROSE}`,
        details: [
          { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID' },
        ],
      },
      noAccount,
    ],
    ['401', { kind: 'status', status: 401, message: SECRET_PROSE }, noAccount],
    ['403', { kind: 'status', status: 403, message: SECRET_PROSE }, noAccount],
    [
      'a model that no account has',
      { kind: 'status', status: 404, message: SECRET_PROSE },
      { status: 404, type: 'invalid_request_error', code: 'model_not_found', calls: 2 },
    ],
    [
      'a rate limit with a hint',
      { kind: 'rate_limit', retryDelay: '42s' },
      {
        status: 429,
        type: 'rate_limit_error',
        code: 'rate_limit_exceeded',
        calls: 2,
        retryAfter: '42',
      },
    ],
    [
      // The last call is over when the first account has already cooled down.
      'a rate limit with a hint that is soon over',
      { kind: 'rate_limit', retryDelay: '0.05s' },
      {
        status: 429,
        type: 'rate_limit_error',
        code: 'rate_limit_exceeded',
        calls: 3,
        retryAfter: '1',
      },
    ],
    [
      'a rate limit without a hint',
      { kind: 'rate_limit', bare: true },
      {
        status: 429,
        type: 'rate_limit_error',
        code: 'rate_limit_exceeded',
        calls: 2,
        // An account cools down for 5 to 6 s, and a request waits for one if that takes less than 5 s.
        env: { REQUEST_DEADLINE_MS: '4900' },
      },
    ],
    [
      'a daily quota',
      { kind: 'rate_limit', daily: true },
      {
        status: 429,
        type: 'insufficient_quota',
        code: 'insufficient_quota',
        calls: 2,
        shouldRetry: 'false',
      },
    ],
    [
      'no quota at all',
      { kind: 'rate_limit', limitZero: true },
      {
        status: 429,
        type: 'insufficient_quota',
        code: 'insufficient_quota',
        calls: 2,
        shouldRetry: 'false',
      },
    ],
  ])('%s', async (_name, fault, expected) => {
    easel = await start(expected.env);
    easel.emulator.injectFault(fault);
    const response = await easel.generate({ prompt: 'a very private prompt' });
    const text = await response.text();
    const { error } = JSON.parse(text) as ErrorBody;
    expect({
      status: response.status,
      type: error.type,
      code: error.code,
      calls: easel.emulator.requests.length,
    }).toEqual({
      status: expected.status,
      type: expected.type,
      code: expected.code,
      calls: expected.calls,
    });
    expect(Object.keys(error).sort()).toEqual(['code', 'message', 'param', 'type']);
    expect(response.headers.get('x-should-retry')).toBe(expected.shouldRetry ?? null);
    if (expected.retryAfter !== undefined) {
      expect(response.headers.get('retry-after')).toBe(expected.retryAfter);
    }
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(response.headers.get('x-account-email')).toMatch(/^account-[12]@test$/);
    expect(response.headers.get('x-request-id')).toMatch(/^req_/);

    // Nothing of upstream's body, its address or a key in the response; no prompt or key in the log.
    for (const secret of [SECRET_PROSE, easel.emulator.url, 'key-of-', '<html', ' at ']) {
      expect(text).not.toContain(secret);
    }
    for (const secret of [SECRET_PROSE, 'a very private prompt', 'key-of-']) {
      expect(easel.rawLog()).not.toContain(secret);
    }
    // And the process lives.
    easel.emulator.reset();
    expect((await fetch(`${easel.url}/healthz`)).status).toBe(200);
  });

  it('reports a refusal to dall-e clients with the code they know', async () => {
    easel = await start();
    easel.emulator.injectFault({ kind: 'refusal' });
    const response = await easel.generate({ prompt: 'x', model: 'dall-e-3' });
    expect(response.status).toBe(400);
    expect(((await response.json()) as ErrorBody).error).toMatchObject({
      type: 'invalid_request_error',
      code: 'content_policy_violation',
    });
  });

  it('waits for a short retry delay if there is no other account', async () => {
    easel = await start();
    easel.emulator.injectFault({ kind: 'rate_limit', retryDelay: '1.2s', count: 2 });
    const started = Date.now();
    const response = await easel.generate({ prompt: 'x' });
    expect(response.status).toBe(200);
    expect(Date.now() - started).toBeGreaterThan(1000);
    expect(easel.emulator.requests).toHaveLength(3);
  });

  it('does not call a rate-limited account until its time is over', async () => {
    easel = await start();
    easel.emulator.injectFault({ kind: 'rate_limit', retryDelay: '40s' });
    await easel.generate({ prompt: 'x' });
    const calls = easel.emulator.requests.length;
    const again = await easel.generate({ prompt: 'y' });
    expect(again.status).toBe(429);
    expect(Number(again.headers.get('retry-after'))).toBeGreaterThan(35);
    expect(easel.emulator.requests).toHaveLength(calls);
  });

  it('survives an upstream that does not exist', async () => {
    easel = await start();
    await easel.emulator.close();
    const response = await easel.generate({ prompt: 'x' });
    expect(response.status).toBe(502);
    expect(((await response.json()) as ErrorBody).error.code).toBe('upstream_error');
  });
});
