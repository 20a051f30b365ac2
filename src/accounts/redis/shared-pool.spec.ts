import { EventEmitter, once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { describeWithRedis, RedisServer } from '../../../test/redis-server';
import { RedisConnection, type RedisCommand } from '../../redis/redis-connection';
import type { Account } from '../account';
import { afterFailure, HEALTHY, type AccountHealth } from '../account-health';
import { writeHealth } from '../health-record';
import { PoolMember } from '../pool-member';
import { healthField, type HealthTransition } from './shared-health';
import { SharedPool, type AcquireResult, type PendingLease } from './shared-pool';

const KEY = 'easel:{pool}:';
const LEASE_MS = 29_500;
const ACCOUNT: Account = {
  email: 'a b@test',
  provider: 'gemini',
  apiKey: 'key',
  maxConcurrency: 2,
  priority: 1,
  enabled: true,
};

const failed =
  (kind: 'account_unusable' | 'quota' | 'rate_limit', retryAfterMs?: number): HealthTransition =>
  (health) => {
    const now = Date.now();
    const failure = { kind, reason: kind, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
    return afterFailure(health, failure, { model: 'm', startedAt: now, now, random: 0 });
  };
const disabled = failed('account_unusable');
const cooling = failed('rate_limit', 200_000);

const NOT_YET = { granted: false, notBefore: expect.any(Number) as number };

/** Out of quota, and due for a probe. */
const exhausted: HealthTransition = (health) => {
  const { condition } = failed('quota', 3_600_000)(health);
  return condition.state === 'exhausted'
    ? { ...health, condition: { ...condition, probeAt: 0 } }
    : health;
};
const probeAt = ({ condition }: AccountHealth): number | undefined =>
  'probeAt' in condition ? condition.probeAt : undefined;

/** A process with one account, or two; it does with the shared pool what the pool does. */
class Replica {
  readonly members: readonly PoolMember[];
  readonly connection: RedisConnection;
  readonly shared: SharedPool;
  readonly warnings: object[] = [];
  readonly remoteLeases: number[] = [];
  private readonly events = new EventEmitter();

  constructor(url: string, accounts: readonly Account[]) {
    this.members = accounts.map(
      (account) => new PoolMember(account, () => this.events.emit('event')),
    );
    this.connection = new RedisConnection(url);
    const log = {
      info: () => this.events.emit('event'),
      warn: (fields: object) => {
        this.warnings.push(fields);
        this.events.emit('event');
      },
    };
    this.shared = new SharedPool(this.connection, log, LEASE_MS);
  }

  get member(): PoolMember {
    const [first] = this.members;
    if (first === undefined) {
      throw new Error('there is an account');
    }
    return first;
  }

  join(): Promise<void> {
    return this.shared.join({
      find: (email) => this.members.find(({ account }) => account.email === email),
      members: () => this.members,
      onRemoteLease: (_member, change) => {
        this.remoteLeases.push(change);
        this.events.emit('event');
      },
      onChange: () => this.events.emit('event'),
    });
  }

  pending(options: Partial<PendingLease> = {}): PendingLease {
    return { model: 'm', member: this.member, request: {}, isProbe: false, ...options };
  }

  async acquire(pending = this.pending()): Promise<AcquireResult> {
    const { member } = pending;
    member.localInFlight += 1;
    const result = await this.shared.acquire(pending);
    member.localInFlight -= result.granted ? 0 : 1;
    return result;
  }

  release(pending: PendingLease): void {
    pending.member.localInFlight -= 1;
    this.shared.release(pending);
  }

  change(transition: HealthTransition, member = this.member): void {
    member.health = transition(member.health);
    this.shared.changed(member, transition);
  }

  /** Looks again with each event of the shared pool, and each change of a member. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      await once(this.events, 'event');
    }
  }

  untilState(state: string, member = this.member): Promise<void> {
    return this.until(() => member.health.condition.state === state);
  }
}

describeWithRedis('SharedPool', () => {
  let redis: RedisServer;
  let replicas: Replica[];
  let one: Replica;
  let other: Replica;

  beforeEach(async () => {
    redis = await RedisServer.start();
    replicas = [];
    one = await joined();
    other = await joined();
  });
  afterEach(async () => {
    await Promise.all(replicas.map(({ shared }) => shared.close()));
    await redis.kill();
  });

  async function joined(accounts: readonly Account[] = [ACCOUNT]): Promise<Replica> {
    const replica = new Replica(redis.url, accounts);
    replicas.push(replica);
    await replica.join();
    await replica.until(() => replica.shared.status.isJoined);
    return replica;
  }

  /** Asks Redis until it replies so. */
  async function untilRedis(isSo: (reply: string) => boolean, ...words: string[]): Promise<void> {
    while (!isSo(await redis.command(...words))) {
      await setImmediate();
    }
  }

  describe('leases', () => {
    it('lets one replica check a credential, and another one after a new credential', async () => {
      const claims = await Promise.all(
        [one, other, one, other].map(({ shared, member }) => shared.claimCheck(member)),
      );
      expect(claims.filter(Boolean)).toHaveLength(1);
      for (const { member, shared } of [one, other]) {
        member.reconfigure({ ...ACCOUNT, apiKey: 'another' });
        shared.reloaded();
      }
      expect(await other.shared.claimCheck(other.member)).toBe(true);
      expect(await one.shared.claimCheck(one.member)).toBe(false);
      // The former credential is forgotten, and so is its check.
      await untilRedis((reply) => reply === ':1', 'HLEN', `${KEY}checks`);
    });

    it('lets each replica check while Redis is unavailable', async () => {
      await redis.kill();
      await one.until(() => !one.shared.status.isJoined);
      expect(await one.shared.claimCheck(one.member)).toBe(true);
      expect(await other.shared.claimCheck(other.member)).toBe(true);
    });

    it('are no more than the account has, over all replicas', async () => {
      expect(await one.acquire()).toEqual({ granted: true });
      expect(await other.acquire()).toEqual({ granted: true });
      expect(await one.acquire()).toMatchObject({ granted: false });
      expect(await other.acquire()).toMatchObject({ granted: false });
      const taken = await Promise.all([one.acquire(), other.acquire()]);
      expect(taken.filter(({ granted }) => granted)).toEqual([]);
    });

    it('are shown on the member of every other replica', async () => {
      const pendingLeases = [one.pending(), one.pending()];
      for (const pending of pendingLeases) {
        await one.acquire(pending);
      }
      await other.until(() => other.member.remoteInFlight === 2);
      for (const pending of pendingLeases) {
        one.release(pending);
      }
      await other.until(() => other.member.remoteInFlight === 0);
      expect(other.remoteLeases).toEqual([1, 1, -1, -1]);
      expect(one.remoteLeases).toEqual([]);
      expect(one.member.remoteInFlight).toBe(0);
    });

    it('are visible to a replica that joins later', async () => {
      await one.acquire();
      await other.acquire();
      expect((await joined()).member.remoteInFlight).toBe(2);
    });

    it('are free for the others once they are released', async () => {
      const pending = one.pending();
      await one.acquire(pending);
      await one.acquire();
      expect(await other.acquire()).toMatchObject({ granted: false });
      one.release(pending);
      await other.until(() => other.member.remoteInFlight === 1);
      expect(await other.acquire()).toEqual({ granted: true });
    });

    it('are refused with the counts that explain it, or with a time', async () => {
      await one.acquire();
      await one.acquire();
      await other.until(() => other.member.remoteInFlight === 2);
      // The mirror is right: whoever looks again chooses another account.
      expect(await other.acquire()).toEqual({ granted: false });
      // A lease that no replica counts as its own explains nothing.
      other.member.localInFlight -= 1;
      expect(await other.acquire()).toEqual(NOT_YET);
    });
  });

  describe('health', () => {
    it('is adopted from a record without a message', async () => {
      const record = `1000000 ${writeHealth(disabled(HEALTHY))}`;
      await redis.command('HSET', `${KEY}health`, healthField(one.member), record);
      expect(one.member.health).toEqual(HEALTHY);
      expect(await one.acquire()).toEqual({ granted: false });
      expect(one.member.health.condition.state).toBe('disabled');
      // Having seen it, the replica decides for itself.
      expect(await one.acquire()).toEqual({ granted: true });
    });

    it('reaches the others by a message', async () => {
      one.change(cooling);
      await other.untilState('cooling');
      // Each reckons with a clock of its own, to the millisecond.
      const until = expect.any(Number) as number;
      const { health } = one.member;
      expect(other.member.health).toEqual({ ...health, condition: { ...health.condition, until } });
    });

    it('keeps what two replicas record at the same moment', async () => {
      one.change((health) => ({ ...health, bareRateLimits: health.bareRateLimits + 1 }));
      other.change(disabled);
      for (const replica of [one, other]) {
        await replica.until(
          () =>
            replica.member.health.bareRateLimits === 1 &&
            replica.member.health.condition.state === 'disabled',
        );
      }
    });

    it('is written again if the record is lost', async () => {
      one.change(cooling);
      await other.untilState('cooling');
      await redis.command('DEL', `${KEY}health`);
      expect(await other.acquire()).toEqual(NOT_YET);
      await untilRedis(
        (reply) => reply.includes('cooling'),
        ...['HGET', `${KEY}health`, healthField(one.member)],
      );
      await other.until(() => other.member.health.condition.state === 'cooling');
      expect(await other.acquire()).toEqual({ granted: true });
    });

    it('belongs to the credential, and is forgotten with it', async () => {
      one.change(disabled);
      await other.untilState('disabled');
      const former = healthField(one.member);
      one.member.reconfigure({ ...ACCOUNT, apiKey: 'another-key' });
      expect(await one.acquire()).toEqual({ granted: true });
      expect(one.member.health).toEqual(HEALTHY);
      await untilRedis((reply) => reply === ':0', 'HEXISTS', `${KEY}health`, former);
    });

    it('lets one replica probe, and informs the others', async () => {
      one.change(exhausted);
      await other.untilState('exhausted');
      const results = await Promise.all(
        [one, other].map((replica) => replica.acquire(replica.pending({ isProbe: true }))),
      );
      expect(results.filter(({ granted }) => granted)).toHaveLength(1);
      for (const replica of [one, other]) {
        await replica.until(() => (probeAt(replica.member.health) ?? 0) > Date.now());
      }
      expect(probeAt(one.member.health)).toBe(probeAt(other.member.health));
    });
  });

  describe('the order of service', () => {
    const [first, second] = [{ name: 'first' }, { name: 'second' }];

    /** A freed slot is reserved for the head of the list for longer than any test takes. */
    const keepFreedPlace = () =>
      redis.command('HSET', `${KEY}freed`, ACCOUNT.email, String(Date.now() + 3_600_000));

    beforeEach(async () => {
      await one.acquire();
      one.shared.waits(first, 'busy');
      await untilRedis((reply) => reply === ':1', 'ZCARD', `${KEY}turns`);
      other.shared.waits(second, 'busy');
      await untilRedis((reply) => reply === ':2', 'ZCARD', `${KEY}turns`);
      await keepFreedPlace();
    });

    it('give a freed slot to the request that has waited longest, on any replica', async () => {
      expect(await other.acquire(other.pending({ request: second }))).toEqual(NOT_YET);
      expect(await other.acquire()).toEqual(NOT_YET);
      const pending = one.pending({ request: first });
      expect(await one.acquire(pending)).toEqual({ granted: true });
      one.release(pending);
      await other.until(() => other.remoteLeases.includes(-1));
      await keepFreedPlace();
      // Served, the first goes to the end.
      expect(await one.acquire(one.pending({ request: first }))).toEqual(NOT_YET);
      expect(await other.acquire(other.pending({ request: second }))).toEqual({ granted: true });
    });

    it('serves each consumer in turn, however long the requests of another have waited', async () => {
      const third = { name: 'third' };
      other.shared.waits(third, 'calm');
      await untilRedis((reply) => reply === ':3', 'ZCARD', `${KEY}turns`);
      const pending = one.pending({ request: first });
      expect(await one.acquire(pending)).toEqual({ granted: true });
      one.release(pending);
      await other.until(() => other.remoteLeases.includes(-1));
      await keepFreedPlace();
      // The second has waited longer, but its consumer has just been served.
      expect(await other.acquire(other.pending({ request: second }))).toEqual(NOT_YET);
      const calm = other.pending({ request: third });
      expect(await other.acquire(calm)).toEqual({ granted: true });
      other.release(calm);
      await one.until(() => one.remoteLeases.includes(-1));
      await keepFreedPlace();
      expect(await other.acquire(other.pending({ request: third }))).toEqual(NOT_YET);
      expect(await other.acquire(other.pending({ request: second }))).toEqual({ granted: true });
    });

    it('skip a disconnected request', async () => {
      one.shared.leaves(first);
      await untilRedis((reply) => reply === ':1', 'ZCARD', `${KEY}turns`);
      expect(await other.acquire(other.pending({ request: second }))).toEqual({ granted: true });
    });

    it('skips the requests of a dead replica', async () => {
      const replica = /^(.+?):\d+:busy$/.exec(
        (await redis.command('ZRANGE', `${KEY}turns`, '0', '0')).split('\r\n').at(-1) ?? '',
      )?.[1];
      await redis.command('HDEL', `${KEY}replicas`, replica ?? '');
      expect(await other.acquire(other.pending({ request: second }))).toEqual({ granted: true });
    });
  });

  describe('when Redis', () => {
    it('is killed: every lease is granted, and the loss is logged once', async () => {
      await one.acquire();
      await other.until(() => other.member.remoteInFlight === 1);
      await redis.kill();
      const results = await Promise.all([other.acquire(), other.acquire(), other.acquire()]);
      expect(results).toEqual([{ granted: true }, { granted: true }, { granted: true }]);
      await other.until(() => !other.shared.status.isJoined);
      expect(await other.acquire()).toEqual({ granted: true });
      expect(other.warnings).toEqual([{ reason: expect.any(String) as string }]);
      // What the others hold is unknown now.
      expect(other.member.remoteInFlight).toBe(0);
    });

    it('returns empty: states and leases of all replicas are merged', async () => {
      const accounts = [ACCOUNT, { ...ACCOUNT, email: 'second@test' }];
      const [left, right] = [await joined(accounts), await joined(accounts)];
      const pending = left.pending();
      await left.acquire(pending);
      await right.until(() => right.member.remoteInFlight === 1);
      await redis.kill();
      for (const replica of [left, right]) {
        await replica.until(() => !replica.shared.status.isJoined);
      }
      left.change(disabled, left.members[0]);
      right.change(cooling, right.members[1]);
      expect(await right.acquire()).toEqual({ granted: true });

      await redis.start();
      for (const replica of [left, right]) {
        await replica.until(() => replica.shared.status.isJoined);
        await replica.untilState('disabled', replica.members[0]);
        await replica.untilState('cooling', replica.members[1]);
        await replica.until(() => replica.member.remoteInFlight === 1);
        expect(replica.warnings).toHaveLength(1);
      }
      expect(await left.acquire()).toMatchObject({ granted: false });
      left.release(pending);
      await right.until(() => right.member.remoteInFlight === 0);
    });

    it('returns with its data: it receives what was learnt and released meanwhile', async () => {
      const pending = one.pending();
      await one.acquire(pending);
      await other.until(() => other.member.remoteInFlight === 1);
      // Only this replica loses its sockets.
      const isAway = one.until(() => !one.shared.status.isJoined);
      one.connection.reconnect();
      await isAway;
      one.release(pending);
      one.change(disabled);
      await one.until(() => one.shared.status.isJoined);
      await other.untilState('disabled');
      await other.until(() => other.member.remoteInFlight === 0);
    });

    it('is not there at the start, is joined later', async () => {
      await redis.kill();
      const late = new Replica(redis.url, [ACCOUNT]);
      replicas.push(late);
      await late.join();
      expect(late.shared.status.isJoined).toBe(false);
      expect(await late.acquire()).toEqual({ granted: true });
      await redis.start();
      await late.until(() => late.shared.status.isJoined);
      await untilRedis((reply) => reply !== ':0', 'ZCARD', `${KEY}leases`);
    });

    it('has lost the scripts: they still run', async () => {
      await one.acquire();
      await redis.command('SCRIPT', 'FLUSH');
      expect(await other.acquire()).toEqual({ granted: true });
      expect(await one.acquire()).toMatchObject({ granted: false });
      expect([...one.warnings, ...other.warnings]).toEqual([]);
    });
  });

  it('keeps its connection open for other users', async () => {
    const command: RedisCommand = {
      name: 'limits:count',
      lua: `return redis.call('INCRBY', KEYS[1], ARGV[1])`,
      numberOfKeys: 1,
    };
    const count = () => one.connection.run(command.name, ['easel:{limits}:count'], [2]);
    const events = new EventEmitter();
    const user = {
      commands: [command],
      onConnected: () => events.emit('connected'),
      onLost: () => undefined,
    };
    const connected = once(events, 'connected');
    one.connection.attach(user);
    try {
      await connected;
      const granted = { granted: true };
      expect(await Promise.all([count(), one.acquire(), count()])).toEqual([2, granted, 4]);
      await one.shared.close();
      expect(await count()).toBe(6);
    } finally {
      await one.connection.detach(user);
    }
  });
});
