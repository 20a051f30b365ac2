import { setTimeout as sleep } from 'node:timers/promises';
import { describeWithRedis, RedisServer } from '../../../test/redis-server';
import { until } from '../../../test/until';
import type { Consumer, ConsumerLimitRules } from '../../context/consumer';
import type { RequestOutcome } from '../../context/request-outcome';
import { RedisConnection } from '../../redis/redis-connection';
import { loadPriceTable } from '../../pricing/load-price-table';
import { ConsumerLimits } from './consumer-limits';
import type { ImageReservation } from './image-reservation';
import { SharedLimits } from './shared-limits';
import { ShortLimits } from './short-limits';

const LAPSE_MS = 660_000;

const prices = loadPriceTable(undefined);

const images = (n: number) => ({ model: 'gemini-3-pro-image', n });

const consumer = (limits: ConsumerLimitRules, name = 'design'): Consumer => ({
  name,
  role: 'member',
  enabled: true,
  limits,
});

/** A request, as far as limits know it. */
class FakeRequest {
  readonly outcome: RequestOutcome = { records: [] };
  private readonly listeners: (() => void)[] = [];

  onClosed(listener: () => void): () => void {
    this.listeners.push(listener);
    return () => undefined;
  }

  close(): void {
    this.listeners.forEach((listener) => {
      listener();
    });
  }
}

/** The headers that a response of a consumer would have if its head were written now. */
async function headersOf(limits: ConsumerLimits, who: Consumer) {
  let headers: () => Readonly<Record<string, string>> = () => ({});
  await limits.tell({
    consumer: who,
    addLateHeaders: (late) => {
      headers = late;
    },
  });
  return headers();
}

const granted = (results: readonly PromiseSettledResult<ImageReservation>[]) =>
  results.filter(({ status }) => status === 'fulfilled').length;

describe('ConsumerLimits, by itself', () => {
  const limits = () => new ConsumerLimits(new ShortLimits(LAPSE_MS), prices);

  it('limits neither a consumer without limits nor a request without a consumer', async () => {
    const own = limits();
    const request = new FakeRequest();
    for (const who of [undefined, { ...consumer({}), limits: undefined } as unknown as Consumer]) {
      const reservation = await own.reserve(who, images(1000), request);
      reservation.image(3).notMade();
    }
    expect(await headersOf(own, consumer({ concurrentImages: 3 }))).toEqual({});
  });

  it('reserves all images of a request or none, under concurrent requests', async () => {
    const own = limits();
    const who = consumer({ imagesPerMinute: 20, concurrentImages: 8 });
    const results = await Promise.allSettled(
      Array.from({ length: 100 }, () => own.reserve(who, images(3), new FakeRequest())),
    );
    expect(granted(results)).toBe(2);
    expect(await own.usage(who)).toMatchObject({ inWindow: 6, atWork: 6 });
    const other = consumer({ imagesPerMinute: 20 }, 'shop');
    expect(await own.usage(other)).toMatchObject({ inWindow: 0, atWork: 0 });
  });

  it('reports the consumer, the limit, how much is used, and when it resets', async () => {
    const own = limits();
    const who = consumer({ imagesPerMinute: 4 });
    await own.reserve(who, images(3), new FakeRequest());
    const request = new FakeRequest();
    const before = Date.now();
    await expect(own.reserve(who, images(2), request)).rejects.toMatchObject({
      fault: {
        kind: 'consumer_limit',
        consumer: 'design',
        limit: 'imagesPerMinute',
        max: 4,
        used: 3,
        requested: 2,
        retryAfterSeconds: 60,
        until: expect.any(Number) as number,
      },
    });
    expect(Date.now() - before).toBeLessThan(60_000);
    expect(request.outcome.limit).toBe('imagesPerMinute');
    expect(await headersOf(own, who)).toEqual({
      'x-ratelimit-limit-images': '4',
      'x-ratelimit-remaining-images': '1',
      'x-ratelimit-reset-images': '1m0s',
    });
  });

  it('gives back images that are not made or not begun when the request closes, each once', async () => {
    const own = limits();
    const who = consumer({ imagesPerMinute: 10, concurrentImages: 10 });
    const request = new FakeRequest();
    const reservation = await own.reserve(who, images(4), request);
    reservation.image(0).begin();
    reservation.image(0).made();
    reservation.image(0).notMade();
    reservation.image(1).begin();
    reservation.image(1).notMade();
    reservation.image(1).notMade();
    reservation.image(2).begin();
    expect(await own.usage(who)).toMatchObject({ inWindow: 3, atWork: 2 });
    request.close();
    // The third is being worked on: who does will say what came of it.
    expect(await own.usage(who)).toMatchObject({ inWindow: 2, atWork: 1 });
    reservation.image(2).made();
    expect(await own.usage(who)).toMatchObject({ inWindow: 2, atWork: 0 });
    expect(await headersOf(own, who)).toMatchObject({ 'x-ratelimit-remaining-images': '8' });
  });
});

describeWithRedis('ConsumerLimits of two replicas', () => {
  let redis: RedisServer;
  let replicas: ConsumerLimits[];
  let warnings: object[];

  const log = {
    info: () => undefined,
    warn: (fields: object) => {
      warnings.push(fields);
    },
  };
  const startBoth = async (lapseMs = LAPSE_MS) => {
    const short = new ShortLimits(lapseMs, new SharedLimits(new RedisConnection(redis.url), log));
    const limits = new ConsumerLimits(short, prices);
    replicas.push(limits);
    await short.join();
    return { short, limits };
  };
  const start = async (lapseMs?: number): Promise<ConsumerLimits> =>
    (await startBoth(lapseMs)).limits;

  beforeEach(async () => {
    redis = await RedisServer.start();
    replicas = [];
    warnings = [];
  });
  afterEach(async () => {
    redis.thaw();
    await Promise.all(replicas.map((limits) => limits.onApplicationShutdown()));
    await redis.kill();
  });

  it('never exceed the limits, and charge nothing for a refused request', async () => {
    const [one, other] = [await start(), await start()];
    const who = consumer({ imagesPerMinute: 20, concurrentImages: 8 });
    const results = await Promise.allSettled(
      Array.from({ length: 100 }, (_, index) =>
        (index % 2 === 0 ? one : other).reserve(who, images(3), new FakeRequest()),
      ),
    );
    expect(granted(results)).toBe(2);
    expect(await one.usage(who)).toMatchObject({ inWindow: 6, atWork: 6 });
    expect(await other.usage(who)).toMatchObject({ inWindow: 6, atWork: 6 });
    await expect(other.reserve(who, images(3), new FakeRequest())).rejects.toMatchObject({
      fault: { limit: 'concurrentImages', used: 6, max: 8, retryAfterSeconds: 5 },
    });
  });

  it('give back to all replicas what one has not made', async () => {
    const [one, other] = [await start(), await start()];
    const who = consumer({ imagesPerMinute: 4 });
    const request = new FakeRequest();
    const reservation = await one.reserve(who, images(4), request);
    await expect(other.reserve(who, images(1), new FakeRequest())).rejects.toMatchObject({
      fault: { limit: 'imagesPerMinute', used: 4 },
    });
    reservation.image(0).begin();
    reservation.image(0).made();
    request.close();
    await until(async () => (await other.usage(who)).inWindow === 1);
    await other.reserve(who, images(3), new FakeRequest());
    expect(await one.usage(who)).toMatchObject({ inWindow: 4, atWork: 3 });
  });

  it('tell in their headers what all of them have used', async () => {
    const [one, other] = [await start(), await start()];
    const who = consumer({ imagesPerMinute: 6 });
    await one.reserve(who, images(4), new FakeRequest());
    const left = { 'x-ratelimit-remaining-images': '2' };
    expect(await headersOf(other, who)).toMatchObject(left);
    expect(await headersOf(one, who)).toMatchObject(left);
  });

  it('agree on when a limit resets', async () => {
    const [one, other] = [await start(), await start()];
    const who = consumer({ imagesPerMinute: 2 });
    await one.reserve(who, images(2), new FakeRequest());
    const fault = await other
      .reserve(who, images(1), new FakeRequest())
      .catch((error: unknown) => (error as { fault: { until: number } }).fault);
    expect(fault).toMatchObject({ until: expect.any(Number) as number });
    const { resetMs } = await one.usage(who);
    expect(resetMs).toBeGreaterThan(0);
    expect(resetMs).toBeLessThanOrEqual(60_000);
    // One that is not made resets nothing, on the replica that reserved it neither.
    await sleep(1500);
    const request = new FakeRequest();
    const wider = consumer({ imagesPerMinute: 9 });
    await one.reserve(wider, images(1), request);
    request.close();
    await until(async () => (await one.usage(wider)).inWindow === 2);
    for (const replica of [one, other]) {
      expect((await replica.usage(wider)).resetMs).toBeLessThanOrEqual(resetMs - 1500);
    }
  });

  it('see in each reply what all of them have used, also in that to a refusal and to an end', async () => {
    const [{ short, limits: one }, other] = [await startBoth(), await start()];
    const who = consumer({ imagesPerMinute: 4 });
    const request = new FakeRequest();
    expect(await one.usage(who)).toMatchObject({ inWindow: 0 });
    await other.reserve(who, images(3), request);
    expect(short.lastStatus('design')).toMatchObject({ inWindow: 0 });
    await expect(one.reserve(who, images(2), new FakeRequest())).rejects.toThrow();
    expect(short.lastStatus('design')).toMatchObject({ inWindow: 3, atWork: 3 });
    request.close();
    await until(async () => (await other.usage(who)).inWindow === 0);
    const own = new FakeRequest();
    await one.reserve(who, images(2), own);
    expect(short.lastStatus('design')).toMatchObject({ inWindow: 2, atWork: 2 });
    own.close();
    await until(() => short.lastStatus('design').inWindow === 0);
    expect(short.lastStatus('design')).toEqual({ inWindow: 0, resetMs: 0, atWork: 0 });
  });

  it('forget the images of a dead replica once they lapse', async () => {
    const [one, other] = [await start(300), await start(300)];
    const who = consumer({ concurrentImages: 2 });
    await one.reserve(who, images(2), new FakeRequest());
    await expect(other.reserve(who, images(1), new FakeRequest())).rejects.toThrow();
    // No end of them is ever told.
    await sleep(400);
    await other.reserve(who, images(2), new FakeRequest());
  });

  it('continue from the last counts they saw plus their own while Redis is unavailable, and update it afterwards', async () => {
    const [one, other] = [await start(), await start()];
    const who = consumer({ imagesPerMinute: 6, concurrentImages: 6 });
    const [ended, kept] = [new FakeRequest(), new FakeRequest()];
    await one.reserve(who, images(1), ended);
    await other.reserve(who, images(2), kept);
    expect(await one.usage(who)).toMatchObject({ inWindow: 3 });
    await one.reserve(who, images(1), new FakeRequest());
    await redis.kill();
    // Four in all, as far as this one knows: two more, and not three.
    await expect(one.reserve(who, images(3), new FakeRequest())).rejects.toMatchObject({
      fault: { limit: 'imagesPerMinute', used: 4 },
    });
    await one.reserve(who, images(2), new FakeRequest());
    ended.close();
    expect([one.isShared, warnings.length > 0]).toEqual([false, true]);
    // It comes back without its memory, and learns all of it again, but not what has ended.
    await redis.start();
    await until(() => one.isShared === true && other.isShared === true);
    expect(await other.usage(who)).toMatchObject({ inWindow: 5, atWork: 5 });
  });

  it('report what has ended meanwhile to a Redis that only lost its connections', async () => {
    const [one, other] = [await start(), await start()];
    const who = consumer({ imagesPerMinute: 6, concurrentImages: 6 });
    const request = new FakeRequest();
    await one.reserve(who, images(4), request);
    redis.freeze();
    // Told in vain, after two seconds of silence.
    request.close();
    await until(() => one.isShared === false);
    redis.thaw();
    await until(() => one.isShared === true);
    await until(async () => (await other.usage(who)).atWork === 0);
    expect(await other.usage(who)).toMatchObject({ inWindow: 0, atWork: 0 });
  });
});
