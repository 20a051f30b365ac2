import type { Account } from '../accounts/account';
import { AccountPoolService } from '../accounts/account-pool.service';
import { MemoryBudget } from '../memory/memory-budget';
import { Metrics } from './metrics';

const MODEL = 'gemini-3-pro-image';

const account = (email: string, enabled = true): Account => ({
  email,
  provider: 'gemini',
  apiKey: `key-of-${email}`,
  maxConcurrency: 1,
  priority: 1,
  enabled,
});

const poolOf = (...accounts: Account[]) =>
  new AccountPoolService(accounts, {
    scheduling: 'balanced',
    maxInflightImages: 10,
    maxWaitingImages: 10,
  });

const request = (signal = new AbortController().signal) => ({
  model: MODEL,
  tried: new Set<string>(),
  context: { pinnedAccount: undefined, deadlineAt: Date.now() + 600_000, newCalls: signal },
});

/** The samples of our own, without the histogram's buckets. */
async function samples(metrics: Metrics): Promise<Record<string, number>> {
  const lines = (await metrics.text()).split('\n').filter((line) => /^easel_(?!.*le=)/.test(line));
  return Object.fromEntries(
    lines.map((line) => {
      const end = line.lastIndexOf(' ');
      return [line.slice(0, end), Number(line.slice(end + 1))];
    }),
  );
}

/** Nothing is held. */
const MEMORY = {
  easel_inflight_bytes: 0,
  easel_inflight_bytes_limit: 1000,
  easel_images_waiting_for_memory: 0,
};

const metricsOf = (pool: AccountPoolService, memory: MemoryBudget) =>
  new Metrics(
    pool,
    memory,
    {
      metrics: { maxConsumers: 2, namesAccounts: true },
    },
    undefined,
  );

describe('Metrics', () => {
  it('reads the state of the pool at each scrape', async () => {
    const pool = poolOf(account('a@test'), account('b@test'), account('c@test', false));
    const metrics = metricsOf(pool, new MemoryBudget(1000, 0));
    const first = await pool.lease(request());
    const second = await pool.lease(request());
    const client = new AbortController();
    const third = pool.lease(request(client.signal)).catch(() => 'left');
    expect(await samples(metrics)).toEqual({
      'easel_accounts{state="ready"}': 2,
      'easel_accounts{state="cooling"}': 0,
      'easel_accounts{state="exhausted"}': 0,
      'easel_accounts{state="disabled"}': 1,
      easel_images_in_flight: 2,
      easel_images_waiting: 1,
      ...MEMORY,
    });
    client.abort();
    expect(await third).toBe('left');
    first.end({ kind: 'image' });
    second.end({
      kind: 'failure',
      failure: { kind: 'rate_limit', reason: '429', retryAfterMs: 60_000 },
    });
    expect(await samples(metrics)).toEqual({
      'easel_accounts{state="ready"}': 1,
      'easel_accounts{state="cooling"}': 1,
      'easel_accounts{state="exhausted"}': 0,
      'easel_accounts{state="disabled"}': 1,
      easel_images_in_flight: 0,
      easel_images_waiting: 0,
      ...MEMORY,
      'easel_upstream_calls_total{outcome="image"}': 1,
      'easel_upstream_calls_total{outcome="rate_limit"}': 1,
    });
  });

  it('does not count calls twice in two scrapes', async () => {
    const pool = poolOf(account('a@test'));
    const metrics = metricsOf(pool, new MemoryBudget(1000, 0));
    (await pool.lease(request())).end({ kind: 'abandoned' });
    await metrics.text();
    expect(await samples(metrics)).toMatchObject({
      'easel_upstream_calls_total{outcome="abandoned"}': 1,
    });
  });

  it('separates the counts of two applications in one process', async () => {
    const one = metricsOf(poolOf(account('a@test')), new MemoryBudget(1000, 0));
    const other = metricsOf(
      poolOf(account('a@test'), account('b@test')),
      new MemoryBudget(1000, 0),
    );
    one.countRequest({ method: 'GET', route: '/healthz', status: '200' }, 0.02);
    one.countFault('rate_limited');
    one.countImages(MODEL, 'made', 3);
    expect(await samples(one)).toMatchObject({
      'easel_http_requests_total{method="GET",route="/healthz",status="200"}': 1,
      'easel_http_request_duration_seconds_count{route="/healthz",status="200"}': 1,
      'easel_faults_total{fault="rate_limited"}': 1,
      [`easel_images_total{model="${MODEL}",outcome="made"}`]: 3,
      'easel_accounts{state="ready"}': 1,
    });
    expect(Object.keys(await samples(other)).join()).not.toMatch(/http|faults|images_total/);
    expect(await samples(other)).toMatchObject({ 'easel_accounts{state="ready"}': 2 });
    for (const metrics of [one, other]) {
      expect(await metrics.text()).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
    }
  });

  it('puts a duration into the right bucket', async () => {
    const metrics = metricsOf(poolOf(), new MemoryBudget(1000, 0));
    metrics.countRequest({ method: 'POST', route: '/v1/images/edits', status: '200' }, 25);
    const text = await metrics.text();
    expect(text).toMatch(/_bucket\{le="20",route="\/v1\/images\/edits",status="200"\} 0$/m);
    expect(text).toMatch(/_bucket\{le="30",route="\/v1\/images\/edits",status="200"\} 1$/m);
    expect(text).toMatch(/_bucket\{le="600",/);
  });
});
