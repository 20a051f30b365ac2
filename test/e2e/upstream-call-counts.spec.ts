import { setTimeout as sleep } from 'node:timers/promises';
import { startEasel, type ImagesBody, type RunningEasel } from '../running-easel';
import { png, respondWhole, startScriptedUpstream } from '../scripted-upstream';
import { until } from '../until';

/** Upstream calls, which cost money, held against the images that came of them. */
describe('upstream calls', () => {
  let easel: RunningEasel;

  afterEach(() => easel.close());

  it('are one for each image when nothing fails', async () => {
    easel = await startEasel({ accounts: 5 });
    const sizes = [1, 4, 2, 10, 3, 1, 1, 8];
    let images = 0;
    for (let round = 0; images < 200; round += 1) {
      const batch = sizes.map((n) => Math.min(n, 200 - images));
      const bodies = await Promise.all(
        batch
          .filter((n) => n > 0)
          .map(async (n) => {
            const response = await easel.generate({ prompt: 'x', n, size: '512x512' });
            return (await response.json()) as ImagesBody;
          }),
      );
      images += bodies.reduce((sum, { data }) => sum + data.length, 0);
      if (images > 200) {
        break;
      }
    }
    expect(easel.emulator.requests).toHaveLength(images);
    expect(images).toBeGreaterThanOrEqual(200);
  });

  it('never exceed an account’s limit, and starve no request', async () => {
    const image = await png(8);
    const inFlight = new Map<string, number>();
    const most = new Map<string, number>();
    let release: () => void = () => undefined;
    const allWait = new Promise<void>((resolve) => (release = resolve));
    const upstream = await startScriptedUpstream(async (call) => {
      const running = (inFlight.get(call.key) ?? 0) + 1;
      inFlight.set(call.key, running);
      most.set(call.key, Math.max(running, most.get(call.key) ?? 0));
      await allWait;
      inFlight.set(call.key, running - 1);
      respondWhole(call, image);
    });
    easel = await startEasel({
      accounts: Array.from({ length: 4 }, (_, index) => ({
        email: `account-${index + 1}@test`,
        baseUrl: upstream.url,
        maxConcurrency: 2,
      })),
    });
    const responses = Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const n = index % 6 === 0 ? 4 : 1;
        const response = await easel.generate({ prompt: n === 1 ? 'alone' : 'of four', n });
        expect(response.headers.get('x-images-returned')).toBe(String(n));
        await response.arrayBuffer();
      }),
    );
    await until(async () => {
      const metrics = await (await fetch(`${easel.url}/metrics`)).text();
      return metrics.includes('\neasel_images_waiting 82\n');
    });
    expect(upstream.calls).toHaveLength(8);
    release();
    await responses;
    await upstream.close();
    expect([...most.values()]).toEqual([2, 2, 2, 2]);
    expect(upstream.calls).toHaveLength(90);
    // In its first turn each request gets one image. The 22 images after that are those of the
    // requests for four; eight calls run at once and may overtake each other.
    const lastAlone = upstream.calls.findLastIndex(({ body }) => body.includes('alone'));
    expect(lastAlone).toBeLessThan(8 + 60 + 8);
  });

  it('are none for an invalid request', async () => {
    easel = await startEasel();
    for (const body of [
      {},
      { prompt: '' },
      { prompt: 'x', n: 0 },
      { prompt: 'x', model: 'gpt-4o' },
    ]) {
      expect((await easel.generate(body)).status).toBeGreaterThanOrEqual(400);
    }
    expect(easel.emulator.requests).toHaveLength(0);
  });

  it('are none after the client hung up, even if a retry was due', async () => {
    easel = await startEasel({ accounts: 2 });
    easel.emulator.injectFault({ kind: 'status', status: 503 });
    const client = new AbortController();
    const call = fetch(`${easel.url}/v1/images/generations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"prompt":"x","n":2}',
      signal: client.signal,
    }).catch(() => undefined);
    await until(() => easel.emulator.requests.length >= 2);
    client.abort();
    await call;
    await until(() => easel.rawLog().includes('client disconnected'));
    const calls = easel.emulator.requests.length;
    await sleep(2500);
    expect(easel.emulator.requests).toHaveLength(calls);
  });
});
