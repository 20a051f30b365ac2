import { randomUUID } from 'node:crypto';
import type { Consumer, ConsumerLimitRules } from '../../context/consumer';
import { type LimitDecision, type LimitStatus, WINDOW_MS } from './limit-status';
import type { LimitReply, LimitScript } from './limit-scripts';
import { LocalUsage, type Taken } from './local-usage';
import type { SharedLimits } from './shared-limits';

/** The maximum age of what Redis last said, for the headers of a response that reserves no images. */
const RECENT_MS = 1000;

/** Images that were reserved together, all or none. */
export type ShortReservation =
  | {
      readonly granted: true;
      /** Ends one of the images, which was made or never will be. Resolves once it is shared. */
      readonly end: (index: number, isMade: boolean) => Promise<void>;
    }
  | Extract<LimitDecision, { granted: false }>;

/** The rate and concurrency limits, which are counted as images start and finish. */
export class ShortLimits {
  private readonly usages = new Map<string, LocalUsage>();
  private readonly replica = randomUUID();
  private reservations = 0;

  /**
   * @param lapseMs the maximum duration of a request, plus a margin
   * @param shared undefined without Redis
   */
  constructor(
    private readonly lapseMs: number,
    private readonly shared?: SharedLimits,
  ) {}

  /**
   * Resolves once the limits are shared with the other replicas, or that is known to take longer.
   */
  async join(): Promise<void> {
    await this.shared?.start({
      restore: () => this.restore(),
      onLost: () => {
        this.usages.forEach((usage) => {
          usage.unshareAll();
        });
      },
    });
  }

  /** Whether the limits are counted across all replicas; undefined for a single replica. */
  get isShared(): boolean | undefined {
    return this.shared?.isJoined;
  }

  /** Reserves images of a consumer's limits, all or none. */
  async reserve(
    name: string,
    rules: ConsumerLimitRules,
    images: number,
  ): Promise<ShortReservation> {
    const usage = this.usageOf(name);
    this.reservations += 1;
    const id = `${this.replica}:${this.reservations}`;
    const reply = await this.ask('reserve', name, [
      id,
      images,
      rules.imagesPerMinute ?? '',
      rules.concurrentImages ?? '',
      this.lapseMs,
    ]);
    // No `await` from here on: otherwise a reply in between would count these images as those of
    // other replicas.
    const decision = decisionOf(reply) ?? usage.decide(rules, images, Date.now());
    if (!decision.granted) {
      note(usage, reply);
      return decision;
    }
    const taken = usage.take(id, images, Date.now(), reply !== undefined);
    note(usage, reply);
    if (this.shared?.isJoined === false) {
      usage.markUnreported(taken);
    }
    return {
      granted: true,
      end: (index, isMade) => {
        usage.end(taken, index, isMade);
        return this.sendEnd(name, usage, taken, index, isMade);
      },
    };
  }

  /** What a consumer has used of its limits. */
  async status({ name, limits }: Consumer): Promise<LimitStatus> {
    if (limits !== undefined) {
      await this.look(name);
    }
    return this.lastStatus(name);
  }

  /** The same, as last seen: in Redis's last reply; without Redis, as this process counts. */
  lastStatus(name: string): LimitStatus {
    const usage = this.usageOf(name);
    const now = Date.now();
    const reply = this.shared?.isJoined === true ? usage.lastReply(now) : undefined;
    return reply ?? usage.status(now);
  }

  /** Asks Redis if it has said nothing for a while; undefined if that is not needed. */
  refresh(name: string): Promise<void> | undefined {
    const isKnown =
      this.shared?.isJoined !== true || this.usageOf(name).hasRepliedSince(Date.now() - RECENT_MS);
    return isKnown ? undefined : this.look(name);
  }

  async close(): Promise<void> {
    await this.shared?.close();
  }

  /** Undefined while Redis does not count. */
  private async ask(
    script: LimitScript,
    name: string,
    args: readonly (string | number)[],
  ): Promise<LimitReply | undefined> {
    return this.shared?.isJoined === true ? this.shared.run(script, name, args) : undefined;
  }

  private async look(name: string): Promise<void> {
    const reply = await this.ask('look', name, []);
    note(this.usageOf(name), reply);
  }

  private async sendEnd(
    name: string,
    usage: LocalUsage,
    taken: Taken,
    index: number,
    isMade: boolean,
  ): Promise<void> {
    if (this.shared === undefined) {
      return;
    }
    const image = `${taken.id}:${index}`;
    const reply = taken.isShared
      ? await this.ask('finish', name, [image, isMade ? 1 : 0])
      : undefined;
    if (reply === undefined) {
      usage.markUnreported(taken);
    }
    note(usage, reply);
  }

  /**
   * Sends Redis what it has missed. The last pass finds nothing and does not wait, so nothing is
   * missed between it and the moment from which Redis counts.
   *
   * @returns false if Redis went away again
   */
  private async restore(): Promise<boolean> {
    let isDone = false;
    while (!isDone) {
      isDone = true;
      for (const [name, usage] of this.usages) {
        const now = Date.now();
        const unshared = usage.unshared(now);
        if (unshared.length === 0) {
          continue;
        }
        isDone = false;
        const args = unshared.flatMap((taken) => imagesOf(taken, now));
        // Images that end from here on are sent in a later pass.
        usage.settled(unshared);
        const reply = await this.shared?.run('restore', name, [this.lapseMs, ...args]);
        if (reply === undefined) {
          unshared.forEach((taken) => {
            usage.markUnreported(taken);
          });
          return false;
        }
        usage.recordTotals(reply.status, Date.now());
      }
    }
    return true;
  }

  private usageOf(name: string): LocalUsage {
    let usage = this.usages.get(name);
    if (usage === undefined) {
      usage = new LocalUsage(this.lapseMs);
      this.usages.set(name, usage);
    }
    return usage;
  }
}

function note(usage: LocalUsage, reply: LimitReply | undefined): void {
  if (reply !== undefined) {
    usage.recordTotals(reply.status, Date.now());
  }
}

/** Redis's decision about a reservation; undefined without a reply. */
function decisionOf(reply: LimitReply | undefined): LimitDecision | undefined {
  if (reply === undefined) {
    return undefined;
  }
  const { refusedBy: limit, retryMs, status } = reply;
  switch (limit) {
    case undefined:
      return { granted: true };
    case 'imagesPerMinute':
      return { granted: false, limit, used: status.inWindow, retryMs };
    case 'concurrentImages':
      return { granted: false, limit, used: status.atWork };
  }
}

/** The images of a reservation in the form that restore.lua expects. */
function imagesOf({ id, at, counts, works }: Taken, now: number): readonly (string | number)[] {
  return counts.flatMap((isCounting, index) => {
    const age = now - at;
    const counted = isCounting && age < WINDOW_MS ? Math.max(0, age) : '';
    return [`${id}:${index}`, counted, works[index] === true ? 1 : 0];
  });
}
