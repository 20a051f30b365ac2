import type { NewReservations } from './new-reservations';
import { keyOf, type QueuedChange, type QuotaQueue } from './quota-queue';
import {
  isNothing,
  minus,
  NO_AMOUNT,
  plus,
  type QuotaAmount,
  type QuotaRules,
} from './quota-rules';
import { entryOf, type Held, type QuotaView } from './quota-view';

/** So many requests of a consumer in one batch are worth an allotment for the next ones. */
const MIN_REQUESTS = 4;
/** An allotment that did not suffice grows by this factor, and one that is hardly used shrinks. */
const GROWTH = 2;

interface Allotment {
  /** Its reservation in the database. What requests are using counts for it here. */
  readonly cover: Held;
  rules: QuotaRules;
  /** What may be taken without asking the database. */
  free: QuotaAmount;
  /** What should be free after a batch. */
  target: QuotaAmount;
  /** What was taken since the last batch. */
  taken: QuotaAmount;
  isChanged: boolean;
}

interface Asked {
  readonly held: Held;
  readonly rules: QuotaRules;
  readonly amount: QuotaAmount;
  readonly requests: number;
}

/**
 * Amounts that the database has set aside for the next requests of busy consumers, so that a batch
 * has one entry for a consumer rather than two for each request. Near a limit it sets nothing aside,
 * and every request asks for itself.
 */
export class QuotaAllotments {
  private readonly open = new Map<string, Allotment>();
  /** Those that the database may have lost, until the last request that took from them has ended. */
  private readonly closed = new Set<Held>();

  constructor(
    private readonly view: QuotaView,
    private readonly queue: QuotaQueue,
    private readonly reservations: NewReservations,
  ) {}

  /** Whether the database has to be told of a change. */
  get isDue(): boolean {
    return [...this.open.values()].some(isDue);
  }

  /** Takes an amount, if that much was set aside under these rules. */
  take(held: Held, rules: QuotaRules, amount: QuotaAmount): boolean {
    const allotment = this.open.get(keyOf(held));
    if (allotment === undefined || !areSame(allotment.rules, rules)) {
      return false;
    }
    const free = minus(allotment.free, amount);
    if (free.images < 0 || free.microUsd < 0) {
      return false;
    }
    const { cover } = allotment;
    allotment.free = free;
    allotment.taken = plus(allotment.taken, amount);
    allotment.isChanged = true;
    held.within = cover;
    held.current = amount;
    this.view.set(cover, plus(cover.current, amount));
    return true;
  }

  /** Ends what was taken. */
  end(held: Held): void {
    const { within: cover, current } = held;
    if (cover === undefined) {
      return;
    }
    this.view.set(cover, minus(cover.current, current));
    const allotment = this.open.get(keyOf(held));
    if (allotment?.cover === cover) {
      allotment.isChanged = true;
    } else if (isNothing(cover.current) && this.closed.delete(cover)) {
      this.settle(cover);
    }
  }

  /**
   * Ends allotments that nobody takes from any more.
   *
   * @param isEnding whether the process is about to end
   */
  release(isEnding: boolean): void {
    for (const [key, allotment] of this.open) {
      if (isEnding) {
        allotment.taken = NO_AMOUNT;
      }
      if (isNothing(allotment.taken) && isNothing(allotment.cover.current)) {
        this.open.delete(key);
        if (!isNothing(allotment.cover.counted)) {
          this.settle(allotment.cover);
        }
      }
    }
  }

  /** A batch from the queue, with what changes in the allotments. */
  around(batch: readonly QueuedChange[], now: number): readonly QueuedChange[] {
    const lapsesAt = now + this.reservations.lapseMs;
    const asked = askedIn(batch);
    for (const [key, { held, rules, requests }] of asked) {
      if (requests >= MIN_REQUESTS && !this.open.has(key)) {
        this.open.set(key, begun(this.reservations.together(held), rules));
      }
    }
    const before: QueuedChange[] = [];
    const after: QueuedChange[] = [];
    for (const [key, allotment] of this.open) {
      const its = asked.get(key);
      if (!isDue(allotment) && its === undefined) {
        continue;
      }
      const { cover } = allotment;
      const amount = plus(cover.current, this.queue.unsentSum(cover));
      allotment.rules = its?.rules ?? allotment.rules;
      const change = {
        ...entryOf(cover),
        amount,
        lapsesAt,
        kind: 'allot',
        rules: allotment.rules,
      } as const;
      if (its !== undefined && cover.wasSent) {
        // What is still set aside must not refuse a request of the same consumer.
        before.push({ held: cover, change: { ...change, kept: NO_AMOUNT, spare: NO_AMOUNT } });
      }
      const spare = nextTarget(allotment, its?.amount);
      const kept = its === undefined ? lesser(allotment.free, spare) : NO_AMOUNT;
      after.push({ held: cover, change: { ...change, kept, spare } });
      allotment.free = kept;
      allotment.target = spare;
      allotment.taken = NO_AMOUNT;
      allotment.isChanged = false;
      cover.wasSent = true;
    }
    return [...before, ...batch, ...after];
  }

  /** The database has granted what a batch asked for. */
  granted(batch: readonly QueuedChange[]): void {
    const last = new Map(batch.map(({ held, change }) => [held, change]));
    for (const [held, change] of last) {
      const allotment = this.open.get(keyOf(held));
      if (change.kind === 'allot' && allotment?.cover === held) {
        const more = minus(held.counted, plus(change.amount, change.kept));
        allotment.free = plus(allotment.free, more);
        allotment.target = lesser(allotment.target, minus(held.counted, change.amount));
      }
    }
  }

  /** The database is away: nothing is taken any more. */
  close(): void {
    for (const { cover } of this.open.values()) {
      if (isNothing(cover.current)) {
        this.settle(cover);
      } else {
        this.closed.add(cover);
      }
    }
    this.open.clear();
  }

  /** What was used is told by sums: of the allotment itself nothing was. */
  private settle(cover: Held): void {
    this.queue.put({ held: cover, change: { ...entryOf(cover), kind: 'settle' } });
  }
}

function begun(cover: Held, rules: QuotaRules): Allotment {
  return { cover, rules, free: NO_AMOUNT, target: NO_AMOUNT, taken: NO_AMOUNT, isChanged: true };
}

function isDue({ isChanged, free }: Allotment): boolean {
  return isChanged || !isNothing(free);
}

/** @param missed what requests had to ask the database for */
function nextTarget({ target, taken }: Allotment, missed: QuotaAmount | undefined): QuotaAmount {
  const wanted = plus(taken, missed ?? NO_AMOUNT);
  if (isNothing(wanted)) {
    return NO_AMOUNT;
  }
  if (missed !== undefined) {
    return times(greater(target, wanted), GROWTH);
  }
  const isAmple = wanted.images * GROWTH * GROWTH < target.images;
  return isAmple ? times(target, 1 / GROWTH) : target;
}

function times({ images, microUsd }: QuotaAmount, factor: number): QuotaAmount {
  return { images: Math.floor(images * factor), microUsd: Math.floor(microUsd * factor) };
}

function greater(a: QuotaAmount, b: QuotaAmount): QuotaAmount {
  return { images: Math.max(a.images, b.images), microUsd: Math.max(a.microUsd, b.microUsd) };
}

function lesser(a: QuotaAmount, b: QuotaAmount): QuotaAmount {
  return { images: Math.min(a.images, b.images), microUsd: Math.min(a.microUsd, b.microUsd) };
}

/** What the requests in a batch ask for, by consumer and day. */
function askedIn(batch: readonly QueuedChange[]): ReadonlyMap<string, Asked> {
  const asked = new Map<string, Asked>();
  for (const { held, change } of batch) {
    if (change.kind === 'reserve') {
      const key = keyOf(held);
      const { amount = NO_AMOUNT, requests = 0 } = asked.get(key) ?? {};
      asked.set(key, {
        held,
        rules: change.rules,
        amount: plus(amount, change.amount),
        requests: requests + 1,
      });
    }
  }
  return asked;
}

function areSame(a: QuotaRules, b: QuotaRules): boolean {
  return a.imagesPerDay === b.imagesPerDay && a.microUsdPerMonth === b.microUsdPerMonth;
}
