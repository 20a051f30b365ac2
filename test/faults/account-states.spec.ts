import { startEasel, type RunningEasel } from '../running-easel';

type Fault = Parameters<RunningEasel['emulator']['injectFault']>[0];

interface AccountView {
  readonly email: string;
  readonly state: string;
  readonly until: string | null;
  readonly models: Readonly<
    Record<string, { readonly state: string; readonly until: string | null }>
  >;
}

const BAD_KEY = 'key-of-bad@test';
const MODEL = 'gemini-3-pro-image';

const errorInfo = (reason: string) => ({
  '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
  reason,
  domain: 'googleapis.com',
});
const status = (code: number, message = 'x', details: readonly object[] = []): Fault => ({
  kind: 'status',
  status: code,
  message,
  details: [...details],
});

/**
 * One account misbehaves and another is fine: what each failure makes of the account, and how many
 * calls it costs.
 */
describe('the effect of a failure on an account', () => {
  let easel: RunningEasel;

  beforeEach(async () => {
    easel = await startEasel({
      accounts: [
        { email: 'bad@test', project: 'p' },
        { email: 'sibling@test', project: 'p', priority: 3 },
        { email: 'good@test', priority: 2 },
      ],
      env: { UPSTREAM_ATTEMPT_TIMEOUT_MS: '2500' },
    });
  });
  afterEach(() => easel.close());

  interface Expected {
    readonly status: number;
    /** Upstream calls on the bad account, and on all. */
    readonly calls: readonly [number, number];
    readonly state: string;
    readonly sibling?: string;
    readonly siblingModel?: string;
    readonly model?: string;
  }

  it.each<[string, Fault, Expected]>([
    ['400 INVALID_ARGUMENT', status(400), { status: 400, calls: [1, 1], state: 'ready' }],
    ['413', status(413), { status: 413, calls: [1, 1], state: 'ready' }],
    ['a refusal', { kind: 'refusal' }, { status: 400, calls: [1, 1], state: 'ready' }],
    [
      'a blocked prompt',
      { kind: 'refusal', blockReason: 'SAFETY' },
      { status: 400, calls: [1, 1], state: 'ready' },
    ],
    [
      'MAX_TOKENS',
      { kind: 'refusal', finishReason: 'MAX_TOKENS' },
      { status: 502, calls: [1, 1], state: 'ready' },
    ],
    [
      'a project’s own policy',
      { kind: 'refusal', finishReason: 'MODEL_ARMOR' },
      { status: 400, calls: [1, 1], state: 'ready' },
    ],
    [
      'an account shut out',
      { kind: 'refusal', finishReason: 'PUP_LIMITED_DISABLED' },
      { status: 200, calls: [1, 2], state: 'disabled' },
    ],
    [
      '400 API_KEY_INVALID',
      status(400, 'API key not valid.', [errorInfo('API_KEY_INVALID')]),
      { status: 200, calls: [1, 2], state: 'disabled' },
    ],
    [
      '400 FAILED_PRECONDITION',
      { kind: 'status', status: 400, googleStatus: 'FAILED_PRECONDITION' },
      { status: 200, calls: [1, 2], state: 'disabled' },
    ],
    ['401', status(401), { status: 200, calls: [1, 2], state: 'disabled' }],
    [
      '403 BILLING_DISABLED',
      status(403, 'x', [errorInfo('BILLING_DISABLED')]),
      { status: 200, calls: [1, 2], state: 'disabled' },
    ],
    [
      'a 403 that names the model',
      status(403, 'Permission denied on model gemini-3-pro-image.'),
      { status: 200, calls: [1, 2], state: 'ready', model: 'disabled' },
    ],
    ['404', status(404), { status: 200, calls: [1, 2], state: 'ready', model: 'cooling' }],
    [
      '429 with RetryInfo',
      { kind: 'rate_limit', retryDelay: '30s' },
      { status: 200, calls: [1, 2], state: 'ready', model: 'cooling', siblingModel: 'cooling' },
    ],
    [
      '429 for the day',
      { kind: 'rate_limit', daily: true },
      { status: 200, calls: [1, 2], state: 'ready', model: 'exhausted', siblingModel: 'exhausted' },
    ],
    [
      '429 with limit 0',
      { kind: 'rate_limit', limitZero: true },
      { status: 200, calls: [1, 2], state: 'ready', model: 'exhausted', siblingModel: 'exhausted' },
    ],
    [
      '429 with a wait of hours',
      { kind: 'rate_limit', retryDelay: '51820.6s' },
      { status: 200, calls: [1, 2], state: 'ready', model: 'exhausted', siblingModel: 'exhausted' },
    ],
    [
      '429 for want of credits',
      status(429, 'Your prepayment credits are depleted.'),
      { status: 200, calls: [1, 2], state: 'exhausted', sibling: 'exhausted' },
    ],
    [
      '429 bare',
      { kind: 'rate_limit', bare: true },
      { status: 200, calls: [1, 2], state: 'cooling', sibling: 'cooling' },
    ],
    ['500', status(500), { status: 200, calls: [1, 2], state: 'ready' }],
    ['502', status(502), { status: 200, calls: [1, 2], state: 'ready' }],
    ['503', status(503), { status: 200, calls: [1, 2], state: 'ready' }],
    ['504', status(504), { status: 200, calls: [1, 2], state: 'ready' }],
    ['a reset', { kind: 'cut' }, { status: 200, calls: [1, 2], state: 'ready' }],
    [
      'half a response',
      { kind: 'truncate', afterBytes: 3000 },
      { status: 200, calls: [1, 2], state: 'ready' },
    ],
    ['silence', { kind: 'silence' }, { status: 200, calls: [1, 2], state: 'ready' }],
    ['no image', { kind: 'no_image' }, { status: 200, calls: [1, 2], state: 'ready' }],
    ['text only', { kind: 'text_only' }, { status: 200, calls: [1, 2], state: 'ready' }],
  ])('%s', async (_name, fault, expected) => {
    easel.emulator.injectFault({ ...fault, key: BAD_KEY });
    const response = await easel.generate({ prompt: 'x' });
    await response.arrayBuffer();
    const { requests } = easel.emulator;
    const list = (await (await fetch(`${easel.url}/v1/accounts`)).json()) as {
      data: AccountView[];
    };
    const [bad, sibling, good] = list.data;
    expect({
      status: response.status,
      calls: [requests.filter(({ key }) => key === BAD_KEY).length, requests.length],
      state: bad?.state,
      model: bad?.models[MODEL]?.state,
      sibling: sibling?.state,
      siblingModel: sibling?.models[MODEL]?.state,
      good: good?.state,
    }).toEqual({
      status: expected.status,
      calls: expected.calls,
      state: expected.state,
      model: expected.model,
      sibling: expected.sibling ?? 'ready',
      siblingModel: expected.siblingModel,
      good: 'ready',
    });
    const hasEnd = ['cooling', 'exhausted'].includes(expected.state);
    expect(bad?.until === null).toBe(!hasEnd);
  });

  it('keeps other models in use if a quota is for one model', async () => {
    for (const email of ['bad', 'sibling', 'good']) {
      easel.emulator.injectFault({
        kind: 'rate_limit',
        daily: true,
        model: MODEL,
        key: `key-of-${email}@test`,
      });
    }
    const refused = await easel.generate({ prompt: 'x' });
    expect(refused.status).toBe(429);
    expect(refused.headers.get('x-should-retry')).toBe('false');
    expect((await fetch(`${easel.url}/readyz`)).status).toBe(200);
    const other = await easel.generate({ prompt: 'x', model: 'gemini-2.5-flash-image' });
    expect(other.status).toBe(200);
    expect(other.headers.get('x-account-email')).toBe('bad@test');
  });

  it('is forgotten for a model once it makes images again', async () => {
    easel.emulator.injectFault({ ...status(500), key: BAD_KEY, count: 2 });
    for (let round = 0; round < 5; round += 1) {
      expect((await easel.generate({ prompt: 'x' })).status).toBe(200);
    }
    const response = (await (await fetch(`${easel.url}/v1/accounts`)).json()) as {
      data: AccountView[];
    };
    expect(response.data[0]).toMatchObject({ state: 'ready', models: {} });
  });
});
