import { Client } from 'pg';
import { LOCAL_WARNING } from '../../src/idempotency/shared-records';
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

jest.setTimeout(120_000);

describeWithPostgres('Idempotency-Keys of two replicas whose database goes away', () => {
  let postgres: PostgresServer;
  let s3: S3Server;
  let upstream: ScriptedUpstream;
  let easels: readonly RunningEasel[];
  let image: string;
  const before = { ...process.env };

  beforeEach(async () => {
    [postgres, s3, upstream, image] = await Promise.all([
      PostgresServer.start(),
      startS3Server(),
      startScriptedUpstream(() => undefined),
      png(8),
    ]);
    Object.assign(process.env, {
      AWS_ACCESS_KEY_ID: S3_CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: S3_CREDENTIALS.secretAccessKey,
      AWS_EC2_METADATA_DISABLED: 'true',
    });
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
    // Each has its connection by then.
    await Promise.all([0, 1].map((replica) => ask(replica, `warm-${replica}`, { n: 0 })));
  });
  afterEach(async () => {
    await Promise.all(easels.map((easel) => easel.close()));
    await Promise.all([upstream.close(), s3.close()]);
    await postgres.close();
    process.env = { ...before };
  });

  const ask = (replica: number, key: string, body: object = { prompt: key }) => {
    const easel = easels[replica];
    if (easel === undefined) {
      throw new Error('no such replica');
    }
    return easel.generate(body, { authorization: 'Bearer mine', 'idempotency-key': key });
  };
  const respondToAll = (): void => {
    for (const call of upstream.calls) {
      if (!call.response.writableEnded) {
        respondWhole(call, image);
      }
    }
  };
  const calls = (count: number) => until(() => upstream.calls.length === count);
  /** Until the database says of so many requests that they are kept. */
  const kept = (count: number) =>
    until(async () => {
      const text =
        "select count(*)::int as n from request_records where content not like 'fault:%'";
      return (await postgres.query(text))[0]?.['n'] === count;
    });
  /** Until the claims of a replica reach the database again: each has a connection of its own to lose. */
  const reaches = (replica: number) => {
    let attempts = 0;
    return until(async () => {
      attempts += 1;
      const response = await ask(replica, `reaches-${replica}-${attempts}`, { n: 0 });
      await response.arrayBuffer();
      return response.headers.get('x-mapping-warning')?.includes(LOCAL_WARNING) !== true;
    });
  };
  const replayed = async (response: Response) => {
    const { data } = (await response.json()) as ImagesBody;
    expect(data.map((item) => item.b64_json)).toEqual([image]);
    return response.headers.get('idempotent-replayed');
  };

  it('learn which requests finished meanwhile, so that none is paid for again', async () => {
    const asked = ask(0, 'begun-before');
    await calls(1);
    await postgres.kill();
    respondToAll();
    expect((await asked).status).toBe(200);
    const during = ask(0, 'begun-meanwhile');
    await calls(2);
    respondToAll();
    expect((await during).headers.get('x-mapping-warning')).toContain(LOCAL_WARNING);
    await postgres.start();
    await kept(2);
    await reaches(1);
    for (const key of ['begun-before', 'begun-meanwhile']) {
      expect(await replayed(await ask(1, key))).toBe('true');
    }
    expect(upstream.calls).toHaveLength(2);
  });

  it('work across replicas again if the database returns while a request is running', async () => {
    await postgres.kill();
    const asked = ask(0, 'long');
    await calls(1);
    await postgres.start();
    await until(async () => {
      const rows = await postgres.query(
        "select state from request_records where state = 'at_work'",
      );
      return rows.length === 1;
    });
    await reaches(1);
    const other = ask(1, 'long');
    respondToAll();
    expect(await replayed(await asked)).toBeNull();
    expect(await replayed(await other)).toBe('true');
    expect(upstream.calls).toHaveLength(1);
  });

  it('hold for all but the one whose question the database does not answer', async () => {
    const first = ask(0, 'locked');
    await calls(1);
    respondToAll();
    await (await first).arrayBuffer();
    await kept(1);
    const locker = new Client({ connectionString: postgres.url });
    await locker.connect();
    try {
      await locker.query('begin');
      await locker.query('select * from request_records for update');
      const locked = ask(1, 'locked');
      await calls(2);
      const free = ask(1, 'free');
      await calls(3);
      respondToAll();
      expect((await locked).headers.get('x-mapping-warning')).toContain(LOCAL_WARNING);
      expect((await free).headers.get('x-mapping-warning')).toBeNull();
    } finally {
      await locker.end();
    }
    expect(await replayed(await ask(0, 'free'))).toBe('true');
  });
});
