import fc from 'fast-check';
import {
  afterFailure,
  afterSuccess,
  givenNewChance,
  HEALTHY,
  type AccountHealth,
} from '../account-health';
import { readHealth, writeHealth } from '../health-record';
import type { HealthRecord } from './pool-reply';
import { SharedHealth, type HealthTransition } from './shared-health';

const MODEL = 'gemini-3-pro-image';
const NOW = 1_790_000_000_000;

const rateLimited =
  (seconds: number): HealthTransition =>
  (health) =>
    afterFailure(
      health,
      { kind: 'rate_limit', reason: `${seconds} s`, retryAfterMs: seconds * 1000 },
      { model: MODEL, startedAt: NOW, now: NOW, random: 0 },
    );
const bareRateLimit: HealthTransition = (health) => ({
  ...health,
  bareRateLimits: health.bareRateLimits + 1,
});
const disabled: HealthTransition = (health) =>
  afterFailure(
    health,
    { kind: 'account_unusable', reason: 'revoked' },
    { model: MODEL, startedAt: NOW, now: NOW, random: 0 },
  );
const succeeded: HealthTransition = (health) => afterSuccess(health, MODEL);

/** Redis, as far as one record goes: it takes a write only from who knows the latest. */
class Store {
  record: HealthRecord | undefined;

  /** One exchange of a replica that has something to write; says whether it was taken. */
  exchange(replica: SharedHealth): boolean {
    const next = replica.unwritten;
    if (next === undefined) {
      return true;
    }
    if (next.known !== (this.record?.version ?? 0)) {
      if (this.record !== undefined) {
        replica.accept(this.record);
      }
      return false;
    }
    const version = next.known + 1;
    this.record = { version, health: readHealth(writeHealth(next.health)) };
    replica.written(next, version);
    return true;
  }
}

const settle = (store: Store, ...replicas: SharedHealth[]): void => {
  for (const replica of [...replicas, ...replicas]) {
    while (!store.exchange(replica)) {
      // Once more, on top of what the other wrote.
    }
    if (store.record !== undefined) {
      replica.accept(store.record);
    }
  }
};

describe('SharedHealth', () => {
  it('loses nothing that two replicas see at the same time', () => {
    const store = new Store();
    const [one, other] = [new SharedHealth('f'), new SharedHealth('f')];
    one.add(disabled);
    other.add(bareRateLimit);
    settle(store, one, other);
    expect(one.current).toEqual(other.current);
    expect(one.current).toMatchObject({ condition: { state: 'disabled' }, bareRateLimits: 1 });
  });

  it('shows what was seen here before it is on record', () => {
    const health = new SharedHealth('f');
    health.add(rateLimited(60));
    expect(health.current.condition.state).toBe('cooling');
    expect(health.unwritten).toMatchObject({ known: 0, transitions: 1 });
  });

  it('ignores news that is older than what it knows', () => {
    const health = new SharedHealth('f');
    expect(health.accept({ version: 5, health: disabled(HEALTHY) })).toBe(true);
    expect(health.accept({ version: 4, health: HEALTHY })).toBe(false);
    expect(health.current.condition.state).toBe('disabled');
  });

  it('keeps what is added while a write is on its way', () => {
    const store = new Store();
    const health = new SharedHealth('f');
    health.add(bareRateLimit);
    const write = health.unwritten;
    health.add(bareRateLimit);
    if (write !== undefined) {
      health.written(write, 1);
      store.record = { version: 1, health: write.health };
    }
    expect(health.current.bareRateLimits).toBe(2);
    settle(store, health);
    expect(store.record?.health.bareRateLimits).toBe(2);
  });

  it('is not thrown back when news overtakes the answer to its own write', () => {
    const health = new SharedHealth('f');
    health.add(bareRateLimit);
    const write = health.unwritten;
    if (write === undefined) {
      throw new Error('there is something to write');
    }
    // Another replica has written on top of it, and that is heard first.
    health.accept({ version: 6, health: bareRateLimit(write.health) });
    health.written(write, 5);
    expect(health.version).toBe(6);
    expect(health.current.bareRateLimits).toBe(2);
    expect(health.unwritten).toBeUndefined();
  });

  const cooling = rateLimited(60)(HEALTHY);
  const record = (health: AccountHealth): HealthRecord => ({ version: 9, health });
  it.each<
    [
      string,
      {
        mine: AccountHealth;
        theirs: HealthRecord | undefined;
        sawSomething: boolean;
        isSameStore: boolean;
      },
      { state: string; writes: boolean },
    ]
  >([
    [
      'brings what it saw apart',
      { mine: cooling, theirs: record(HEALTHY), sawSomething: true, isSameStore: true },
      { state: 'cooling', writes: true },
    ],
    [
      'takes over what the others saw',
      { mine: HEALTHY, theirs: record(cooling), sawSomething: false, isSameStore: true },
      { state: 'cooling', writes: false },
    ],
    [
      'believes the others where it saw nothing itself',
      { mine: cooling, theirs: record(HEALTHY), sawSomething: false, isSameStore: true },
      { state: 'ready', writes: false },
    ],
    [
      'lets the graver of both stand',
      { mine: cooling, theirs: record(disabled(HEALTHY)), sawSomething: true, isSameStore: true },
      { state: 'disabled', writes: false },
    ],
    [
      'reminds a Redis that has forgotten',
      { mine: cooling, theirs: undefined, sawSomething: false, isSameStore: false },
      { state: 'cooling', writes: true },
    ],
    [
      'obeys a new chance that was given elsewhere',
      {
        mine: cooling,
        theirs: record(givenNewChance(cooling)),
        sawSomething: true,
        isSameStore: true,
      },
      { state: 'ready', writes: false },
    ],
    [
      'brings a new chance that was given here',
      {
        mine: givenNewChance(cooling),
        theirs: record(cooling),
        sawSomething: true,
        isSameStore: true,
      },
      { state: 'ready', writes: true },
    ],
    [
      'has nothing to say when all is well',
      { mine: HEALTHY, theirs: undefined, sawSomething: false, isSameStore: false },
      { state: 'ready', writes: false },
    ],
  ])('%s when the replicas meet again', (_name, given, expected) => {
    const health = new SharedHealth('f');
    if (given.sawSomething) {
      health.changedWhileApart();
    }
    health.rejoin(given.mine, given.theirs, given.isSameStore);
    expect(health.current.condition.state).toBe(expected.state);
    expect(health.unwritten !== undefined).toBe(expected.writes);
    // What was apart is past: the next meeting brings nothing of it.
    health.part();
  });

  it('comes to the same on all replicas, whatever each sees and whenever they exchange', () => {
    const transition = fc.constantFrom(
      rateLimited(5),
      rateLimited(90),
      bareRateLimit,
      disabled,
      succeeded,
      givenNewChance,
    );
    const step = fc.record({
      who: fc.nat({ max: 2 }),
      does: fc.oneof(transition, fc.constant('exchange' as const)),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const store = new Store();
        const replicas = [new SharedHealth('f'), new SharedHealth('f'), new SharedHealth('f')];
        let seen = 0;
        for (const { who, does } of steps) {
          const replica = replicas[who];
          if (replica === undefined) {
            continue;
          }
          if (does === 'exchange') {
            store.exchange(replica);
          } else {
            replica.add(does);
            seen += does === givenNewChance ? 1 : 0;
          }
        }
        settle(store, ...replicas);
        const [first, ...others] = replicas.map(({ current }) => current);
        for (const other of others) {
          expect(other).toEqual(first);
        }
        // Each new chance counts once, whoever gave it.
        expect(first?.chances).toBe(seen);
      }),
    );
  });
});
