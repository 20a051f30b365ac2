import { once, EventEmitter } from 'node:events';
import { describeWithRedis, RedisServer } from '../../test/redis-server';
import { RedisConnection, type RedisCommand, type RedisUser } from './redis-connection';

const KEY = 'test:{room}:list';

/** Appends a word to a list, and says how long that is. */
const APPEND: RedisCommand = {
  name: 'test:append',
  lua: `return redis.call('RPUSH', KEYS[1], ARGV[1])`,
  numberOfKeys: 1,
};
/** The same after a word of its own, so that each of the two is a script that needs loading. */
const APPEND_TWO: RedisCommand = {
  name: 'test:append-two',
  lua: `redis.call('RPUSH', KEYS[1], 'two') return redis.call('RPUSH', KEYS[1], ARGV[1])`,
  numberOfKeys: 1,
};
const PUBLISH: RedisCommand = {
  name: 'test:publish',
  lua: `return redis.call('PUBLISH', KEYS[1], ARGV[1])`,
  numberOfKeys: 1,
};

/** A user that emits what it is told: `connected`, `lost` and `message`. */
class TestUser extends EventEmitter implements RedisUser {
  constructor(
    readonly commands: readonly RedisCommand[] = [],
    readonly channel?: string,
  ) {
    super();
  }

  readonly onConnected = (): void => void this.emit('connected');
  readonly onLost = (reason: string): void => void this.emit('lost', reason);
  readonly onMessage = (message: string): void => void this.emit('message', message);
}

describeWithRedis('RedisConnection', () => {
  let redis: RedisServer;
  let connection: RedisConnection;
  let attached: RedisUser[];

  beforeEach(async () => {
    redis = await RedisServer.start();
    connection = new RedisConnection(redis.url);
    attached = [];
  });
  afterEach(async () => {
    redis.thaw();
    await Promise.all(attached.map((user) => connection.detach(user)));
    await redis.kill();
  });

  const attach = (user: TestUser): void => {
    attached.push(user);
    connection.attach(user);
  };

  /** Attaches, and waits until the user can send commands and hears its channel. */
  async function connected(user: TestUser): Promise<void> {
    attach(user);
    await ready(user);
  }

  /** Each of the two sockets says that it is connected, and the second time both are. */
  async function ready(user: TestUser): Promise<void> {
    for (let sockets = user.channel === undefined ? 1 : 2; sockets > 0; sockets -= 1) {
      await once(user, 'connected');
    }
    expect(connection.isReadyFor(user)).toBe(true);
  }

  it('runs the commands of several users, whenever they attach', async () => {
    await connected(new TestUser([APPEND]));
    expect(await connection.run(APPEND.name, [KEY], ['a'])).toBe(1);
    await connected(new TestUser([APPEND_TWO]));
    expect(await connection.run(APPEND_TWO.name, [KEY], [2])).toBe(3);
    expect(await connection.run(APPEND.name, [KEY], ['b'])).toBe(4);
  });

  it('runs commands in the order in which they are sent', async () => {
    await connected(new TestUser([APPEND, APPEND_TWO]));
    const lengths = await Promise.all([
      connection.run(APPEND.name, [KEY], ['one']),
      connection.run(APPEND_TWO.name, [KEY], ['three']),
      connection.run(APPEND.name, [KEY], ['four']),
    ]);
    expect(lengths).toEqual([1, 3, 4]);
  });

  it('sends the commands of one turn together', async () => {
    await connected(new TestUser([APPEND]));
    const reads = async (): Promise<number> =>
      Number(/total_reads_processed:(\d+)/.exec(await redis.command('INFO', 'stats'))?.[1]);
    const before = await reads();
    const replies = await Promise.all(
      ['a', 'b', 'c', 'd'].map((word) => connection.run(APPEND.name, [KEY], [word])),
    );
    expect(replies).toEqual([1, 2, 3, 4]);
    // Theirs, and one that asks for the number.
    expect((await reads()) - before).toBe(2);
  });

  it('has one socket for all users, and a second one once a user listens', async () => {
    const sockets = async (): Promise<number> =>
      (await redis.command('CLIENT', 'LIST')).match(/name=easel/g)?.length ?? 0;
    await connected(new TestUser([APPEND]));
    await connected(new TestUser([PUBLISH]));
    expect(await sockets()).toBe(1);
    await connected(new TestUser([], 'test:channel'));
    await connected(new TestUser([], 'test:other-channel'));
    expect(await sockets()).toBe(2);
  });

  it('brings each user the messages of its own channel', async () => {
    const [one, other] = [new TestUser([PUBLISH], 'test:one'), new TestUser([], 'test:other')];
    await connected(one);
    await connected(other);
    const heard: string[] = [];
    one.on('message', (message: string) => heard.push(`one ${message}`));
    other.on('message', (message: string) => heard.push(`other ${message}`));
    const last = once(other, 'message');
    await connection.run(PUBLISH.name, ['test:one'], ['a']);
    await connection.run(PUBLISH.name, ['test:other'], ['b']);
    await last;
    expect(heard).toEqual(['one a', 'other b']);
  });

  it('refuses a name that is taken, by another user or by ioredis', () => {
    attach(new TestUser([APPEND]));
    expect(() => {
      connection.attach(new TestUser([APPEND]));
    }).toThrow("'test:append' is defined already");
    expect(() => {
      connection.attach(new TestUser([{ ...APPEND, name: 'quit' }]));
    }).toThrow("'quit' is defined already");
  });

  it('rejects what it cannot run, and does not queue it', async () => {
    const user = new TestUser([APPEND]);
    await connected(user);
    await expect(connection.run('test:unknown', [], [])).rejects.toThrow('is not defined');
    const lost = once(user, 'lost');
    await redis.kill();
    await lost;
    expect(connection.isReadyFor(user)).toBe(false);
    await expect(connection.run(APPEND.name, [KEY], ['a'])).rejects.toThrow();
    const back = ready(user);
    await redis.start();
    await back;
    expect(await connection.run(APPEND.name, [KEY], ['b'])).toBe(1);
  });

  it('runs a command that the server has forgotten', async () => {
    await connected(new TestUser([APPEND]));
    await connection.run(APPEND.name, [KEY], ['a']);
    await redis.command('SCRIPT', 'FLUSH');
    expect(await connection.run(APPEND.name, [KEY], ['b'])).toBe(2);
  });

  it('reports when it is lost and when it is back, including messages', async () => {
    const user = new TestUser([PUBLISH], 'test:channel');
    await connected(user);
    const lost = once(user, 'lost');
    await redis.kill();
    expect(await lost).toEqual([expect.any(String)]);
    const back = ready(user);
    await redis.start();
    await back;
    const message = once(user, 'message');
    await connection.run(PUBLISH.name, ['test:channel'], ['a']);
    expect(await message).toEqual(['a']);
  });

  it('gives up on a server that accepts commands and stays silent', async () => {
    const user = new TestUser([APPEND]);
    await connected(user);
    redis.freeze();
    await expect(connection.run(APPEND.name, [KEY], ['a'])).rejects.toThrow('timed out');
    const lost = once(user, 'lost');
    connection.reconnect();
    await lost;
    const back = ready(user);
    redis.thaw();
    await back;
  });

  it('gives up on a server that accepts sockets and stays silent', async () => {
    redis.freeze();
    const user = new TestUser([APPEND]);
    attach(user);
    await once(user, 'lost');
    const back = ready(user);
    redis.thaw();
    await back;
  });

  it('stays open for the users that remain', async () => {
    const [one, other] = [new TestUser([APPEND]), new TestUser([PUBLISH])];
    connection.attach(one);
    await connected(other);
    await connection.detach(one);
    expect(await connection.run(PUBLISH.name, ['test:channel'], ['a'])).toBe(0);
    await connection.detach(other);
    await expect(connection.run(PUBLISH.name, ['test:channel'], ['a'])).rejects.toThrow();
    attached = [];
  });

  it('sends everything before it closes, including commands that must be sent twice', async () => {
    const user = new TestUser([APPEND]);
    await connected(user);
    await connection.run(APPEND.name, [KEY], ['a']);
    await redis.command('SCRIPT', 'FLUSH');
    const reply = connection.run(APPEND.name, [KEY], ['b']);
    await connection.detach(user);
    attached = [];
    expect(await reply).toBe(2);
    expect(await redis.command('LLEN', KEY)).toBe(':2');
  });

  it('uses the database of its URL', () => {
    expect(new RedisConnection(`${redis.url}/3`).database).toBe(3);
    expect(connection.database).toBe(0);
  });
});
