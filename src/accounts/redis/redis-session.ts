import { readSync, type SyncReply } from './pool-reply';
import { SYNC, type PoolScript } from './pool-script';
import { reasonOf, RedisLink } from './redis-link';

/** Places are renewed this often, and end 30 s after they last were. */
const RENEW_EVERY_MS = 10_000;

/** How often Redis is tried while it is away. */
const RETRY_EVERY_MS = 2000;

/** A process does not wait longer than this for Redis before it begins to serve. */
const START_PATIENCE_MS = 2500;

/** How it stands with the other replicas. */
export interface SharingStatus {
  readonly isJoined: boolean;
  /** Since when, in epoch milliseconds. */
  readonly since: number;
  /** Why Redis is away, in a word. */
  readonly reason: string | undefined;
}

export interface SharingLog {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
}

/** The replicas meet: for the first time in a while, or as ever. */
export interface Meeting {
  readonly isReunion: boolean;
  /** False when Redis has lost its memory, or is met for the first time. */
  readonly isSameStore: boolean;
}

/** Who takes part in the session. */
export interface SessionMember {
  /** What this replica has to say of itself, as SYNC takes it. */
  readonly ownState: () => readonly (string | number)[];
  readonly synced: (reply: SyncReply, meeting: Meeting) => void;
  readonly parted: () => void;
  readonly heard: (message: string) => void;
}

/**
 * Being together with the other replicas, or apart: from the first sync on until Redis fails or is
 * too slow for anything, and again as soon as it answers. Both are said once, in the log.
 */
export class RedisSession {
  private readonly link: RedisLink;
  private state: SharingStatus = { isJoined: false, since: Date.now(), reason: undefined };
  private epoch: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  private syncing: Promise<void> | undefined;
  private syncAgain = false;
  private settle: () => void = () => undefined;
  private closed = false;

  constructor(
    url: string,
    private readonly member: SessionMember,
    private readonly log: SharingLog,
  ) {
    this.link = new RedisLink(url, {
      onConnected: () => {
        this.sync();
      },
      onLost: (reason) => {
        this.part(reason);
      },
      onNews: member.heard,
    });
  }

  get status(): SharingStatus {
    return this.state;
  }

  /** Resolves once the replicas have met, or it is clear that it will take time. */
  start(): Promise<void> {
    return new Promise((resolve) => {
      const patience = setTimeout(() => {
        this.part('timeout');
      }, START_PATIENCE_MS);
      this.settle = () => {
        clearTimeout(patience);
        resolve();
      };
      this.syncIn(RETRY_EVERY_MS);
      this.link.connect();
    });
  }

  /** Ends the session once what was told has arrived. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.link.close();
  }

  /** Runs a script; undefined where the replicas are apart, before it or because of it. */
  async tell(script: PoolScript, args: readonly (string | number)[]): Promise<unknown> {
    if (!this.state.isJoined) {
      return undefined;
    }
    try {
      return await this.link.run(script, args);
    } catch (error) {
      this.part(reasonOf(error));
      return undefined;
    }
  }

  /** Tells the others what is so here, and hears what is so there; soon, and never twice at a time. */
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
    if (!this.link.isConnected) {
      this.link.renewIfStuck();
      this.syncIn(RETRY_EVERY_MS);
      return;
    }
    try {
      const reply = readSync(await this.link.run(SYNC, this.member.ownState()));
      if (reply !== undefined) {
        this.meet(reply);
        this.syncIn(Math.min(RENEW_EVERY_MS, (reply.nextEndMs ?? RENEW_EVERY_MS) + 1));
      }
    } catch (error) {
      this.part(reasonOf(error));
      // After a failover the name may lead to another server than this connection does.
      this.link.renew();
    }
  }

  private meet(reply: SyncReply): void {
    const wasJoined = this.state.isJoined;
    const isSameStore = reply.epoch === this.epoch;
    this.epoch = reply.epoch;
    if (!wasJoined) {
      this.state = { isJoined: true, since: Date.now(), reason: undefined };
      this.log.info({}, 'the accounts’ state is shared with other replicas through Redis');
    }
    const isReunion = !wasJoined || !isSameStore;
    // What has begun or ended here since the question was sent is told right away.
    this.syncAgain ||= isReunion;
    this.member.synced(reply, { isReunion, isSameStore });
    this.settle();
  }

  private part(reason: string): void {
    if (this.closed) {
      return;
    }
    const isNews = this.state.isJoined || this.state.reason === undefined;
    this.state = { isJoined: false, since: isNews ? Date.now() : this.state.since, reason };
    if (isNews) {
      this.log.warn(
        { reason },
        'Redis is away: the accounts’ state is kept in memory, by each replica for itself, until it is back',
      );
      this.member.parted();
      this.link.renew();
    }
    this.settle();
    this.syncIn(RETRY_EVERY_MS);
  }

  private syncIn(milliseconds: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.sync();
    }, milliseconds).unref();
  }
}
