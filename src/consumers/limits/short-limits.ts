import { randomUUID } from 'node:crypto';
import type { Consumer, ConsumerLimitRules } from '../../context/consumer';
import { type LimitDecision, type LimitStatus, WINDOW_MS } from './limit-status';
import { LocalUsage, type Taken } from './local-usage';
import type { SharedLimits } from './shared-limits';

/** Images that were taken off the limits, all of them or none. */
export type ShortReservation = { readonly status: LimitStatus } & (
  | {
      readonly granted: true;
      /** One of them is done, or will never be made; gives what is used then. */
      readonly end: (index: number, isMade: boolean) => Promise<LimitStatus>;
    }
  | Extract<LimitDecision, { granted: false }>
);

/** The limits that are counted as images come and go: by the minute, and at work. */
export class ShortLimits {
  private readonly usages = new Map<string, LocalUsage>();
  private readonly replica = randomUUID();
  private reservations = 0;

  /**
   * @param lapseMs how long a request may take at most, and a while more
   * @param shared undefined without Redis
   */
  constructor(
    private readonly lapseMs: number,
    private readonly shared?: SharedLimits,
  ) {}

  /** Resolves once the limits are shared with the other replicas, or that is known to take a while. */
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

  /** Whether the limits are counted over all replicas; undefined where there is one. */
  get isShared(): boolean | undefined {
    return this.shared?.isJoined;
  }

  /** Takes images off the limits of a consumer, all of them or none. */
  async reserve(
    name: string,
    rules: ConsumerLimitRules,
    images: number,
  ): Promise<ShortReservation> {
    const usage = this.usageOf(name);
    this.reservations += 1;
    const id = `${this.replica}:${this.reservations}`;
    const shared = await this.reserveShared(name, id, images, rules, usage);
    const decision = shared?.decision ?? usage.decide(rules, images, Date.now());
    if (!decision.granted) {
      return { ...decision, status: shared?.status ?? usage.status(Date.now()) };
    }
    const taken = usage.take(id, images, Date.now(), shared !== undefined);
    if (this.shared?.isJoined === false) {
      usage.owe(taken);
    }
    return {
      granted: true,
      status: shared?.status ?? usage.status(Date.now()),
      end: async (index, isMade) => {
        usage.end(taken, index, isMade);
        const status = await this.endShared(name, usage, taken, index, isMade);
        return status ?? usage.status(Date.now());
      },
    };
  }

  /** What a consumer uses of its limits. */
  async status({ name, limits }: Consumer): Promise<LimitStatus> {
    const usage = this.usages.get(name);
    if (limits !== undefined && this.shared?.isJoined === true) {
      const reply = await this.shared.run('look', name, []);
      if (reply !== undefined) {
        return reply.status;
      }
    }
    return usage?.status(Date.now()) ?? { inWindow: 0, resetMs: 0, atWork: 0 };
  }

  async close(): Promise<void> {
    await this.shared?.close();
  }

  private async reserveShared(
    name: string,
    id: string,
    images: number,
    rules: ConsumerLimitRules,
    usage: LocalUsage,
  ): Promise<{ readonly decision: LimitDecision; readonly status: LimitStatus } | undefined> {
    if (this.shared?.isJoined !== true) {
      return undefined;
    }
    const [perMinute, atOnce] = [rules.imagesPerMinute ?? '', rules.concurrentImages ?? ''];
    const args = [id, images, perMinute, atOnce, this.lapseMs];
    const reply = await this.shared.run('reserve', name, args);
    if (reply === undefined) {
      return undefined;
    }
    const { refusedBy: limit, retryMs, status } = reply;
    const own = limit === undefined ? images : 0;
    const { inWindow, atWork } = status;
    usage.sawAll({ ...status, inWindow: inWindow - own, atWork: atWork - own }, Date.now());
    if (limit === undefined) {
      return { decision: { granted: true }, status };
    }
    const decision: LimitDecision =
      limit === 'imagesPerMinute'
        ? { granted: false, limit, used: inWindow, retryMs }
        : { granted: false, limit, used: atWork };
    return { decision, status };
  }

  private async endShared(
    name: string,
    usage: LocalUsage,
    taken: Taken,
    index: number,
    isMade: boolean,
  ): Promise<LimitStatus | undefined> {
    if (this.shared === undefined) {
      return undefined;
    }
    const image = `${taken.id}:${index}`;
    const reply =
      this.shared.isJoined && taken.isShared
        ? await this.shared.run('finish', name, [image, isMade ? 1 : 0])
        : undefined;
    if (reply === undefined) {
      usage.owe(taken);
    } else {
      usage.sawAll(reply.status, Date.now());
    }
    return reply?.status;
  }

  /**
   * Tells Redis what it has missed. The last pass finds nothing and does not wait, so that nothing is missed
   * between it and the moment from which Redis counts.
   *
   * @returns false where Redis went away again
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
        // Whatever ends from here on is told in a later pass.
        usage.settled(unshared);
        const reply = await this.shared?.run('restore', name, [this.lapseMs, ...args]);
        if (reply === undefined) {
          unshared.forEach((taken) => {
            usage.owe(taken);
          });
          return false;
        }
        usage.sawAll(reply.status, Date.now());
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

/** The images of a reservation as restore.lua takes them. */
function imagesOf({ id, at, counts, works }: Taken, now: number): readonly (string | number)[] {
  return counts.flatMap((isCounting, index) => {
    const age = now - at;
    const counted = isCounting && age < WINDOW_MS ? Math.max(0, age) : '';
    return [`${id}:${index}`, counted, works[index] === true ? 1 : 0];
  });
}
