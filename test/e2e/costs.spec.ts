import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadPriceTable } from '../../src/pricing/load-price-table';
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

/**
 * Micro-dollars, worked out by hand from the published prices: 1129 tokens in, 349 of thoughts and those of the
 * image, by service tier (standard, flex, priority); then an image without token counts.
 */
const COSTS: readonly (readonly [string, string, number, readonly number[], readonly number[]])[] =
  [
    ['gemini-nano-banana-2.1', '1K', 1120, [37911, 35756, 68240], [33600, 33600, 60480]],
    ['gemini-nano-banana-2.1', '2K', 1680, [54711, 52556, 98480], [50400, 50400, 90720]],
    ['gemini-nano-banana-2.1', '4K', 3770, [117411, 115256, 211340], [113000, 113000, 203400]],
    ['gemini-3-pro-image', '1K', 1120, [140846, 137623, 253523], [134400, 134400, 241920]],
    ['gemini-3-pro-image', '2K', 1120, [140846, 137623, 253523], [134400, 134400, 241920]],
    ['gemini-3-pro-image', '4K', 2000, [246446, 243223, 443603], [240000, 240000, 432000]],
    ['gemini-3.1-flash-image', '512', 747, [46432, 45626, 83577], [45000, 45000, 81000]],
    ['gemini-3.1-flash-image', '1K', 1120, [68812, 68006, 123861], [67200, 67200, 120960]],
    ['gemini-3.1-flash-image', '2K', 1680, [102412, 101606, 184341], [101000, 101000, 181800]],
    ['gemini-3.1-flash-image', '4K', 2520, [152812, 152006, 275061], [151000, 151000, 271800]],
    ['gemini-3.1-flash-lite-image', '1K', 1120, [34406, 34003, 61930], [33600, 33600, 60480]],
    ['gemini-2.5-flash-image', '1K', 1290, [39911, 39306, 71840], [39000, 39000, 70200]],
  ];

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

  it.each(COSTS)(
    'is to the micro-dollar that of %s at %s, by tokens or by the table',
    async (...row) => {
      const [model, size, tokens, counted, uncounted] = row;
      let counts: object | undefined;
      await start(() => made(counts, model));
      // Not every model takes a size by name; those make the only one that they have.
      const sized = size === '1K' ? {} : { image_size: size };
      for (const [index, tier] of ['default', 'flex', 'priority'].entries()) {
        const body = { model, ...sized, service_tier: tier };
        counts = {
          promptTokenCount: 1129,
          promptTokensDetails: [
            { modality: 'TEXT', tokenCount: 9 },
            { modality: 'IMAGE', tokenCount: 1120 },
          ],
          candidatesTokenCount: tokens,
          thoughtsTokenCount: 349,
          totalTokenCount: 1129 + 349 + tokens,
          candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: tokens }],
          serviceTier: tier === 'default' ? 'standard' : tier,
        };
        expect([tier, Number(await cost(body))]).toEqual([tier, (counted[index] ?? 0) / 1e6]);
        counts = undefined;
        expect([tier, Number(await cost(body))]).toEqual([tier, (uncounted[index] ?? 0) / 1e6]);
      }
    },
  );

  it('has a row above for each model and size that a price is listed for', () => {
    const listed = [...loadPriceTable(undefined).models].flatMap(([model, { perImage }]) =>
      [...perImage.keys()].map((size) => `${model} ${size}`),
    );
    expect(COSTS.map(([model, size]) => `${model} ${size}`)).toEqual(listed);
  });

  it('uses PRICES_FILE, which replaces whole models and keeps the others', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'easel-prices-')), 'prices.yaml');
    writeFileSync(
      file,
      `asOf: 2027-01-01
source: our contract
models:
  gemini-3-pro-image:
    inputPerMillion: 1
    textOutputPerMillion: 6
    imageOutputPerMillion: 60.0005
    perImage: { 1K: 0.07 }
`,
    );
    let counts: object | undefined;
    let model = PRO;
    await start(() => made(counts, model), { env: { PRICES_FILE: file } });
    const price = async (id: string, metadata?: object, body: object = {}) => {
      [model, counts] = [id, metadata];
      return Number(await cost({ model, ...body })) * 1e6;
    };
    // 9 + 67200.56: half of a micro-dollar and more goes up.
    expect(await price(PRO, usage(9, 0, 1120))).toBeCloseTo(67_210, 3);
    // 60.0005 for each: half goes up.
    expect(await price(PRO, usage(0, 0, 1000))).toBeCloseTo(60_001, 3);
    // The model's new prices lack the size, so the dearest remaining one applies.
    expect(await price(PRO, undefined, { image_size: '4K' })).toBeCloseTo(70_000, 3);
    expect(await price('gemini-2.5-flash-image', usage(10, 0, 1290))).toBeCloseTo(38_703, 3);
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

  it('is on errors too: the billed amount, or 0', async () => {
    await start(() => without('IMAGE_SAFETY', usage(10, 50, 0)));
    const refused = await easel.generate({ prompt: 'a cat' });
    expect([refused.status, refused.headers.get('x-cost-usd')]).toEqual([400, '0.00062']);
    const invalid = await easel.generate({ prompt: '' });
    expect([invalid.status, invalid.headers.get('x-cost-usd')]).toEqual([400, null]);
  });

  it('is 0 if Google sent an error', async () => {
    await start(() => undefined, { env: { MAX_ATTEMPTS_PER_IMAGE: '1' } });
    const response = await easel.generate({ prompt: 'a cat' });
    expect([response.status, response.headers.get('x-cost-usd')]).toEqual([502, '0']);
  });

  it('uses the price of the model that Google rerouted the call to', async () => {
    await start(() => made(usage(8, 0, 1120), 'gemini-3.1-flash-image'));
    expect(await cost()).toBe('0.067204');
    expect(await metricsOf('easel_cost_usd_total')).toEqual([
      'easel_cost_usd_total{model="gemini-3.1-flash-image",consumer="anonymous"} 0.067204',
    ]);
  });

  it('is 0 for the emulator’s images', async () => {
    await start(() => made(usage(9, 0, 1120)), {}, 'emulator');
    expect(await cost()).toBe('0');
  });

  it('is in the last completed event of a stream, as the total', async () => {
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

  it('is not sent to clients with COST_HEADER=off', async () => {
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
      'leaves out the metric that names accounts with %j',
      async (env) => {
        await start(() => made(usage(9, 0, 1120)), { env });
        await easel.generate({ prompt: 'a cat' });
        const text = await (await fetch(`${easel.url}/metrics`)).text();
        expect(text).toContain('easel_upstream_calls_total');
        // Without its HELP and TYPE too.
        expect(text).not.toContain('easel_account_images_total');
      },
    );

    it('has no cost for an abandoned image, and counts it as abandoned', async () => {
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
