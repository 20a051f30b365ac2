/** Bytes on their way to a client, which hold memory until the client has received them. */
export interface Transfer {
  /** How much memory they hold, in bytes. */
  readonly heldBytes: number;
  /**
   * How many bytes the client has received so far, in total; undefined while there is nothing for
   * it to receive.
   */
  takenBytes(): Promise<number | undefined>;
  /** Disconnects the client, which frees the memory. */
  cutOff(bytesPerSecond: number): void;
}

/** How often to check while a request waits for memory, in milliseconds. */
const CHECK_INTERVAL_MS = 1000;

/** How long a client is observed before it counts as slow, in milliseconds. */
const WATCHED_MS = 10_000;

/** A slower client counts as slow: an image of 16 MB takes it more than a minute. */
const MIN_BYTES_PER_SECOND = 256 * 1024;

/** The fraction of all memory that slow clients together may hold while others wait. */
const SLOW_FRACTION = 0.5;

/** The measured speed of a slow transfer. */
export interface Pace {
  readonly heldBytes: number;
  readonly bytesPerSecond: number;
}

/** The transfers to end, slowest first, so that the slow ones hold no more than their fraction. */
export function transfersToEnd<T extends Pace>(
  transfers: readonly T[],
  maxBytes: number,
): readonly T[] {
  const slow = transfers
    .filter(({ bytesPerSecond }) => bytesPerSecond < MIN_BYTES_PER_SECOND)
    .sort((a, b) => a.bytesPerSecond - b.bytesPerSecond || b.heldBytes - a.heldBytes);
  let held = slow.reduce((sum, { heldBytes }) => sum + heldBytes, 0);
  return slow.filter(({ heldBytes }) => {
    const isOver = held > maxBytes * SLOW_FRACTION;
    held -= isOver ? heldBytes : 0;
    return isOver;
  });
}

interface Look {
  readonly atMs: number;
  readonly takenBytes: number;
}

/**
 * A transfer and what was observed of it. It forgets the transfer when that ends, because an entry
 * may stay in memory after it was removed from a set (decision 28), and a transfer references its
 * whole request.
 */
interface Observation {
  transfer: Transfer | undefined;
  looks: readonly Look[];
}

/**
 * Measures how fast clients receive their responses while others wait for memory, and disconnects
 * the slowest if slow ones hold too much of it. Otherwise a few of them could keep all others
 * waiting: at a few KB/s a response lasts for an hour. While no request waits, slow clients are
 * left alone.
 */
export class SlowTransfers {
  private readonly observations = new Set<Observation>();
  private timer: NodeJS.Timeout | undefined;
  private isLooking = false;

  /**
   * @param maxBytes how much memory there is in total
   * @param isAwaited whether a request waits for memory
   * @param clock in milliseconds
   */
  constructor(
    private readonly maxBytes: number,
    private readonly isAwaited: () => boolean,
    private readonly checkIntervalMs = CHECK_INTERVAL_MS,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  /** @returns ends the observation */
  add(transfer: Transfer): () => void {
    const observation: Observation = { transfer, looks: [] };
    this.observations.add(observation);
    return () => {
      observation.transfer = undefined;
      this.observations.delete(observation);
    };
  }

  /** Starts checking, because a request waits for memory. */
  watch(): void {
    this.timer ??= setInterval(() => void this.look(), this.checkIntervalMs).unref();
  }

  private async look(): Promise<void> {
    if (this.isLooking) {
      return;
    }
    if (!this.isAwaited()) {
      this.rest();
      return;
    }
    this.isLooking = true;
    try {
      const paces = await Promise.all(
        [...this.observations].map((observation) => this.paceOf(observation)),
      );
      const known = paces.filter((pace) => pace !== undefined);
      for (const { transfer, bytesPerSecond } of transfersToEnd(known, this.maxBytes)) {
        transfer.cutOff(bytesPerSecond);
      }
    } finally {
      this.isLooking = false;
    }
  }

  private async paceOf(
    observation: Observation,
  ): Promise<(Pace & { readonly transfer: Transfer }) | undefined> {
    const takenBytes = await observation.transfer?.takenBytes();
    const { transfer, looks } = observation;
    if (transfer === undefined) {
      // It has ended in the meantime.
      return undefined;
    }
    if (takenBytes === undefined) {
      observation.looks = [];
      return undefined;
    }
    const atMs = this.clock();
    const first = looks.findLast((look) => atMs - look.atMs >= WATCHED_MS);
    const kept = first === undefined ? looks : looks.slice(looks.indexOf(first));
    observation.looks = [...kept, { atMs, takenBytes }];
    return first === undefined
      ? undefined
      : {
          transfer,
          heldBytes: transfer.heldBytes,
          bytesPerSecond: ((takenBytes - first.takenBytes) * 1000) / (atMs - first.atMs),
        };
  }

  private rest(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    for (const observation of this.observations) {
      observation.looks = [];
    }
  }
}
