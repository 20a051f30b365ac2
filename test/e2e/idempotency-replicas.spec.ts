import { setTimeout as sleep } from 'node:timers/promises';
import { describeWithPostgres, PostgresServer } from '../postgres-server';
import { startEasel, type ImagesBody, type RunningEasel } from '../running-easel';
import { BUCKET, S3_CREDENTIALS, startS3Server, type S3Server } from '../s3-server';
import {
  png,
  respondWhole,
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../scripted-upstream';
import { until } from '../until';

const KEY = { authorization: 'Bearer mine' };
const STORM_KEYS = 40;
const KEYED = { ...KEY, 'idempotency-key': 'one' };

describeWithPostgres('Idempotency-Keys on two replicas', () => {
  let postgres: PostgresServer;
  let s3: S3Server;
  let upstream: ScriptedUpstream;
  let easels: readonly RunningEasel[];
  const before = { ...process.env };
  let storms = 0;

  beforeAll(async () => {
    postgres = await PostgresServer.start();
  });
  afterAll(() => postgres.close());
  const start = async () => {
    s3 = await startS3Server();
    Object.assign(process.env, {
      AWS_ACCESS_KEY_ID: S3_CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: S3_CREDENTIALS.secretAccessKey,
      AWS_EC2_METADATA_DISABLED: 'true',
    });
    upstream = await startScriptedUpstream(() => undefined);
    const env = {
      DATABASE_URL: postgres.url,
      IMAGE_STORE: `s3://${BUCKET}/`,
      S3_ENDPOINT: s3.url,
      S3_REGION: 'eu-west-3',
      URL_SIGNING_KEY: 'the signing key of all the replicas',
      PROXY_API_KEY: 'mine',
    };
    const accounts = [{ email: 'one@test', baseUrl: upstream.url, maxConcurrency: 64 }];
    easels = await Promise.all([startEasel({ env, accounts }), startEasel({ env, accounts })]);
  };
  const stop = async () => {
    await Promise.all(easels.map((easel) => easel.close()));
    await upstream.close();
    await s3.close();
    process.env = { ...before };
  };
  beforeEach(start);
  afterEach(stop);

  it('make one image, which requests waiting on other replicas get', async () => {
    const key = { ...KEYED, 'idempotency-key': 'shared' };
    const image = await png(8);
    const first = easels[0]?.generate({ prompt: 'x' }, key);
    await until(() => upstream.calls.length === 1);
    const second = easels[1]?.generate({ prompt: 'x' }, key);
    const other = await easels[1]?.generate({ prompt: 'y' }, key);
    expect(other?.status).toBe(422);
    upstream.calls.forEach((call) => {
      respondWhole(call, image);
    });
    const texts = await Promise.all([(await first)?.text(), (await second)?.text()]);
    expect(texts[1]).toBe(texts[0]);
    expect((await second)?.headers.get('idempotent-replayed')).toBe('true');
    expect(upstream.calls).toHaveLength(1);
  });

  it('refuse a different body, but no request with the right one', async () => {
    const named = { ...KEYED, 'idempotency-key': 'two-bodies' };
    const image = await png(8);
    const first = easels[0]?.generate({ prompt: 'x' }, named);
    await until(() => upstream.calls.length === 1);
    upstream.calls.forEach((call) => {
      respondWhole(call, image);
    });
    const text = await (await first)?.text();
    // One question to the database is for all of them.
    const bodies = Array.from({ length: 8 }, (_, index) => (index % 2 === 0 ? 'y' : 'x'));
    const [, other] = easels;
    if (other === undefined) {
      throw new Error('no second replica');
    }
    const responses = await Promise.all(bodies.map((prompt) => other.generate({ prompt }, named)));
    expect(responses.map(({ status }) => status)).toEqual(
      bodies.map((prompt) => (prompt === 'x' ? 200 : 422)),
    );
    for (const response of responses.filter(({ status }) => status === 200)) {
      expect(await response.text()).toBe(text);
    }
    expect(upstream.calls).toHaveLength(1);
  });

  it('let 16 requests wait on each replica, and drop none of them for a later one', async () => {
    const named = { ...KEYED, 'idempotency-key': 'awaited' };
    const image = await png(8);
    const first = easels[0]?.generate({ prompt: 'x' }, named);
    await until(() => upstream.calls.length === 1);
    const [, other] = easels;
    if (other === undefined) {
      throw new Error('no second replica');
    }
    const refused: Promise<Response>[] = [];
    const ask = () => {
      const asked = other.generate({ prompt: 'x' }, named);
      void asked.then(() => refused.push(asked));
      return asked;
    };
    const waiting = Array.from({ length: 17 }, ask);
    await until(() => refused.length === 1);
    // For longer than a waiter rests between two looks, so that each look meets newcomers.
    const newcomers: Promise<Response>[] = [];
    for (let index = 0; index < 100; index += 1) {
      newcomers.push(ask());
      await sleep(20);
    }
    await until(() => refused.length === 101);
    expect(newcomers.filter((asked) => !refused.includes(asked))).toEqual([]);
    for (const response of await Promise.all(refused)) {
      expect([response.status, response.headers.get('retry-after')]).toEqual([409, '2']);
      expect(await response.json()).toHaveProperty('error.code', 'idempotency_in_progress');
    }
    const patient = waiting.filter((asked) => !refused.includes(asked));
    upstream.calls.forEach((call) => {
      respondWhole(call, image);
    });
    await first;
    const served = await Promise.all(patient);
    expect(served.map(({ status }) => status)).toEqual(Array.from({ length: 16 }, () => 200));
    expect(upstream.calls).toHaveLength(1);
  });

  /** What is promised holds while the database responds in time: where it did not, a key is one replica's. */
  const isDegraded = () =>
    easels.some((easel) => easel.rawLog().includes('valid within this process only'));

  it('are one upstream call for each image in a storm of hang-ups and retries', async () => {
    for (let round = 0; round < 5; round += 1) {
      const calls = await storm();
      if (!isDegraded()) {
        expect(calls).toEqual(Array.from({ length: STORM_KEYS }, () => 1));
        expect(upstream.calls).toHaveLength(STORM_KEYS);
        return;
      }
      await stop();
      await start();
    }
    throw new Error('the database never responded in time');
  });

  /** @returns how often each image was made */
  async function storm(): Promise<readonly number[]> {
    const images = new Map<string, string>();
    const sizes = await Promise.all(
      Array.from({ length: STORM_KEYS }, (_, index) => png(8, 8 + index)),
    );
    sizes.forEach((image, index) => images.set(`picture ${index}.`, image));
    const calls = new Map<string, number>();
    storms += 1;
    const responding = setInterval(() => {
      for (const call of upstream.calls) {
        if (!call.response.writableEnded && !call.response.destroyed) {
          const prompt = /picture \d+\./.exec(call.body.toString())?.[0] ?? '';
          calls.set(prompt, (calls.get(prompt) ?? 0) + 1);
          respondWhole(call, images.get(prompt) ?? '');
        }
      }
    }, 150);
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return Math.floor((seed / 2 ** 31) * below);
    };
    const ask = async (index: number): Promise<void> => {
      const prompt = `picture ${index}.`;
      for (let attempt = 0; ; attempt += 1) {
        const hangsUp = attempt < 3 && random(3) === 0;
        const response = await fetch(`${easels[random(2)]?.url ?? ''}/v1/images/generations`, {
          method: 'POST',
          headers: {
            ...KEYED,
            'content-type': 'application/json',
            'idempotency-key': `storm-${storms}-${index}`,
          },
          body: JSON.stringify({ prompt }),
          ...(hangsUp ? { signal: AbortSignal.timeout(20 + random(400)) } : {}),
        }).catch(() => undefined);
        const body = (await response?.json().catch(() => undefined)) as ImagesBody | undefined;
        if (response?.status === 200 && body !== undefined) {
          expect(body.data.map((item) => item.b64_json)).toEqual([images.get(prompt)]);
          return;
        }
        expect([undefined, 200, 409]).toContain(response?.status);
        if (response?.status === 409) {
          expect(response.headers.get('retry-after')).toBe('2');
          await sleep(50);
        }
      }
    };
    await Promise.all(Array.from({ length: 300 }, (_, index) => ask(index % STORM_KEYS)));
    clearInterval(responding);
    return [...calls.values()];
  }
});
