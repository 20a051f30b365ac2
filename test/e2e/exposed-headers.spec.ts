import { keyDigest } from '../../src/context/consumer-registry';
import { EXPOSED_HEADERS } from '../../src/exposed-headers';
import { until } from '../until';
import { startEasel, type RunningEasel } from '../running-easel';

/** What every browser reads, or reads by itself, and what only concerns caches and connections. */
const OF_HTTP = new Set([
  'access-control-allow-origin',
  'access-control-expose-headers',
  'cache-control',
  'connection',
  'content-length',
  'content-type',
  'date',
  'keep-alive',
  'transfer-encoding',
  'vary',
  'x-accel-buffering',
]);

/** helmet's: they tell the browser what to do, and no script. */
const OF_HELMET =
  /^(content-security-policy|cross-origin-|origin-agent-cluster|referrer-policy|x-(content-type|dns|download|frame|permitted|xss))/;

describe('headers for scripts in a browser', () => {
  let easel: RunningEasel;
  beforeAll(async () => {
    easel = await startEasel({
      env: { PROXY_API_KEY: 'k', PROXY_AUTH_MODE: 'strict' },
      consumers: [
        {
          consumer: {
            name: 'design',
            role: 'member',
            enabled: true,
            limits: { imagesPerMinute: 20 },
          },
          keys: [keyDigest('key-of-design').toString('hex')],
        },
      ],
    });
  });
  afterAll(() => easel.close());

  const KEY = { authorization: 'Bearer k', origin: 'https://app.example' };

  /** The second response to an Idempotency-Key. */
  async function sentAgain(): Promise<Response> {
    const keyed = { ...KEY, 'idempotency-key': 'mine' };
    await easel.generate({ prompt: 'x' }, keyed);
    return easel.generate({ prompt: 'x' }, keyed);
  }

  /** The retry of a client that had hung up. */
  async function takenOver(): Promise<Response> {
    easel.emulator.injectFault({ kind: 'latency', ms: 500, count: 1 });
    const client = new AbortController();
    const before = easel.emulator.requests.length;
    const gone = fetch(`${easel.url}/v1/images/generations`, {
      method: 'POST',
      headers: { ...KEY, 'content-type': 'application/json' },
      body: '{"prompt":"gone"}',
      signal: client.signal,
    }).catch(() => undefined);
    await until(() => easel.emulator.requests.length > before);
    client.abort();
    await gone;
    await until(() => easel.rawLog().includes('are finished without their client'));
    return easel.generate({ prompt: 'gone' }, { ...KEY, 'x-stainless-retry-count': '1' });
  }

  it('are all of those that are sent, and no others', async () => {
    const quota = { kind: 'status', status: 429 } as const;
    const responses = [
      await sentAgain(),
      await takenOver(),
      await easel.generate({ prompt: 'x', size: '16:9', n: 2 }, KEY),
      await easel.generate({ prompt: 'x', stream: true }, KEY),
      await easel.generate({ prompt: 'x' }, { authorization: 'Bearer key-of-design' }),
      await easel.generate({ prompt: 'x' }),
      await fetch(`${easel.url}/v1/images/generations`, { headers: KEY }),
      await fetch(`${easel.url}/nowhere`, { headers: KEY }),
      await (easel.emulator.injectFault({ kind: 'refusal', count: 1 }),
      easel.generate({ prompt: 'x' }, KEY)),
      await (easel.emulator.injectFault(quota), easel.generate({ prompt: 'x' }, KEY)),
    ];
    expect(responses.map(({ status }) => status)).toEqual([
      200, 200, 200, 200, 200, 401, 405, 404, 400, 429,
    ]);
    const sent = new Set(
      responses
        .flatMap(({ headers }) => [...headers.keys()])
        .filter((name) => !OF_HTTP.has(name) && !OF_HELMET.test(name)),
    );
    // Only the built-in emulator is marked, not one that accounts lead to.
    sent.add('x-upstream');
    expect([...sent].sort()).toEqual(EXPOSED_HEADERS.map((name) => name.toLowerCase()).sort());
    const [first] = responses;
    expect(first?.headers.get('access-control-expose-headers')?.split(',')).toEqual([
      ...EXPOSED_HEADERS,
    ]);
  });
});
