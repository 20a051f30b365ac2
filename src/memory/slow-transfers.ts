/** Bytes on their way to a client, which hold memory until it has taken them. */
export interface Transfer {
  /** How much memory they hold, in bytes. */
  readonly heldBytes: number;
  /** How many bytes the client has taken so far, of whatever; undefined while there is nothing for it to take. */
  takenBytes(): Promise<number | undefined>;
  /** Hangs up on the client, which gives the memory back. */
  cutOff(bytesPerSecond: number): void;
}

/** How often to look while somebody waits for memory, in milliseconds. */
const LOOK_MS = 1000;

/** How long a client is watched before it is called slow, in milliseconds. */
const WATCHED_MS = 10_000;

/** A client that takes less is slow: an image of 16 MB takes it more than a minute. */
const LEAST_BYTES_PER_SECOND = 256 * 1024;

/** What slow clients may hold together while others wait, as a part of the whole. The rest is for those who do not dawdle. */
const PART_OF_THE_SLOW = 0.5;

/** A slow transfer, as it was measured. */
export interface Pace {
  readonly heldBytes: number;
  readonly bytesPerSecond: number;
}

/** Which of the transfers have to go so that the slow ones hold no more than their part: the slowest. */
export function inTheWay<T extends Pace>(transfers: readonly T[], maxBytes: number): readonly T[] {
  const slow = transfers
    .filter(({ bytesPerSecond }) => bytesPerSecond < LEAST_BYTES_PER_SECOND)
    .sort((a, b) => a.bytesPerSecond - b.bytesPerSecond || b.heldBytes - a.heldBytes);
  let held = slow.reduce((sum, { heldBytes }) => sum + heldBytes, 0);
  return slow.filter(({ heldBytes }) => {
    const isOver = held > maxBytes * PART_OF_THE_SLOW;
    held -= isOver ? heldBytes : 0;
    return isOver;
  });
}

interface Look {
  readonly atMs: number;
  readonly takenBytes: number;
}

/**
 * Watches how fast clients take their responses while others wait for memory, and hangs up on the slowest where slow
 * ones hold too much of it. Otherwise a few of them could keep all others waiting: at a few KB/s a response lasts for an
 * hour. While nobody waits they are let.
 */
export class SlowTransfers {
  private readonly transfers = new Map<Transfer, readonly Look[]>();
  private timer: NodeJS.Timeout | undefined;
  private isLooking = false;

  /**
   * @param maxBytes how much memory there is for all
   * @param isAwaited whether somebody waits for memory
   * @param clock in milliseconds
   */
  constructor(
    private readonly maxBytes: number,
    private readonly isAwaited: () => boolean,
    private readonly lookMs = LOOK_MS,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  /** @returns ends the watch */
  add(transfer: Transfer): () => void {
    this.transfers.set(transfer, []);
    return () => {
      this.transfers.delete(transfer);
    };
  }

  /** Somebody waits for memory. */
  watch(): void {
    this.timer ??= setInterval(() => void this.look(), this.lookMs).unref();
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
        [...this.transfers.keys()].map((transfer) => this.paceOf(transfer)),
      );
      const known = paces.filter((pace) => pace !== undefined);
      for (const { transfer, bytesPerSecond } of inTheWay(known, this.maxBytes)) {
        transfer.cutOff(bytesPerSecond);
      }
    } finally {
      this.isLooking = false;
    }
  }

  private async paceOf(
    transfer: Transfer,
  ): Promise<(Pace & { readonly transfer: Transfer }) | undefined> {
    const takenBytes = await transfer.takenBytes();
    const earlier = this.transfers.get(transfer);
    if (earlier === undefined) {
      // It has ended meanwhile.
      return undefined;
    }
    if (takenBytes === undefined) {
      this.transfers.set(transfer, []);
      return undefined;
    }
    const atMs = this.clock();
    const first = earlier.findLast((look) => atMs - look.atMs >= WATCHED_MS);
    const kept = first === undefined ? earlier : earlier.slice(earlier.indexOf(first));
    this.transfers.set(transfer, [...kept, { atMs, takenBytes }]);
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
    for (const transfer of this.transfers.keys()) {
      this.transfers.set(transfer, []);
    }
  }
}
