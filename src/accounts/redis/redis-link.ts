import { Redis } from 'ioredis';
import { KEYS, newsChannel, SCRIPTS, type PoolScript } from './pool-script';

/** How long Redis may take for a script; one that takes longer counts as away. */
const COMMAND_TIMEOUT_MS = 2000;

/** How long a connection may take to become one, greeting and all. */
const CONNECT_TIMEOUT_MS = 4000;

const LONGEST_RETRY_MS = 2000;

/** What happens on the link; told to one listener. */
export interface LinkEvents {
  /** There is a connection, a first one or a new one: whatever was told meanwhile is lost. */
  readonly onConnected: () => void;
  readonly onLost: (reason: string) => void;
  readonly onNews: (message: string) => void;
}

/**
 * The way to Redis: one connection for scripts and one for news, each made anew by itself when it
 * breaks. Nothing is queued while there is none, and nothing is sent twice.
 */
export class RedisLink {
  private readonly commands: Redis;
  private readonly news: Redis;
  private readonly channel: string;
  /** When the present attempt to connect began, in epoch milliseconds. */
  private connectingSince = Date.now();
  private lastError = 'not connected yet';
  /** Answers still to come. */
  private readonly running = new Set<Promise<unknown>>();

  /** @param url `redis://` or `rediss://`, with user, password and database number as needed */
  constructor(
    url: string,
    private readonly events: LinkEvents,
  ) {
    this.commands = connectionTo(url, 'easel');
    this.news = connectionTo(url, 'easel-news');
    this.channel = newsChannel(this.commands.options.db ?? 0);
    for (const connection of [this.commands, this.news]) {
      connection.on('connecting', () => {
        this.connectingSince = Date.now();
      });
      connection.on('error', (error: Error) => {
        this.lastError = reasonOf(error);
      });
      connection.on('close', () => {
        this.events.onLost(this.lastError);
      });
    }
    this.commands.on('ready', () => {
      void this.load();
    });
    this.news.on('ready', () => {
      void this.subscribe();
    });
    this.news.on('message', (_channel: string, message: string) => {
      this.events.onNews(message);
    });
  }

  /** Begins to connect; what comes of it is told by the events. */
  connect(): void {
    for (const connection of [this.commands, this.news]) {
      // A failure is an event as well, and tried again by itself.
      connection.connect().catch(() => undefined);
    }
  }

  get isConnected(): boolean {
    return this.commands.status === 'ready' && this.news.status === 'ready';
  }

  /**
   * Runs a script.
   *
   * @throws Error where Redis is away, does not answer in time or refuses it
   */
  run(script: PoolScript, args: readonly (string | number)[]): Promise<unknown> {
    const answer = this.evaluate(script, args);
    this.running.add(answer);
    const ended = (): void => {
      this.running.delete(answer);
    };
    answer.then(ended, ended);
    return answer;
  }

  /** Gives up connections that do not answer any more, and makes new ones. */
  renew(): void {
    for (const connection of [this.commands, this.news]) {
      if (connection.status === 'ready') {
        connection.disconnect(true);
      }
    }
  }

  /** Gives up connections that never come about: a frozen server accepts them and says nothing. */
  renewIfStuck(): void {
    if (Date.now() - this.connectingSince > CONNECT_TIMEOUT_MS) {
      for (const connection of [this.commands, this.news]) {
        if (connection.status === 'connect') {
          connection.disconnect(true);
        }
      }
    }
  }

  /** Hangs up once what was sent has arrived. */
  async close(): Promise<void> {
    await Promise.allSettled(this.running);
    await this.commands.quit().catch(() => undefined);
    this.commands.disconnect();
    this.news.disconnect();
  }

  private async evaluate(script: PoolScript, args: readonly (string | number)[]): Promise<unknown> {
    const keys = [...KEYS, this.channel];
    try {
      return await this.commands.evalsha(script.sha1, keys.length, ...keys, ...args);
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('NOSCRIPT')) {
        return this.commands.eval(script.lua, keys.length, ...keys, ...args);
      }
      throw error;
    }
  }

  /** Scripts that the server knows already are run in the order in which they are sent. */
  private async load(): Promise<void> {
    try {
      await Promise.all(SCRIPTS.map(({ lua }) => this.commands.script('LOAD', lua)));
      this.events.onConnected();
    } catch (error) {
      this.lastError = reasonOf(error);
      this.commands.disconnect(true);
    }
  }

  private async subscribe(): Promise<void> {
    try {
      await this.news.subscribe(this.channel);
      this.events.onConnected();
    } catch (error) {
      this.lastError = reasonOf(error);
      this.news.disconnect(true);
    }
  }
}

function connectionTo(url: string, connectionName: string): Redis {
  return new Redis(url, {
    connectionName,
    lazyConnect: true,
    // The older protocol is spoken by every server, and by every proxy before one.
    protocol: 2,
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    keepAlive: 10_000,
    // An image must not wait for Redis to come back: while it is away, memory serves.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    // Subscribing is done on every connection, so that the news is known to flow before it is relied on.
    autoResubscribe: false,
    retryStrategy: (times) => Math.min(100 * 2 ** Math.min(times, 10), LONGEST_RETRY_MS),
  });
}

/** A socket's code or Redis's own word (`NOAUTH`, `READONLY`); never the text, which may quote the URL. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) {
    return 'unknown';
  }
  if ('code' in error && typeof error.code === 'string') {
    return error.code;
  }
  return (
    /^[A-Z]{4,}\b/.exec(error.message)?.[0] ??
    (/timed out/i.test(error.message) ? 'timeout' : error.name)
  );
}
