import { MAX_WAITING } from '../../src/idempotency/waiter-slots';
import { LARGE_GENERATION, startAttackedEasel, type AttackedEasel } from '../attacked-easel';
import { memoryBound } from '../memory-bounds';
import { converse, postOf } from '../raw-client';
import { until } from '../until';

const MAX_INFLIGHT_MB = 200;
const CACHE_MB = 32;
/** What may come on top of what docs/deployment.md reckons. */
const SLACK_MB = 64;
const KEYS = 10_000;
const CONNECTIONS = 20;
/** Images of 16 MB, many more than there is room to keep. */
const LARGE = 16;
const GENERATIONS = '/v1/images/generations';
const SMALL_MODEL = 'gemini-2.5-flash-image';
/**
 * How often clients come in crowds and hang up. The images that they leave behind are 1 GB together: a process that
 * kept a part of them for good would exceed its bounds.
 */
const CROWDS = 5;
/**
 * How long each attack goes on. In CI each is carried out once: the room for responses is full by then, and later ones
 * put out earlier ones. `EASEL_ATTACK_SECONDS=60` repeats it for a minute.
 */
const ATTACK_SECONDS = process.env['EASEL_ATTACK_SECONDS'];
const ATTACK_MS = Number(ATTACK_SECONDS ?? 0) * 1000;

/** What the process may have of the machine's memory, in MiB. */
const MOST_MEBIBYTES = memoryBound(MAX_INFLIGHT_MB) + CACHE_MB + SLACK_MB;

jest.setTimeout(300_000 + 4 * ATTACK_MS);

/** Attacks on what is kept: the process grows no larger than docs/deployment.md says, and others are served. */
describe('an attack by Idempotency-Keys', () => {
  let easel: AttackedEasel;

  beforeAll(async () => {
    easel = await startAttackedEasel(MAX_INFLIGHT_MB, { IDEMPOTENCY_CACHE_MB: String(CACHE_MB) });
  });
  afterAll(async () => {
    await easel.close();
  });

  /** Runs the attack, and expects that the process keeps within its bounds and that honest clients are served. */
  async function withstand(attack: (round: number) => Promise<void>): Promise<void> {
    let rounds = 0;
    const { peakMebibytes, honest } = await easel.suffer(async () => {
      const until = performance.now() + ATTACK_MS;
      do {
        await attack(rounds);
        rounds += 1;
      } while (performance.now() < until);
    });
    if (ATTACK_SECONDS !== undefined) {
      const figures = { rounds, honest: honest.length, peakMebibytes: Math.round(peakMebibytes) };
      process.stderr.write(`${JSON.stringify(figures)}\n`);
    }
    expect(honest.filter((status) => status !== 200)).toEqual([]);
    expect(honest.length).toBeGreaterThan(0);
    expect(peakMebibytes).toBeLessThan(MOST_MEBIBYTES);
  }

  /** A generation, ready to be written. */
  function keyed(key: string, body: object): Buffer {
    const request = postOf(GENERATIONS, 'application/json', Buffer.from(JSON.stringify(body)));
    const header = Buffer.from(`Idempotency-Key: ${key}\r\n`);
    const at = request.indexOf('\r\n') + 2;
    return Buffer.concat([request.subarray(0, at), header, request.subarray(at)]);
  }

  /** Sends very many at once, one behind the other over a few connections, and counts what each gets. */
  async function flood(requests: readonly Buffer[]): Promise<ReadonlyMap<number, number>> {
    const statuses = new Map<number, number>();
    const perConnection = Math.ceil(requests.length / CONNECTIONS);
    await Promise.all(
      Array.from({ length: CONNECTIONS }, async (_, index) => {
        let own = requests.slice(index * perConnection, (index + 1) * perConnection);
        while (own.length > 0) {
          // On a busy machine the connection may end before all are served: the last one that was read was not whole
          // within Node's 60 s. As any client, it sends again what got no response.
          const responses = await converse(easel.url, own, { kind: 'fast' });
          expect(responses).not.toHaveLength(0);
          for (const { status } of responses) {
            statuses.set(status, (statuses.get(status) ?? 0) + 1);
          }
          own = own.slice(responses.length);
        }
      }),
    );
    return statuses;
  }

  /** The status of one request over a connection of its own. */
  async function ask(key: string, body: object): Promise<number | undefined> {
    const [response] = await converse(easel.url, [keyed(key, body)], { kind: 'fast' });
    return response?.status;
  }

  /** So many at a time, each after another. */
  async function inTurn(count: number, atOnce: number, one: (index: number) => Promise<void>) {
    let next = 0;
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        while (next < count) {
          next += 1;
          await one(next);
        }
      }),
    );
  }

  it('by 10,000 keys, each with its own response', async () => {
    // What costs an attacker nothing is kept all the same.
    await withstand(async (round) => {
      const wrong = Array.from({ length: KEYS }, (_, index) =>
        keyed(`wrong-${round}-${index}`, { prompt: 'x', n: 0 }),
      );
      expect(await flood(wrong)).toEqual(new Map([[400, KEYS]]));
      await inTurn(LARGE, 8, async (index) => {
        expect(await ask(`large-${round}-${index}`, LARGE_GENERATION)).toBe(200);
      });
    });
  });

  it('by clients that always hang up', async () => {
    await withstand((round) =>
      inTurn(CROWDS * 60, 16, async (index) => {
        const body = index % 3 === 0 ? LARGE_GENERATION : { prompt: 'x', model: SMALL_MODEL };
        const request = keyed(`gone-${round}-${index}`, body);
        await converse(easel.url, [request], { kind: 'leaves', afterMs: 5 + (index % 7) * 10 });
      }),
    );
    // Nothing of them is left but what is kept.
    await until(async () => (await easel.heldBytes()) === 0);
    // Most of their images are made when they have long gone.
    expect(easel.peakMebibytes()).toBeLessThan(MOST_MEBIBYTES);
  });

  it('by 10,000 requests that wait for one key', async () => {
    const body = { prompt: 'the one', model: SMALL_MODEL };
    const { arrived, release } = easel.hold(body.prompt);
    const first = ask('one', body);
    await arrived;
    const waiting = Array.from({ length: MAX_WAITING + 1 }, () => ask('one', body));
    // Any more get an error at once.
    expect(await Promise.race(waiting)).toBe(409);
    const others = Array.from({ length: KEYS - waiting.length }, () => keyed('one', body));
    await withstand(async () => {
      expect(await flood(others)).toEqual(new Map([[409, others.length]]));
    });
    release();
    expect(await first).toBe(200);
    const statuses = await Promise.all(waiting);
    expect(statuses.filter((status) => status === 200)).toHaveLength(MAX_WAITING);
  });
});
