import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ownerOf } from '../../src/idempotency/client-identity';
import { recordScope } from '../../src/idempotency/idempotency-key';
import { startProcess, type EaselProcess } from '../easel-process';
import { describeWithPostgres, PostgresServer } from '../postgres-server';
import type { ImagesBody } from '../running-easel';
import { BUCKET, S3_CREDENTIALS, startS3Server, type S3Server } from '../s3-server';
import {
  png,
  respondWhole,
  startScriptedUpstream,
  type ScriptedCall,
  type ScriptedUpstream,
} from '../scripted-upstream';
import { until } from '../until';

const REQUESTS = 300;
const KEYS = 40;
/** Longer than the lease of a replica that has died, which others wait for. */
const DEADLINE_MS = 60_000;
/** What a busy machine may add to a wait. */
const SLACK_MS = 15_000;
const API_KEY = 'mine';
const PROXY_KEY = { authorization: `Bearer ${API_KEY}` };
const GENERATIONS = '/v1/images/generations';

jest.setTimeout(280_000);

const keyed = (key: string) => ({
  ...PROXY_KEY,
  'content-type': 'application/json',
  'idempotency-key': key,
});

/** The same numbers from the same seed. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
}

const keyOf = (call: ScriptedCall): string => `storm-${/\d+/.exec(promptOf(call))?.[0] ?? ''}`;

const promptOf = ({ body }: ScriptedCall): string =>
  /picture \d+\./.exec(body.toString())?.[0] ?? '';

describeWithPostgres('a storm of Idempotency-Keys on two replicas, one of which dies', () => {
  let folder: string;
  let postgres: PostgresServer;
  let s3: S3Server;
  let upstream: ScriptedUpstream;
  /** When each call came. */
  const cameAt = new WeakMap<ScriptedCall, number>();
  let replicas: readonly { readonly process: EaselProcess; readonly url: string }[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'killed-replica-'));
    [postgres, s3, upstream] = await Promise.all([
      PostgresServer.start(),
      startS3Server(),
      startScriptedUpstream((call) => {
        cameAt.set(call, Date.now());
      }),
    ]);
    replicas = await Promise.all(['survivor', 'victim'].map(startReplica));
  });
  afterAll(async () => {
    for (const { process } of replicas) {
      process.child.kill('SIGKILL');
      await process.exit;
    }
    await Promise.all([upstream.close(), s3.close()]);
    await postgres.close();
    rmSync(folder, { recursive: true });
  });

  /** Its API key identifies the replica to the upstream. */
  async function startReplica(name: string) {
    const accounts = join(folder, `${name}.json`);
    const account = { email: `${name}@test`, provider: 'gemini', apiKey: name };
    const where = { baseUrl: upstream.url, maxConcurrency: 64 };
    writeFileSync(accounts, JSON.stringify({ accounts: [{ ...account, ...where }] }));
    const process = startProcess({
      ACCOUNTS_FILE: accounts,
      DATABASE_URL: postgres.url,
      IMAGE_STORE: `s3://${BUCKET}/`,
      S3_ENDPOINT: s3.url,
      S3_REGION: 'eu-west-3',
      AWS_ACCESS_KEY_ID: S3_CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: S3_CREDENTIALS.secretAccessKey,
      AWS_EC2_METADATA_DISABLED: 'true',
      URL_SIGNING_KEY: 'the signing key of all the replicas',
      PROXY_API_KEY: API_KEY,
      REQUEST_DEADLINE_MS: String(DEADLINE_MS),
    });
    const url = await process.url();
    // It has its connection to the database by then: a storm that meets a process without one is another test.
    const wrong = { method: 'POST', headers: keyed(`warm-${name}`), body: '{"n":0}' };
    await (await fetch(url + GENERATIONS, wrong)).arrayBuffer();
    return { process, url };
  }

  interface Lease {
    readonly holder: string;
    readonly expiresAt: number;
  }

  /** The leases of the running requests, by their records. */
  async function leases(): Promise<ReadonlyMap<string, Lease>> {
    const text = "select scope, holder, expires_at from request_records where state = 'at_work'";
    const rows = await postgres.query(text);
    return new Map(
      rows.map(({ scope, holder, expires_at: expiresAt }) => [
        String(scope),
        { holder: String(holder), expiresAt: Number(expiresAt) },
      ]),
    );
  }

  /** What the record of a request is found by. */
  const scopeOf = (call: ScriptedCall): string =>
    recordScope(
      ownerOf({ presentedKey: API_KEY, clientAddress: undefined }),
      `POST ${GENERATIONS}`,
      keyOf(call),
    );

  it('makes each image once, but for those that the dead one was at', async () => {
    const [survivor, victim] = replicas;
    if (survivor === undefined || victim === undefined) {
      throw new Error('no replicas');
    }
    const images = new Map<string, string>();
    for (let index = 0; index < KEYS; index += 1) {
      images.set(`picture ${index}.`, await png(8, 8 + index));
    }
    const random = randomFrom(11);
    const alive = [survivor.url, victim.url];
    const waits: number[] = [];
    const statuses = new Set<number>();

    const attempt = async (index: number, signal?: AbortSignal): Promise<Response | undefined> => {
      const startedAt = performance.now();
      const response = await fetch((alive[random(alive.length)] ?? '') + GENERATIONS, {
        method: 'POST',
        headers: keyed(`storm-${index}`),
        body: JSON.stringify({ prompt: `picture ${index}.` }),
        ...(signal && { signal }),
      }).catch(() => undefined);
      waits.push(performance.now() - startedAt);
      return response;
    };
    /** Asks until it has its image, now and then without the patience to wait for it. */
    const ask = async (index: number): Promise<void> => {
      for (let tries = 0; ; tries += 1) {
        const leaves = tries < 3 && random(3) === 0;
        const response = await attempt(
          index,
          leaves ? AbortSignal.timeout(20 + random(400)) : undefined,
        );
        const body = (await response?.json().catch(() => undefined)) as ImagesBody | undefined;
        if (response?.status === 200 && body !== undefined) {
          const own = images.get(`picture ${index}.`);
          expect(body.data.map((item) => item.b64_json)).toEqual([own]);
          return;
        }
        statuses.add(response?.status ?? 0);
        await sleep(50);
      }
    };
    const storm = Promise.all(Array.from({ length: REQUESTS }, (_, index) => ask(index % KEYS)));

    const answered = new Set<ScriptedCall>();
    const answerNext = (): void => {
      const next = upstream.calls.find(
        (call) => !answered.has(call) && !call.response.destroyed && call.key !== '',
      );
      if (next !== undefined) {
        answered.add(next);
        respondWhole(next, images.get(promptOf(next)) ?? '');
      }
    };
    const callsOf = (name: string) => upstream.calls.filter(({ key }) => key === name);
    await until(() => {
      if (answered.size < 10) {
        answerNext();
      }
      const open = callsOf('victim').filter((call) => !answered.has(call));
      return answered.size >= 10 && open.length >= 3;
    });
    // What was answered is kept by now, so that what dies with the victim is only what it is still at.
    for (const call of answered) {
      const kept = `${survivor.url}/v1/requests?idempotency_key=${keyOf(call)}`;
      await until(async () => (await fetch(kept, { headers: PROXY_KEY })).status === 200);
    }
    // So is what it is still at, as a lease. While the database is slow, a key holds within its process: the survivor
    // would not wait for what it has never heard of.
    await until(async () => {
      const held = await leases();
      return upstream.calls.every((call) => answered.has(call) || held.has(scopeOf(call)));
    });
    alive.pop();
    const before = await leases();
    victim.process.child.kill('SIGKILL');
    await victim.process.exit;
    const after = await leases();
    const lost = callsOf('victim').filter((call) => !answered.has(call));
    const answering = setInterval(answerNext, 5);
    try {
      await storm;
    } finally {
      clearInterval(answering);
    }

    const promptsOf = (calls: readonly ScriptedCall[]) => calls.map(promptOf).sort();
    const ofSurvivor = promptsOf(callsOf('survivor'));
    const ofVictim = promptsOf(callsOf('victim'));
    expect(lost.length).toBeGreaterThan(2);
    expect(new Set(ofSurvivor).size).toBe(ofSurvivor.length);
    expect(new Set(ofVictim).size).toBe(ofVictim.length);
    expect(new Set([...ofSurvivor, ...ofVictim])).toEqual(new Set(images.keys()));
    // One call for each image, and one more for each that has died: no more, and none of them twice.
    expect(ofSurvivor.filter((prompt) => ofVictim.includes(prompt))).toEqual(promptsOf(lost));
    // Nobody takes over from a dead one before its lease has ended, but for a key that the survivor had not heard of
    // while the database was slow, of which it says so.
    const early = lost.filter((call) => {
      const scope = scopeOf(call);
      const [held, renewed] = [before.get(scope), after.get(scope)];
      const lease = renewed?.holder === held?.holder ? renewed : held;
      const heir = callsOf('survivor').find((other) => promptOf(other) === promptOf(call));
      if (lease === undefined || heir === undefined) {
        throw new Error('no lease, or nobody has taken it over');
      }
      return (cameAt.get(heir) ?? 0) < lease.expiresAt;
    });
    if (!survivor.process.output().includes('valid within this process')) {
      expect(early).toEqual([]);
    }
    expect([...statuses].filter((status) => status !== 0 && status !== 409)).toEqual([]);
    expect(Math.max(...waits)).toBeLessThan(DEADLINE_MS + SLACK_MS);
  });
});
