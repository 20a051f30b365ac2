import { randomBytes } from 'node:crypto';
import { ChaosUpstream } from '../../chaos/chaos-upstream';
import type { Exchange } from '../../chaos/exchange';
import { History } from '../../chaos/history';
import { Oracle, type Check } from '../../chaos/oracle';
import { Plan } from '../../chaos/plan';
import type { PlannedRequest } from '../../chaos/planned-request';
import { digestOf } from '../../chaos/response-images';
import { REQUEST_DEADLINE_MS } from '../../chaos/world';

const REQUEST: PlannedRequest = {
  ...new Plan(1).request(0),
  kind: 'generation',
  consumer: 'steady',
  n: 2,
};
const [own, alsoOwn, draft, foreign, unknown] = Array.from({ length: 5 }, () => randomBytes(500));

const imagesBody = (...images: readonly (Buffer | undefined)[]) =>
  Buffer.from(
    JSON.stringify({ data: images.map((image) => ({ b64_json: image?.toString('base64') })) }),
  );

describe('the oracle of a chaos run', () => {
  let oracle: Oracle;
  let history: History;

  beforeEach(() => {
    const upstream = new ChaosUpstream(() => REQUEST);
    for (const [image, request, isDraft] of [
      [own, 1, false],
      [alsoOwn, 1, false],
      [draft, 1, true],
      [foreign, 2, false],
    ] as const) {
      upstream.made.set(digestOf(image ?? Buffer.alloc(0)), { request, isDraft });
    }
    history = new History();
    oracle = new Oracle(upstream, history);
  });

  const exchangeOf = (exchange: Partial<Exchange> = {}): Exchange => ({
    sent: { method: 'POST', url: '', headers: {} },
    startedAt: 100,
    headAt: 200,
    endedAt: 300,
    status: 200,
    headers: {},
    body: imagesBody(own, alsoOwn),
    end: 'whole',
    reason: '',
    ...exchange,
  });
  const judge = (exchange: Partial<Exchange>): readonly Check[] => {
    oracle.judge(1, REQUEST, exchangeOf(exchange), 'a request');
    return oracle.violations.map(({ check }) => check);
  };

  it('accepts the images that were made for a request', () => {
    expect(judge({})).toEqual([]);
    expect(oracle.images).toBe(2);
  });

  it.each<[what: string, exchange: Partial<Exchange>, violated: Check]>([
    ['of another', { body: imagesBody(own, foreign) }, 'every byte belongs to its request'],
    [
      'in bytes that nobody made',
      { body: imagesBody(own, alsoOwn, unknown) },
      'every byte belongs to its request',
    ],
    ['that is missing', { body: imagesBody(own) }, 'a calm request gets all its images'],
    ['that came twice', { body: imagesBody(own, own) }, 'a calm request gets all its images'],
    [
      'that is only a draft',
      { body: imagesBody(own, draft) },
      'a calm request gets all its images',
    ],
    [
      'that came late',
      { headAt: 100 + REQUEST_DEADLINE_MS + 10_000 },
      'nothing waits longer than its deadline',
    ],
    [
      'instead of which came a 500',
      { status: 500, body: Buffer.from('{}') },
      'every error is explained',
    ],
    [
      'that broke off for no reason',
      { end: 'broken', body: imagesBody(own) },
      'every error is explained',
    ],
  ])('refuses an image %s', (_what, exchange, violated) => {
    expect(judge(exchange)).toEqual([violated]);
  });

  it('accepts a broken connection, and half an image, while a replica is killed', () => {
    history.kills.push({ which: 0, at: 250 });
    const half = imagesBody(own, alsoOwn).subarray(0, -200);
    expect(judge({ end: 'broken', body: half })).toEqual([]);
  });

  const REPLAYED = { 'idempotent-replayed': 'true' };
  it.each<[what: string, second: Partial<Exchange>, violations: number]>([
    ['the same images', { headers: REPLAYED }, 0],
    ['them in another order', { headers: REPLAYED, body: imagesBody(alsoOwn, own) }, 0],
    ['them but for a draft', { headers: REPLAYED, body: imagesBody(own, alsoOwn, draft) }, 0],
    ['one of them', { headers: REPLAYED, body: imagesBody(own) }, 1],
    ['them, made anew', {}, 1],
    ['an error', { headers: REPLAYED, status: 400, body: Buffer.from('{}') }, 1],
  ])('judges a replay of two images with %s', (_what, second, violations) => {
    oracle.judgeReplay(exchangeOf(), exchangeOf(second), 'a request');
    expect(oracle.violations).toHaveLength(violations);
  });

  it('requires nothing of a response whose client hung up', () => {
    expect(judge({ end: 'left', status: undefined, body: Buffer.alloc(0) })).toEqual([]);
  });
});
