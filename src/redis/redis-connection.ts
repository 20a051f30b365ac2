import { Redis } from 'ioredis';
import { failureReason } from './failure-reason';

/** The time limit of a command, in milliseconds. A slower one counts as failed. */
const COMMAND_TIMEOUT_MS = 2000;

/** The time limit for connecting, greeting included, in milliseconds. */
const CONNECT_TIMEOUT_MS = 4000;

const MAX_RETRY_MS = 2000;

/** A Lua script, under a name that is unique on the connection. */
export interface RedisCommand {
  readonly name: string;
  readonly lua: string;
  readonly numberOfKeys: number;
}

/** A user of the connection: it brings its own commands and listens on at most one channel. */
export interface RedisUser {
  readonly commands: readonly RedisCommand[];
  readonly channel?: string;
  /** Called when the connection is up, for the first time or again: messages sent meanwhile are lost. */
  readonly onConnected: () => void;
  readonly onLost: (reason: string) => void;
  readonly onMessage?: (message: string) => void;
}

/** The methods that ioredis adds for defined commands; its types do not know them. */
type ScriptMethods = Readonly<
  Record<string, ((...words: readonly (string | number)[]) => Promise<unknown>) | undefined>
>;

/**
 * The connection to Redis, shared by all features that need one: a socket for commands and, if a
 * user listens, one for messages. Both reconnect by themselves. Nothing is queued while they are
 * down, and nothing is sent twice.
 */
export class RedisConnection {
  private readonly commands: Redis;
  private readonly subscriber: Redis;
  private readonly users = new Set<RedisUser>();
  private readonly running = new Set<Promise<unknown>>();
  private lastError = 'not connected yet';
  private isHeldBack = false;

  /** @param url `redis://` or `rediss://`, with user, password and database number as needed */
  constructor(url: string) {
    this.commands = this.createClient(url, 'easel');
    this.subscriber = this.createClient(url, 'easel-news');
    this.commands.on('ready', () => {
      this.users.forEach((user) => void this.load(user));
    });
    this.subscriber.on('ready', () => {
      this.users.forEach((user) => void this.subscribe(user));
    });
    this.commands.on('close', () => {
      this.notifyLost([...this.users]);
    });
    this.subscriber.on('close', () => {
      this.notifyLost([...this.users].filter(({ channel }) => channel !== undefined));
    });
    this.subscriber.on('message', (channel: string, message: string) => {
      this.users.forEach((user) => {
        if (user.channel === channel) {
          user.onMessage?.(message);
        }
      });
    });
  }

  /** The number of the database that the URL names. */
  get database(): number {
    return this.commands.options.db ?? 0;
  }

  /**
   * Adds a user of the connection, and connects for the first one.
   *
   * @throws Error if another user has a command of the same name
   */
  attach(user: RedisUser): void {
    for (const { name, lua, numberOfKeys } of user.commands) {
      if (name in this.commands) {
        throw new Error(`Redis command '${name}' is defined already`);
      }
      this.commands.defineCommand(name, { lua, numberOfKeys });
    }
    this.users.add(user);
    if (this.commands.status === 'ready') {
      void this.load(user);
    }
    if (this.subscriber.status === 'ready') {
      void this.subscribe(user);
    }
    for (const client of user.channel === undefined ? [this.commands] : this.clients) {
      if (client.status === 'wait') {
        // A failure is also emitted as an event, and the next attempt follows automatically.
        client.connect().catch(() => undefined);
      }
    }
  }

  /** Removes a user. After the last one the connection closes, once all replies have arrived. */
  async detach(user: RedisUser): Promise<void> {
    this.users.delete(user);
    await Promise.allSettled(this.running);
    if (this.users.size === 0) {
      await this.commands.quit().catch(() => undefined);
      this.commands.disconnect();
      this.subscriber.disconnect();
    }
  }

  /** Whether this user can send commands and receives messages on its channel. */
  isReadyFor({ channel }: RedisUser): boolean {
    return (
      this.commands.status === 'ready' &&
      (channel === undefined || this.subscriber.status === 'ready')
    );
  }

  /**
   * Runs a command of a user.
   *
   * @param keys as many as the command takes, all with one hash tag
   * @throws Error if Redis is away, does not reply in time, or rejects it
   */
  run(name: string, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    const reply = this.call(name, [...keys, ...args]);
    this.running.add(reply);
    const onEnd = (): void => {
      this.running.delete(reply);
    };
    reply.then(onEnd, onEnd);
    return reply;
  }

  /** Replaces sockets that no longer reply. All users lose the connection for a moment. */
  reconnect(): void {
    for (const client of this.clients) {
      if (client.status === 'ready') {
        client.disconnect(true);
      }
    }
  }

  private get clients(): readonly Redis[] {
    return [this.commands, this.subscriber];
  }

  private async call(name: string, words: readonly (string | number)[]): Promise<unknown> {
    const method = (this.commands as unknown as ScriptMethods)[name];
    if (method === undefined) {
      throw new Error(`Redis command '${name}' is not defined`);
    }
    this.holdBack();
    // EVALSHA, and EVAL if the server does not know the script (NOSCRIPT).
    return method.call(this.commands, ...words);
  }

  /**
   * Combines the commands of one turn of the event loop into one write, which is most of what a
   * command costs.
   */
  private holdBack(): void {
    const { stream } = this.commands;
    if (!this.isHeldBack && this.commands.status === 'ready') {
      this.isHeldBack = true;
      stream.cork();
      setImmediate(() => {
        this.isHeldBack = false;
        stream.uncork();
      });
    }
  }

  /** Loads the scripts in advance, so that they run in the order in which they are sent. */
  private async load(user: RedisUser): Promise<void> {
    try {
      await Promise.all(user.commands.map(({ lua }) => this.commands.script('LOAD', lua)));
      this.notifyConnected(user);
    } catch (error) {
      this.lastError = failureReason(error);
      this.commands.disconnect(true);
    }
  }

  private async subscribe(user: RedisUser): Promise<void> {
    if (user.channel === undefined) {
      return;
    }
    try {
      await this.subscriber.subscribe(user.channel);
      this.notifyConnected(user);
    } catch (error) {
      this.lastError = failureReason(error);
      this.subscriber.disconnect(true);
    }
  }

  private notifyConnected(user: RedisUser): void {
    if (this.users.has(user)) {
      user.onConnected();
    }
  }

  private notifyLost(users: readonly RedisUser[]): void {
    for (const user of users) {
      user.onLost(this.lastError);
    }
  }

  private createClient(url: string, connectionName: string): Redis {
    const client = new Redis(url, {
      connectionName,
      lazyConnect: true,
      // Every server supports the older protocol, and so does every proxy in front of one.
      protocol: 2,
      connectTimeout: CONNECT_TIMEOUT_MS,
      commandTimeout: COMMAND_TIMEOUT_MS,
      keepAlive: 10_000,
      // No request waits for Redis to come back.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      // Subscribing on every connect proves that messages arrive before a user relies on them.
      autoResubscribe: false,
      retryStrategy: (times) => Math.min(100 * 2 ** Math.min(times, 10), MAX_RETRY_MS),
    });
    // A frozen server accepts sockets and stays silent; ioredis would wait for its greeting for
    // ever.
    let patience: NodeJS.Timeout | undefined;
    client.on('connect', () => {
      patience = setTimeout(() => {
        client.disconnect(true);
      }, CONNECT_TIMEOUT_MS).unref();
    });
    for (const event of ['ready', 'close']) {
      client.on(event, () => {
        clearTimeout(patience);
      });
    }
    client.on('error', (error: Error) => {
      this.lastError = failureReason(error);
    });
    return client;
  }
}
