import { failureReason } from '../../redis/failure-reason';
import type { RedisConnection, RedisUser } from '../../redis/redis-connection';
import { readSync, type SyncReply } from './pool-reply';
import {
  commandName,
  loadPoolCommands,
  poolChannel,
  poolKeys,
  type PoolScript,
} from './pool-scripts';

/** How often leases are renewed within their duration: two renewals may be lost. */
const RENEWALS = 3;

/** The interval of attempts while Redis is away. */
const RETRY_EVERY_MS = 2000;

/** How long a process waits for Redis before it starts to serve. */
const START_WAIT_MS = 2500;

/** Whether the pool is shared with other replicas at present. */
export interface SharingStatus {
  readonly isJoined: boolean;
  /** Since when, in epoch milliseconds. */
  readonly since: number;
  /** Why Redis is away, as a short code. */
  readonly reason: string | undefined;
}

export interface SharingLog {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
}

/** The effect of a sync on this replica. */
export interface SyncOutcome {
  /** The first sync after Redis was away or has lost its data. */
  readonly isRejoin: boolean;
  /** False if Redis has lost its data, or is new to this replica. */
  readonly isSameStore: boolean;
}

export interface SessionListener {
  /** The arguments of sync.lua. */
  readonly localState: () => readonly (string | number)[];
  readonly onSynced: (reply: SyncReply, outcome: SyncOutcome) => void;
  readonly onDisconnect: () => void;
  readonly onMessage: (message: string) => void;
}

/**
 * Membership among the replicas: joined from the first sync until Redis fails or does not reply in
 * time, and again from the next sync. Each change is logged with one line.
 */
export class RedisSession {
  private readonly user: RedisUser;
  private readonly keys: readonly string[];
  private readonly renewEveryMs: number;
  private state: SharingStatus = { isJoined: false, since: Date.now(), reason: undefined };
  private epoch: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  private syncing: Promise<void> | undefined;
  private syncAgain = false;
  private settle: () => void = () => undefined;
  private closed = false;

  constructor(
    private readonly connection: RedisConnection,
    private readonly listener: SessionListener,
    private readonly log: SharingLog,
    leaseMs: number,
  ) {
    this.renewEveryMs = leaseMs / RENEWALS;
    const channel = poolChannel(connection.database);
    this.keys = poolKeys(channel);
    this.user = {
      commands: loadPoolCommands(),
      channel,
      onConnected: () => {
        this.sync();
      },
      onLost: (reason) => {
        this.disconnect(reason);
      },
      onMessage: listener.onMessage,
    };
  }

  get status(): SharingStatus {
    return this.state;
  }

  /** Resolves once this replica has joined the others, or once joining is known to take longer. */
  start(): Promise<void> {
    return new Promise((resolve) => {
      const patience = setTimeout(() => {
        this.disconnect('timeout');
      }, START_WAIT_MS);
      this.settle = () => {
        clearTimeout(patience);
        resolve();
      };
      this.syncIn(RETRY_EVERY_MS);
      this.connection.attach(this.user);
    });
  }

  /** Ends the session once everything sent has arrived. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.connection.detach(this.user);
  }

  /** Runs a script; undefined if Redis is away or the script fails. */
  async run(script: PoolScript, args: readonly (string | number)[]): Promise<unknown> {
    if (!this.state.isJoined) {
      return undefined;
    }
    try {
      return await this.call(script, args);
    } catch (error) {
      this.disconnect(failureReason(error));
      return undefined;
    }
  }

  /** Syncs this replica's state with Redis: soon, and never twice at a time. */
  sync(): void {
    if (this.syncing !== undefined) {
      this.syncAgain = true;
      return;
    }
    this.syncing = this.exchange().finally(() => {
      this.syncing = undefined;
      if (this.syncAgain) {
        this.syncAgain = false;
        this.sync();
      }
    });
  }

  private async exchange(): Promise<void> {
    if (this.closed) {
      return;
    }
    if (!this.connection.isReadyFor(this.user)) {
      this.syncIn(RETRY_EVERY_MS);
      return;
    }
    try {
      const reply = readSync(await this.call('sync', this.listener.localState()));
      if (reply !== undefined) {
        this.onSynced(reply);
        const { renewEveryMs } = this;
        this.syncIn(Math.min(renewEveryMs, (reply.nextExpiryMs ?? renewEveryMs) + 1));
      }
    } catch (error) {
      this.disconnect(failureReason(error));
      // After a failover the host name may resolve to another server than the socket's.
      this.connection.reconnect();
    }
  }

  private onSynced(reply: SyncReply): void {
    const wasJoined = this.state.isJoined;
    const isSameStore = reply.epoch === this.epoch;
    this.epoch = reply.epoch;
    if (!wasJoined) {
      this.state = { isJoined: true, since: Date.now(), reason: undefined };
      this.log.info({}, 'account state is shared with other replicas through Redis');
    }
    const isRejoin = !wasJoined || !isSameStore;
    // Leases that began or ended while the sync was under way are reported right after it.
    this.syncAgain ||= isRejoin;
    this.listener.onSynced(reply, { isRejoin, isSameStore });
    this.settle();
  }

  private disconnect(reason: string): void {
    if (this.closed) {
      return;
    }
    const isChange = this.state.isJoined || this.state.reason === undefined;
    this.state = { isJoined: false, since: isChange ? Date.now() : this.state.since, reason };
    if (isChange) {
      this.log.warn(
        { reason },
        'Redis is away: each replica keeps account state in memory until it is back',
      );
      this.listener.onDisconnect();
      this.connection.reconnect();
    }
    this.settle();
    this.syncIn(RETRY_EVERY_MS);
  }

  private call(script: PoolScript, args: readonly (string | number)[]): Promise<unknown> {
    return this.connection.run(commandName(script), this.keys, args);
  }

  private syncIn(milliseconds: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.sync();
    }, milliseconds).unref();
  }
}
