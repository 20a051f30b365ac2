import { failureReason } from '../../redis/failure-reason';
import type { RedisConnection, RedisUser } from '../../redis/redis-connection';
import { commandName, limitKeys, loadLimitCommands, readReply } from './limit-scripts';
import type { LimitReply, LimitScript } from './limit-scripts';

export interface SharedLimitsListener {
  /**
   * Called when Redis is connected or reconnected: sends everything that it has missed; false if
   * that failed.
   */
  readonly restore: () => Promise<boolean>;
  readonly onLost: () => void;
}

/** How long a process waits for Redis before it starts to serve. */
const START_WAIT_MS = 2500;

interface SharingLog {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
}

/**
 * The limits as counted in Redis for all replicas. While Redis is away, each replica counts from
 * what it last saw plus its own usage. Each change is logged with one line.
 */
export class SharedLimits {
  private readonly user: RedisUser;
  private listener: SharedLimitsListener | undefined;
  private onSettled: () => void = () => undefined;
  private isUp = false;
  private isClosed = false;

  constructor(
    private readonly connection: RedisConnection,
    private readonly log: SharingLog,
  ) {
    this.user = {
      commands: loadLimitCommands(),
      onConnected: () => void this.join(),
      onLost: (reason) => {
        this.disconnect(reason);
      },
    };
  }

  /** Whether Redis currently does the counting. */
  get isJoined(): boolean {
    return this.isUp;
  }

  /** Resolves once Redis counts, or once that is known to take longer. */
  start(listener: SharedLimitsListener): Promise<void> {
    this.listener = listener;
    return new Promise((resolve) => {
      const patience = setTimeout(resolve, START_WAIT_MS);
      this.onSettled = () => {
        clearTimeout(patience);
        resolve();
      };
      this.connection.attach(this.user);
    });
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.connection.detach(this.user);
  }

  /** @returns undefined if Redis is away: never rejects, and takes at most two seconds */
  async run(
    script: LimitScript,
    consumer: string,
    args: readonly (string | number)[],
  ): Promise<LimitReply | undefined> {
    try {
      return readReply(await this.connection.run(commandName(script), limitKeys(consumer), args));
    } catch (error) {
      this.disconnect(failureReason(error));
      // A server that does not reply may still hold the socket.
      this.connection.reconnect();
      return undefined;
    }
  }

  private async join(): Promise<void> {
    const isRestored = await this.listener?.restore();
    if (isRestored === true && !this.isUp && this.connection.isReadyFor(this.user)) {
      this.isUp = true;
      this.log.info({}, 'limits of consumers are counted over all replicas through Redis');
      this.onSettled();
    }
  }

  private disconnect(reason: string): void {
    if (this.isUp && !this.isClosed) {
      this.log.warn(
        { reason },
        'Redis is away: each replica counts the limits of consumers on its own until it is back',
      );
    }
    this.isUp = false;
    this.listener?.onLost();
  }
}
