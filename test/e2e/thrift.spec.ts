import { setTimeout as sleep } from 'node:timers/promises';
import { startEasel, type ImagesBody, type RunningEasel } from '../running-easel';

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
  }, 120_000);

  it('never pass an account’s limit, and starve nobody', async () => {
    easel = await startEasel({
      accounts: Array.from({ length: 4 }, () => ({ maxConcurrency: 2 })),
      latencyMs: 20,
    });
    const finished: { n: number }[] = [];
    await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const n = index % 6 === 0 ? 4 : 1;
        const response = await easel.generate({ prompt: 'x', n });
        expect(response.headers.get('x-images-returned')).toBe(String(n));
        finished.push({ n });
        await response.arrayBuffer();
      }),
    );
    for (let index = 1; index <= 4; index += 1) {
      expect(easel.emulator.maxInFlight(`key-of-account-${index}@test`)).toBe(2);
    }
    expect(easel.emulator.requests).toHaveLength(90);
    // Served in turn: of the last to finish, hardly one had asked for a single image.
    const lastTen = finished.slice(-10).filter(({ n }) => n === 1);
    expect(lastTen.length).toBeLessThanOrEqual(5);
  }, 60_000);

  it('are none for a request that is wrong', async () => {
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

  it('are none after the client has left, also where a retry was due', async () => {
    easel = await startEasel({ accounts: 2 });
    easel.emulator.injectFault({ kind: 'status', status: 503 });
    const client = new AbortController();
    const call = fetch(`${easel.url}/v1/images/generations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"prompt":"x","n":2}',
      signal: client.signal,
    }).catch(() => undefined);
    await sleep(300);
    client.abort();
    await call;
    const calls = easel.emulator.requests.length;
    await sleep(2500);
    expect(easel.emulator.requests).toHaveLength(calls);
  });
});
