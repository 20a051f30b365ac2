import { startEasel, type EaselOptions, type RunningEasel } from '../running-easel';
import { eventsOf } from '../event-stream';
import { until } from '../until';
import {
  imagePart,
  png,
  startScriptedUpstream,
  type ScriptedCall,
  type ScriptedUpstream,
} from '../scripted-upstream';

const PRO = 'gemini-3-pro-image';

/** Counts as Google sends them; the image is 1K of Pro's: 0.1344 USD. */
const usage = (input: number, text: number, image: number, rest: object = {}) => ({
  promptTokenCount: input,
  candidatesTokenCount: text + image,
  totalTokenCount: input + text + image,
  promptTokensDetails: [{ modality: 'TEXT', tokenCount: input }],
  candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: image }],
  ...rest,
});

describe('what a request cost', () => {
  let easel: RunningEasel;
  let upstream: ScriptedUpstream;
  let image: string;

  beforeAll(async () => {
    image = await png(8);
  });
  afterEach(async () => {
    await easel.close();
    await upstream.close();
  });

  /** Easel in front of an upstream that responds to each call by the script. */
  async function start(
    script: (call: ScriptedCall) => object | undefined,
    options: EaselOptions = {},
    provider: 'gemini' | 'emulator' = 'gemini',
  ): Promise<void> {
    upstream = await startScriptedUpstream((call) => {
      const body = script(call);
      if (body === undefined) {
        call.response.writeHead(503).end('{}');
        return;
      }
      const isStream = call.path.includes('stream');
      call.response.writeHead(200, {
        'content-type': isStream ? 'text/event-stream' : 'application/json',
      });
      const json = JSON.stringify(body);
      call.response.end(isStream ? `data: ${json}\r\n\r\n` : json);
    });
    const account = {
      email: 'studio@example.com',
      provider,
      apiKey: 'key',
      baseUrl: upstream.url,
      maxConcurrency: 8,
      priority: 1,
      enabled: true,
    } as const;
    easel = await startEasel({ ...options, otherAccounts: [account] });
  }
  const made = (usageMetadata?: object, modelVersion = PRO): object => ({
    candidates: [
      { content: { role: 'model', parts: [imagePart(image)] }, finishReason: 'STOP', index: 0 },
    ],
    ...(usageMetadata && { usageMetadata }),
    modelVersion,
  });
  const without = (finishReason: string, usageMetadata?: object): object => ({
    candidates: [{ content: { role: 'model' }, finishReason, index: 0 }],
    ...(usageMetadata && { usageMetadata }),
    modelVersion: PRO,
  });
  const metricsOf = async (name: string): Promise<readonly string[]> => {
    const text = await (await fetch(`${easel.url}/metrics`)).text();
    return text.split('\n').filter((line) => line.startsWith(`${name}{`));
  };
  const cost = async (body: object = {}) =>
    (await easel.generate({ prompt: 'a cat', ...body })).headers.get('x-cost-usd');

  it.each<[string, string, object, object | undefined, string]>([
    ['Pro, 1K', PRO, {}, usage(9, 0, 1120), '0.134418'],
    ['Pro, 4K, thoughts', PRO, { image_size: '4K' }, usage(9, 137, 2000), '0.241662'],
    ['Pro, flex', PRO, {}, usage(9, 10, 1120, { serviceTier: 'flex' }), '0.134469'],
    ['Pro, priority', PRO, {}, usage(10, 10, 1120, { serviceTier: 'priority' }), '0.242172'],
    ['2.1, 1K', 'gemini-nano-banana-2.1', {}, usage(9, 10, 1120), '0.033689'],
    ['2.1, 2K', 'gemini-nano-banana-2.1', { image_size: '2K' }, usage(10, 0, 1680), '0.050415'],
    ['3.1, 512', 'gemini-3.1-flash-image', { image_size: '512' }, usage(8, 0, 747), '0.044824'],
    ['3.1, 4K', 'gemini-3.1-flash-image', { image_size: '4K' }, usage(8, 1, 2520), '0.151207'],
    ['lite', 'gemini-3.1-flash-lite-image', {}, usage(4, 2, 1120), '0.033604'],
    ['2.5', 'gemini-2.5-flash-image', {}, usage(10, 0, 1290), '0.038703'],
    ['no counts: the table', PRO, { image_size: '4K' }, undefined, '0.24'],
  ])('%s', async (_name, model, body, counts, expected) => {
    await start(() => made(counts, model));
    expect(await cost({ model, ...body })).toBe(expected);
  });

  it('sums the images of a request, and those that failed but were billed', async () => {
    await start(({ number }) =>
      number === 1
        ? without('IMAGE_SAFETY', usage(9, 100, 0, { candidatesTokensDetails: undefined }))
        : made(usage(9, 0, 1120)),
    );
    const response = await easel.generate({ prompt: 'a cat', n: 3 });
    expect(response.headers.get('x-images-returned')).toBe('2');
    // 9 × 2 + 100 × 12, and twice 9 × 2 + 1120 × 120 micro-dollars.
    expect(response.headers.get('x-cost-usd')).toBe('0.270054');
  });

  it('counts every attempt of an image', async () => {
    await start(({ number }) =>
      number === 1 ? without('NO_IMAGE', usage(10, 50, 0)) : made(usage(10, 0, 1120)),
    );
    expect(await cost()).toBe('0.13504');
    const line = easel.log.find(({ msg }) => msg === 'POST /v1/images/generations 200');
    expect(line).toMatchObject({
      api: 'images',
      images: { ratio: '1:1', attempts: 2, tokens: { input: 20, output: 1170 }, costUsd: 0.13504 },
    });
  });

  it('is on errors as well: what was billed, or nothing', async () => {
    await start(() => without('IMAGE_SAFETY', usage(10, 50, 0)));
    const refused = await easel.generate({ prompt: 'a cat' });
    expect([refused.status, refused.headers.get('x-cost-usd')]).toEqual([400, '0.00062']);
    const invalid = await easel.generate({ prompt: '' });
    expect([invalid.status, invalid.headers.get('x-cost-usd')]).toEqual([400, null]);
  });

  it('is 0 where Google sent an error', async () => {
    await start(() => undefined, { env: { MAX_ATTEMPTS_PER_IMAGE: '1' } });
    const response = await easel.generate({ prompt: 'a cat' });
    expect([response.status, response.headers.get('x-cost-usd')]).toEqual([502, '0']);
  });

  it('goes by the model that Google rerouted the call to', async () => {
    await start(() => made(usage(8, 0, 1120), 'gemini-3.1-flash-image'));
    expect(await cost()).toBe('0.067204');
    expect(await metricsOf('easel_cost_usd_total')).toEqual([
      'easel_cost_usd_total{model="gemini-3.1-flash-image",consumer="anonymous"} 0.067204',
    ]);
  });

  it('is 0 for what the emulator draws', async () => {
    await start(() => made(usage(9, 0, 1120)), {}, 'emulator');
    expect(await cost()).toBe('0');
  });

  it('is in the last completed event of a stream, with all that came before it', async () => {
    await start(() => made(usage(9, 0, 1120)));
    const response = await easel.generate({
      prompt: 'a cat',
      n: 2,
      stream: true,
      partial_images: 1,
    });
    expect(response.headers.get('x-cost-usd')).toBeNull();
    const events = await eventsOf(response);
    const completed = events.filter(({ name }) => name === 'image_generation.completed');
    expect(completed).toHaveLength(2);
    expect(completed.at(-1)?.data).toMatchObject({
      usage: { total_tokens: 1129, cost: 0.268836 },
    });
  });

  it('is sent to no client if the operator says so', async () => {
    await start(() => made(usage(9, 0, 1120)), { env: { COST_HEADER: 'off' } });
    expect(await cost()).toBeNull();
    const response = await easel.generate({ prompt: 'a cat', stream: true });
    const [event] = await eventsOf(response);
    expect(event?.data).toMatchObject({ usage: { total_tokens: 1129 } });
    expect(event?.data).not.toMatchObject({ usage: { cost: expect.anything() as unknown } });
    expect(await metricsOf('easel_cost_usd_total')).toHaveLength(1);
  });

  describe('in the metrics', () => {
    it('has tokens by kind, cost by consumer, calls by outcome, images by account', async () => {
      await start(
        ({ number }) =>
          number === 1
            ? undefined
            : made(
                usage(30, 10, 1120, {
                  promptTokensDetails: [{ modality: 'IMAGE', tokenCount: 20 }],
                }),
              ),
        {
          env: { ACCOUNT_HEADER: 'masked', PROXY_API_KEY: 'k'.repeat(20), PROXY_AUTH_MODE: 'off' },
        },
      );
      await easel.generate({ prompt: 'a cat' });
      expect(await metricsOf('easel_image_tokens_total')).toEqual([
        `easel_image_tokens_total{model="${PRO}",kind="input_text"} 10`,
        `easel_image_tokens_total{model="${PRO}",kind="input_image"} 20`,
        `easel_image_tokens_total{model="${PRO}",kind="output_text"} 10`,
        `easel_image_tokens_total{model="${PRO}",kind="output_image"} 1120`,
      ]);
      expect(await metricsOf('easel_account_images_total')).toEqual([
        'easel_account_images_total{account="s…o@example.com",outcome="failed"} 1',
        'easel_account_images_total{account="s…o@example.com",outcome="made"} 1',
      ]);
      expect(await metricsOf('easel_upstream_request_duration_seconds_count')).toEqual([
        `easel_upstream_request_duration_seconds_count{model="${PRO}",outcome="overloaded"} 1`,
        `easel_upstream_request_duration_seconds_count{model="${PRO}",outcome="image"} 1`,
      ]);
    });

    it.each<Record<string, string>>([{ ACCOUNT_HEADER: 'off' }, { METRICS_ACCOUNT_LABELS: 'off' }])(
      'names no account with %j',
      async (env) => {
        await start(() => made(usage(9, 0, 1120)), { env });
        await easel.generate({ prompt: 'a cat' });
        expect(await metricsOf('easel_account_images_total')).toEqual([]);
      },
    );

    it('has no cost of what a client has left, and says that it was abandoned', async () => {
      const leaving = new AbortController();
      upstream = await startScriptedUpstream(() => {
        leaving.abort();
      });
      easel = await startEasel({
        accounts: [{ baseUrl: upstream.url }],
        // Nothing is finished for a retry: the call ends with its client.
        env: { ABANDONED_TTL_SECONDS: '0' },
      });
      await fetch(`${easel.url}/v1/images/generations`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ prompt: 'a cat' }),
        signal: leaving.signal,
      }).catch(() => undefined);
      const name = 'easel_upstream_request_duration_seconds_count';
      await until(async () => (await metricsOf(name)).length === 1);
      expect(await metricsOf(name)).toEqual([`${name}{model="${PRO}",outcome="abandoned"} 1`]);
      expect(await metricsOf('easel_cost_usd_total')).toEqual([
        `easel_cost_usd_total{model="${PRO}",consumer="anonymous"} 0`,
      ]);
    });
  });
});
