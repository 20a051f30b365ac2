import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEasel, type RunningEasel } from '../running-easel';

const KEY = 'sk-right-0123456789';

interface Plan {
  readonly model: string;
  readonly aspect_ratio: string | null;
  readonly image_size: string | null;
  readonly calls: number;
  readonly list_price_usd: number;
  readonly warnings: readonly string[];
}

describe('the server of the console', () => {
  let open: RunningEasel;
  let locked: RunningEasel;

  beforeAll(async () => {
    open = await startEasel();
    locked = await startEasel({ env: { PROXY_API_KEY: KEY, PROXY_AUTH_MODE: 'strict' } });
  });
  afterAll(() => Promise.all([open.close(), locked.close()]));

  it.each(['/console', '/console/'])('has its page at %s, without a key', async (path) => {
    for (const easel of [open, locked]) {
      const response = await fetch(`${easel.url}${path}`);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(response.headers.get('cache-control')).toBe('no-cache');
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      const policy = response.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toContain('unsafe');
      const page = await response.text();
      const assets = [...page.matchAll(/(?:src|href)="(\.\/[^"]+)"/g)].map(([, url = '']) => url);
      expect(assets.length).toBeGreaterThan(1);
      for (const url of assets) {
        const asset = await fetch(new URL(url, `${easel.url}${path}`));
        expect([url, asset.status]).toEqual([url, 200]);
        expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      }
      // What the page does not change with is not sent again.
      const again = await fetch(`${easel.url}${path}`, {
        headers: { 'if-none-match': response.headers.get('etag') ?? '' },
      });
      expect(again.status).toBe(304);
    }
  });

  it('responds to HEAD, and to other methods with 405', async () => {
    const head = await fetch(`${locked.url}/console`, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(0);
    const post = await fetch(`${open.url}/console`, { method: 'POST' });
    expect(post.status).toBe(405);
    expect(post.headers.get('allow')).toContain('GET');
  });

  it.each(['nothing.js', '..%2F..%2Fmain.js', '..%5Cmain.js', 'main.js%00.css', '.'])(
    'has no asset %s',
    async (name) => {
      const response = await fetch(`${open.url}/console/assets/${name}`);
      expect(response.status).toBe(404);
      expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    },
  );

  it('says what the caller’s key may use', async () => {
    expect((await fetch(`${locked.url}/console/config`)).status).toBe(401);
    const response = await fetch(`${locked.url}/console/config`, {
      headers: { authorization: `Bearer ${KEY}` },
    });
    expect(await response.json()).toMatchObject({
      api_keys: 'strict',
      consumer: 'proxy',
      role: 'operator',
      // The upstream of the tests is no emulator to Easel.
      emulator: false,
      default_model: 'gemini-3-pro-image',
      max_images: 10,
      formats: ['png', 'jpeg', 'webp'],
    });
    const anonymous = await (await fetch(`${open.url}/console/config`)).json();
    expect(anonymous).toMatchObject({ api_keys: 'off', consumer: 'anonymous' });
    expect(anonymous).toHaveProperty('models.0', {
      id: 'gemini-3-pro-image',
      name: 'Nano Banana Pro (Gemini 3 Pro Image)',
      aspect_ratios: ['1:1', '2:3', '3:2', '3:4', '4:3', '4:5', '5:4', '9:16', '16:9', '21:9'],
      image_sizes: ['1K', '2K', '4K'],
      withheld_image_sizes: [],
      qualities: ['hd', 'medium'],
      complexities: [],
      max_input_images: 14,
    });
  });

  describe('POST /v1/images/plan', () => {
    const post = (body: object, path = '/v1/images/plan') =>
      fetch(`${open.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });

    it.each<[string, object, Partial<Plan>]>([
      [
        'the least it takes',
        {},
        {
          model: 'gemini-3-pro-image',
          aspect_ratio: '1:1',
          image_size: null,
          calls: 1,
          list_price_usd: 0.1344,
        },
      ],
      [
        'a size and a quality',
        { size: '1920x1080', quality: 'hd', n: 3 },
        { aspect_ratio: '16:9', image_size: '4K', calls: 3, list_price_usd: 0.72 },
      ],
      ['a size that no ratio is near', { size: '1000x990' }, { aspect_ratio: '1:1' }],
      ['a service tier', { service_tier: 'priority' }, { list_price_usd: 0.24192 }],
      [
        'another model',
        { model: 'gemini-2.5-flash-image', quality: 'hd' },
        { model: 'gemini-2.5-flash-image', image_size: null, list_price_usd: 0.039 },
      ],
    ])('says what would be sent: %s', async (_name, fields, expected) => {
      const response = await post({ prompt: 'x', ...fields });
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject(expected);
    });

    it.each<[string, object]>([
      ['no prompt', { n: 1 }],
      ['n of 0', { prompt: 'x', n: 0 }],
      ['n above the most', { prompt: 'x', n: 11 }],
      ['an unknown ratio', { prompt: 'x', aspect_ratio: '7:5' }],
      ['an unknown model', { prompt: 'x', model: 'gpt-4o' }],
    ])('refuses what a generation refuses, with the same words: %s', async (_name, body) => {
      const [planned, generated] = await Promise.all([
        post(body),
        post(body, '/v1/images/generations'),
      ]);
      expect(planned.status).toBe(generated.status);
      expect(planned.status).toBeGreaterThanOrEqual(400);
      expect(await planned.json()).toEqual(await generated.json());
    });

    it('agrees with the generation', async () => {
      const body = {
        prompt: 'x',
        size: '1536x1024',
        quality: 'medium',
        n: 2,
        style: 'vivid',
        user: 'u',
      };
      const plan = (await (await post(body)).json()) as Plan;
      const { headers } = await post(body, '/v1/images/generations');
      expect(headers.get('x-image-model')).toBe(plan.model);
      expect(headers.get('x-image-aspect-ratio')).toBe(plan.aspect_ratio);
      expect(headers.get('x-image-size')).toBe(plan.image_size);
      expect(headers.get('x-images-requested')).toBe(String(plan.calls));
      expect(headers.get('x-mapping-warning') ?? '').toBe(plan.warnings.join(', '));
    });

    it('uses up no limit of the consumer, and works when a limit is used up', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'easel-plan-'));
      const key = 'sk-design-0123456789';
      const limited = await startEasel({
        env: {
          PROXY_AUTH_MODE: 'strict',
          PROXY_API_KEY: KEY,
          DATABASE_URL: '',
          DATA_DIR: folder,
        },
        consumers: [
          {
            consumer: {
              name: 'design',
              role: 'member',
              enabled: true,
              limits: { imagesPerMinute: 2, imagesPerDay: 2, concurrentImages: 2 },
              budget: { usdPerMonth: 0.3 },
            },
            keys: [createHash('sha256').update(key).digest('hex')],
          },
        ],
      });
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
      const ask = (path: string, fields: object = {}) =>
        fetch(`${limited.url}/v1/images/${path}`, {
          method: 'POST',
          headers,
          body: JSON.stringify({ prompt: 'x', ...fields }),
        });
      const left = async () => {
        const answer = await fetch(`${limited.url}/v1/key`, { headers });
        return (await answer.json()) as { limits: object; budget: object };
      };
      try {
        const untouched = await left();
        expect(untouched).toMatchObject({
          limits: {
            images_per_minute: { remaining: 2 },
            images_per_day: { remaining: 2 },
            concurrent_images: { remaining: 2 },
          },
          budget: { spent_usd: 0 },
        });
        for (let count = 0; count < 5; count += 1) {
          const planned = await ask('plan', { n: 2 });
          expect(planned.status).toBe(200);
          expect(planned.headers.get('x-ratelimit-remaining-images')).toBe('2');
        }
        expect(await left()).toEqual(untouched);

        expect((await ask('generations', { n: 2 })).status).toBe(200);
        expect((await ask('generations')).status).toBe(429);
        const planned = await ask('plan', { n: 2 });
        expect(planned.status).toBe(200);
        expect(planned.headers.get('x-ratelimit-remaining-images')).toBe('0');
        expect(limited.emulator.requests).toHaveLength(2);
      } finally {
        await limited.close();
        rmSync(folder, { recursive: true, force: true });
      }
    });

    it('needs a key like other routes, and works under the other base URLs', async () => {
      const response = await fetch(`${locked.url}/v1/images/plan`, { method: 'POST' });
      expect(response.status).toBe(401);
      for (const path of ['/images/plan', '/api/v1/images/plan', '/v1/images/plan/']) {
        expect((await post({ prompt: 'x' }, path)).status).toBe(200);
      }
    });
  });
});
