import { Semaphore } from '../../concurrency/semaphore';
import { GatewayError } from '../../errors/gateway-error';
import type { RequestMemory } from '../../memory/request-memory';

/** Room is taken in steps of this many bytes, and always one ahead of what has come: Node reads no more at once. */
const STEP_BYTES = 64 * 1024;

/** So much has to be free, in bytes, for a download to begin. What it announces is not taken on trust. */
const ROOM_TO_BEGIN_BYTES = 1024 * 1024;

/** How long a download may wait for more room, in milliseconds; as long as a body may. */
const LONGEST_WAIT_MS = 60_000;

/** What a download of which so many bytes have come has to have. */
export function roomFor(bytes: number): number {
  return (Math.ceil(bytes / STEP_BYTES) + 1) * STEP_BYTES;
}

/**
 * The room in memory that the downloads of one request take as they come: out of the share of its body, since
 * its client might as well have sent them. Its rule is that of bodies (`admission.ts`), so nobody waits for ever: the
 * eldest may always grow, and needs nobody to come to its end.
 */
export class DownloadsRoom {
  /** A share waits for one thing at a time. */
  private readonly line = new Semaphore(1);

  constructor(
    private readonly memory: Pick<RequestMemory, 'bodyShare' | 'giveBackBody'>,
    private readonly signal: AbortSignal,
    private readonly longestWaitMs = LONGEST_WAIT_MS,
  ) {}

  /** A download that is about to begin, once there is room for it. */
  async open(): Promise<DownloadRoom> {
    const room = new DownloadRoom(this);
    await room.begin();
    return room;
  }

  /**
   * @param room how many have to be free for it
   * @throws GatewayError `overloaded` where there is none for too long, or too many wait
   * @throws the signal's reason when that is aborted
   */
  grow(bytes: number, room = bytes): Promise<void> {
    return this.line.run(() => this.growAlone(bytes, room), this.signal);
  }

  giveBack(bytes: number): void {
    this.memory.giveBackBody(bytes);
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
    }, this.longestWaitMs);
    try {
      await waiting;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The room of one download. */
export class DownloadRoom {
  private taken = 0;
  private received = 0;

  constructor(private readonly downloads: DownloadsRoom) {}

  /** How many bytes have come. */
  get bytes(): number {
    return this.received;
  }

  async begin(): Promise<void> {
    await this.take(roomFor(0), ROOM_TO_BEGIN_BYTES);
  }

  /** So many bytes have come; waits until there is room for the next. */
  add(bytes: number): Promise<void> | undefined {
    this.received += bytes;
    const missing = roomFor(this.received) - this.taken;
    return missing > 0 ? this.take(missing) : undefined;
  }

  /** Nobody holds the bytes any more. */
  release(): void {
    this.downloads.giveBack(this.taken);
    this.taken = 0;
  }

  private async take(bytes: number, room?: number): Promise<void> {
    await this.downloads.grow(bytes, room);
    this.taken += bytes;
  }
}
