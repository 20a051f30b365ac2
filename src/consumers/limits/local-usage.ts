import type { ConsumerLimitRules } from '../../context/consumer';
import { WINDOW_MS, type LimitDecision, type LimitStatus } from './limit-status';

/** Images that were reserved together; each ends by itself. Times are epoch milliseconds. */
export interface Taken {
  /** Unique across all replicas. */
  readonly id: string;
  readonly at: number;
  /** By the image's index: whether it counts in the window, and whether it is in progress. */
  readonly counts: boolean[];
  readonly works: boolean[];
  /** Whether Redis knows all of this, and whether it has known any of it. */
  isShared: boolean;
  wasShared: boolean;
}

/** What the other replicas had in use when Redis last replied. */
interface RemoteUsage {
  readonly inWindow: number;
  readonly atWork: number;
  readonly repliedAt: number;
}

/** What Redis last replied, and when, in epoch milliseconds. */
interface Reply {
  readonly status: LimitStatus;
  readonly at: number;
}

const NOTHING: RemoteUsage = { inWindow: 0, atWork: 0, repliedAt: Number.NEGATIVE_INFINITY };

/**
 * What one consumer has used of its limits, as far as this process knows. The cost per request does
 * not depend on the amount.
 */
export class LocalUsage {
  /** The reservations of the last 60 seconds, oldest first. */
  private readonly recent = new Set<Taken>();
  private readonly working = new Set<Taken>();
  /** Those that ended while Redis was away. */
  private readonly unreportedEnds = new Set<Taken>();
  private inWindow = 0;
  private atWork = 0;
  private newestAt = 0;
  private remote = NOTHING;
  private reply: Reply | undefined;

  /** @param lapseMs after how long Redis drops an image in progress that is not renewed */
  constructor(private readonly lapseMs: number) {}

  /** Whether the images may be made, according to this process. */
  decide(rules: ConsumerLimitRules, images: number, now: number): LimitDecision {
    const { imagesPerMinute, concurrentImages } = rules;
    const { inWindow, atWork } = this.status(now);
    if (imagesPerMinute !== undefined && inWindow + images > imagesPerMinute) {
      const retryMs = this.freeIn(inWindow + images - imagesPerMinute, now);
      return { granted: false, limit: 'imagesPerMinute', used: inWindow, retryMs };
    }
    if (concurrentImages !== undefined && atWork + images > concurrentImages) {
      return { granted: false, limit: 'concurrentImages', used: atWork };
    }
    return { granted: true };
  }

  take(id: string, images: number, now: number, isShared: boolean): Taken {
    const all = (): boolean[] => Array<boolean>(images).fill(true);
    const taken: Taken = {
      id,
      at: now,
      counts: all(),
      works: all(),
      isShared,
      wasShared: isShared,
    };
    this.recent.add(taken);
    this.working.add(taken);
    this.inWindow += images;
    this.atWork += images;
    this.newestAt = now;
    return taken;
  }

  /** Ends one of the images, which was made or never will be. */
  end(taken: Taken, index: number, isMade: boolean): void {
    if (taken.works[index] === true) {
      taken.works[index] = false;
      this.atWork -= 1;
    }
    if (!isMade && taken.counts[index] === true) {
      taken.counts[index] = false;
      this.inWindow -= this.recent.has(taken) ? 1 : 0;
    }
    if (!taken.works.includes(true)) {
      this.working.delete(taken);
    }
  }

  /** Redis could not be informed of an end, and will be when it is back. */
  markUnreported(taken: Taken): void {
    taken.isShared = false;
    if (taken.wasShared) {
      this.unreportedEnds.add(taken);
    }
  }

  /** Redis knows these now. */
  settled(list: readonly Taken[]): void {
    for (const taken of list) {
      taken.isShared = true;
      taken.wasShared = true;
      this.unreportedEnds.delete(taken);
    }
  }

  status(now: number): LimitStatus {
    this.forget(now);
    const { remote, newestAt } = this;
    const newest = Math.max(
      this.inWindow > 0 ? newestAt : Number.NEGATIVE_INFINITY,
      remote.inWindow > 0 ? remote.repliedAt : Number.NEGATIVE_INFINITY,
    );
    return {
      inWindow: this.inWindow + remote.inWindow,
      resetMs: Math.max(0, newest + WINDOW_MS - now),
      atWork: this.atWork + remote.atWork,
    };
  }

  /**
   * The status in the last reply of Redis, which replies to each change. Undefined if it has never
   * replied.
   */
  lastReply(now: number): LimitStatus | undefined {
    if (this.reply === undefined) {
      return undefined;
    }
    const { status, at } = this.reply;
    const resetMs = Math.max(0, at + status.resetMs - now);
    return { ...status, inWindow: resetMs === 0 ? 0 : status.inWindow, resetMs };
  }

  /** Records the counts of all replicas from Redis, so that they are known while it is away. */
  recordTotals(status: LimitStatus, now: number): void {
    const { inWindow, atWork } = status;
    this.forget(now);
    this.reply = { status, at: now };
    this.remote = {
      inWindow: Math.max(0, inWindow - this.inWindow),
      atWork: Math.max(0, atWork - this.atWork),
      repliedAt: now,
    };
  }

  /** Whether Redis has replied since that time. */
  hasRepliedSince(after: number): boolean {
    return this.remote.repliedAt > after;
  }

  /** What Redis still has to be informed of. */
  unshared(now: number): readonly Taken[] {
    this.forget(now);
    const all = new Set([...this.recent, ...this.working, ...this.unreportedEnds]);
    return [...all].filter(({ isShared }) => !isShared);
  }

  /** Redis is away, and may lose its data. */
  unshareAll(): void {
    for (const taken of [...this.recent, ...this.working]) {
      taken.isShared = false;
    }
  }

  /** In how many milliseconds this many images will have left the window. */
  private freeIn(images: number, now: number): number {
    let left = images - this.remote.inWindow;
    // The count of other replicas is as old as the last reply.
    let free = this.remote.inWindow > 0 ? this.remote.repliedAt + WINDOW_MS - now : 0;
    for (const { at, counts } of this.recent) {
      if (left <= 0) {
        break;
      }
      left -= trues(counts);
      free = Math.max(free, at + WINDOW_MS - now);
    }
    return free;
  }

  private forget(now: number): void {
    for (const taken of this.recent) {
      if (taken.at + WINDOW_MS > now) {
        break;
      }
      this.recent.delete(taken);
      this.inWindow -= trues(taken.counts);
    }
    for (const taken of this.unreportedEnds) {
      if (taken.at + this.lapseMs > now) {
        break;
      }
      this.unreportedEnds.delete(taken);
    }
    if (this.remote.repliedAt + WINDOW_MS <= now) {
      this.remote = NOTHING;
    }
  }
}

function trues(flags: readonly boolean[]): number {
  return flags.reduce((count, flag) => count + (flag ? 1 : 0), 0);
}
