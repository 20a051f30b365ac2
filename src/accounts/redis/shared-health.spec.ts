import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import {
  afterFailure,
  afterSuccess,
  HEALTHY,
  resetHealth,
  type AccountHealth,
} from '../account-health';
import { readHealth, writeHealth } from '../health-record';
import type { HealthRecord, ScriptResult } from './pool-reply';
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

/** Redis, as far as one record goes: it accepts a write only if it is based on the latest. */
class Store {
  record: HealthRecord | undefined;

  write(known: number, json: string): ScriptResult {
    if (known !== (this.record?.version ?? 0)) {
      return { kind: 'stale', record: this.record };
    }
    this.record = { version: known + 1, health: readHealth(json) };
    return { kind: 'done', version: this.record.version };
  }
}

/** A replica whose writes stay under way until the test lets the store reply. */
class Replica {
  readonly member = { health: HEALTHY, credential: 'c', account: { email: 'a' } };
  readonly shared = new SharedHealth(this.member, (_field, known, json) => {
    this.underWay = { known, json };
    return new Promise((resolve) => {
      this.reply = resolve;
    });
  });
  underWay: { readonly known: number; readonly json: string } | undefined;
  private reply: (result: ScriptResult | undefined) => void = () => undefined;

  constructor(private readonly store = new Store()) {}

  get isWriting(): boolean {
    return this.underWay !== undefined;
  }

  /** As the pool does: the member changes at once, and the change is shared. */
  see(transition: HealthTransition): void {
    this.member.health = transition(this.member.health);
    this.shared.add(transition);
  }

  /** Lets the store reply to the write under way, if there is one. */
  async exchange(): Promise<void> {
    if (this.underWay !== undefined) {
      const { known, json } = this.underWay;
      await this.replyWith(this.store.write(known, json));
    }
  }

  async replyWith(result: ScriptResult | undefined): Promise<void> {
    this.underWay = undefined;
    this.reply(result);
    // The next write, if any, is under way after this.
    await setImmediate();
  }
}

async function settle(store: Store, ...replicas: readonly Replica[]): Promise<void> {
  while (replicas.some(({ isWriting }) => isWriting)) {
    for (const replica of replicas) {
      await replica.exchange();
    }
  }
  for (const { shared } of replicas) {
    shared.adopt(store.record);
  }
}

describe('SharedHealth', () => {
  it('loses nothing that two replicas see at the same time', async () => {
    const store = new Store();
    const [one, other] = [new Replica(store), new Replica(store)];
    one.see(disabled);
    other.see(bareRateLimit);
    await settle(store, one, other);
    expect(one.member.health).toEqual(other.member.health);
    expect(one.member.health).toMatchObject({
      condition: { state: 'disabled' },
      bareRateLimits: 1,
    });
  });

  it('shows local changes before they are recorded', () => {
    const replica = new Replica();
    replica.see(rateLimited(60));
    expect(replica.shared.current.condition.state).toBe('cooling');
    expect(replica.underWay).toEqual({ known: 0, json: writeHealth(replica.member.health) });
  });

  it('ignores messages older than its state', () => {
    const { member, shared } = new Replica();
    expect(shared.adopt({ version: 5, health: disabled(HEALTHY) })).toBe(true);
    expect(shared.adopt({ version: 4, health: HEALTHY })).toBe(false);
    expect(member.health.condition.state).toBe('disabled');
  });

  it('keeps changes made while a write is in progress', async () => {
    const store = new Store();
    const replica = new Replica(store);
    replica.see(bareRateLimit);
    replica.see(bareRateLimit);
    await replica.exchange();
    expect(store.record?.health.bareRateLimits).toBe(1);
    expect(replica.member.health.bareRateLimits).toBe(2);
    await settle(store, replica);
    expect(store.record?.health.bareRateLimits).toBe(2);
  });

  it('is not thrown back when a message overtakes the reply to its own write', async () => {
    const replica = new Replica();
    replica.see(bareRateLimit);
    // Another replica has written on top of it, and that message comes first.
    const written = replica.member.health;
    replica.shared.adopt({ version: 6, health: bareRateLimit(written) });
    await replica.replyWith({ kind: 'done', version: 5 });
    expect(replica.shared.version).toBe(6);
    expect(replica.member.health.bareRateLimits).toBe(2);
    expect(replica.isWriting).toBe(false);
  });

  it('writes its whole state again if the record is lost', async () => {
    const store = new Store();
    const replica = new Replica(store);
    replica.see(rateLimited(60));
    await settle(store, replica);
    store.record = undefined;
    replica.see(bareRateLimit);
    await settle(store, replica);
    expect(store.record).toMatchObject({
      health: { condition: { state: 'cooling' }, bareRateLimits: 1 },
    });
  });

  it('does not change a new credential if the reply arrives after it', async () => {
    const replica = new Replica();
    replica.see(disabled);
    replica.member.credential = 'd';
    replica.member.health = HEALTHY;
    await replica.exchange();
    expect(replica.member.health).toBe(HEALTHY);
  });

  it('brings at the rejoin what it could not write', async () => {
    const replica = new Replica();
    replica.see(bareRateLimit);
    await replica.replyWith(undefined);
    expect(replica.isWriting).toBe(false);
    replica.shared.disconnect();
    replica.shared.rejoin(undefined, true);
    expect(replica.isWriting).toBe(true);
  });

  const cooling = rateLimited(60)(HEALTHY);
  const record = (health: AccountHealth): HealthRecord => ({ version: 9, health });
  it.each<
    [
      string,
      {
        local: AccountHealth;
        theirs: HealthRecord | undefined;
        sawSomething: boolean;
        isSameStore: boolean;
      },
      { state: string; writes: boolean },
    ]
  >([
    [
      'brings what it saw offline',
      { local: cooling, theirs: record(HEALTHY), sawSomething: true, isSameStore: true },
      { state: 'cooling', writes: true },
    ],
    [
      'takes over what the others saw',
      { local: HEALTHY, theirs: record(cooling), sawSomething: false, isSameStore: true },
      { state: 'cooling', writes: false },
    ],
    [
      'believes the others where it saw nothing itself',
      { local: cooling, theirs: record(HEALTHY), sawSomething: false, isSameStore: true },
      { state: 'ready', writes: false },
    ],
    [
      'keeps the graver of both',
      { local: cooling, theirs: record(disabled(HEALTHY)), sawSomething: true, isSameStore: true },
      { state: 'disabled', writes: false },
    ],
    [
      'writes again what Redis has lost',
      { local: cooling, theirs: undefined, sawSomething: false, isSameStore: false },
      { state: 'cooling', writes: true },
    ],
    [
      'obeys a reset elsewhere',
      {
        local: cooling,
        theirs: record(resetHealth(cooling)),
        sawSomething: true,
        isSameStore: true,
      },
      { state: 'ready', writes: false },
    ],
    [
      'brings a reset here',
      {
        local: resetHealth(cooling),
        theirs: record(cooling),
        sawSomething: true,
        isSameStore: true,
      },
      { state: 'ready', writes: true },
    ],
    [
      'writes nothing when all is well',
      { local: HEALTHY, theirs: undefined, sawSomething: false, isSameStore: false },
      { state: 'ready', writes: false },
    ],
  ])('%s when it rejoins', async (_name, given, expected) => {
    const replica = new Replica();
    const { member, shared } = replica;
    member.health = given.local;
    if (given.sawSomething) {
      shared.changedOffline();
    }
    shared.rejoin(given.theirs, given.isSameStore);
    expect(member.health.condition.state).toBe(expected.state);
    expect(replica.isWriting).toBe(expected.writes);
    // What was offline is past: the next rejoin brings nothing of it.
    await replica.replyWith({ kind: 'done', version: 10 });
    shared.disconnect();
    shared.rejoin(record(HEALTHY), true);
    expect(replica.isWriting).toBe(false);
  });

  it('converges on all replicas, whatever each sees and whenever they sync', async () => {
    const transition = fc.constantFrom(
      rateLimited(5),
      rateLimited(90),
      bareRateLimit,
      disabled,
      succeeded,
      resetHealth,
    );
    const step = fc.record({
      who: fc.nat({ max: 2 }),
      does: fc.oneof(transition, fc.constant('exchange' as const)),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const store = new Store();
        const replicas = [new Replica(store), new Replica(store), new Replica(store)];
        let resets = 0;
        for (const { who, does } of steps) {
          const replica = replicas[who];
          if (does === 'exchange') {
            await replica?.exchange();
          } else {
            replica?.see(does);
            resets += does === resetHealth ? 1 : 0;
          }
        }
        await settle(store, ...replicas);
        const [first, ...others] = replicas.map(({ member }) => member.health);
        for (const other of others) {
          expect(other).toEqual(first);
        }
        // Each reset counts once, whichever replica made it.
        expect(first?.epoch).toBe(resets);
      }),
    );
  });
});
