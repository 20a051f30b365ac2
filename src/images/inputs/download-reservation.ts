import { Semaphore } from '../../concurrency/semaphore';
import { GatewayError } from '../../errors/gateway-error';
import type { RequestMemory } from '../../memory/request-memory';

/**
 * Memory is reserved in steps of this many bytes, always one step ahead of what has arrived: Node
 * reads no more at once.
 */
const STEP_BYTES = 64 * 1024;

/** How many bytes must be free before a download begins. Its announced size is not trusted. */
const FREE_BYTES_TO_BEGIN = 1024 * 1024;

/** How long a download may wait for more memory, in milliseconds; the same as for a body. */
const MAX_WAIT_MS = 60_000;

/** The memory needed by a download of which this many bytes have arrived. */
export function bytesToReserve(bytes: number): number {
  return (Math.ceil(bytes / STEP_BYTES) + 1) * STEP_BYTES;
}

/**
 * The memory that a request's downloads take as they arrive. It comes out of the share of the
 * request's body, since the client might as well have sent the images. The rule of bodies applies
 * (`admission.ts`), so no download waits for ever: the oldest may always grow, and finishes without
 * depending on others.
 */
export class DownloadReservations {
  /** A share can only wait for one thing at a time. */
  private readonly line = new Semaphore(1);

  constructor(
    private readonly memory: Pick<RequestMemory, 'bodyShare' | 'releaseBodyBytes'>,
    private readonly signal: AbortSignal,
    private readonly maxWaitMs = MAX_WAIT_MS,
  ) {}

  /** A download that may begin, once there is memory for it. */
  async open(): Promise<DownloadReservation> {
    const room = new DownloadReservation(this);
    await room.begin();
    return room;
  }

  /**
   * @param room how many bytes must be free for it
   * @throws GatewayError `overloaded` if no memory becomes free in time, or too many are waiting
   * @throws the signal's reason if it is aborted
   */
  grow(bytes: number, room = bytes): Promise<void> {
    return this.line.run(() => this.growAlone(bytes, room), this.signal);
  }

  giveBack(bytes: number): void {
    this.memory.releaseBodyBytes(bytes);
  }

  private async growAlone(bytes: number, room: number): Promise<void> {
    const tooLong = new AbortController();
    const signal = AbortSignal.any([this.signal, tooLong.signal]);
    const waiting = this.memory.bodyShare().grow({ bytes, room, weight: 1, signal });
    if (waiting === undefined) {
      return;
    }
    const timer = setTimeout(() => {
      tooLong.abort(new GatewayError({ kind: 'overloaded', retryAfterSeconds: 5 }));
    }, this.maxWaitMs);
    try {
      await waiting;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The memory reserved for one download. */
export class DownloadReservation {
  private taken = 0;
  private received = 0;

  constructor(private readonly downloads: DownloadReservations) {}

  /** How many bytes have arrived. */
  get bytes(): number {
    return this.received;
  }

  async begin(): Promise<void> {
    await this.take(bytesToReserve(0), FREE_BYTES_TO_BEGIN);
  }

  /** Adds received bytes; waits until there is memory for the next ones. */
  add(bytes: number): Promise<void> | undefined {
    this.received += bytes;
    const missing = bytesToReserve(this.received) - this.taken;
    return missing > 0 ? this.take(missing) : undefined;
  }

  /** Releases the bytes, to which no references are left. */
  release(): void {
    this.downloads.giveBack(this.taken);
    this.taken = 0;
  }

  private async take(bytes: number, room?: number): Promise<void> {
    await this.downloads.grow(bytes, room);
    this.taken += bytes;
  }
}
