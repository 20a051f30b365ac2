import type { IncomingMessage } from 'node:http';
import type { RequestContext } from '../../context/request-context';
import { GatewayError } from '../../errors/gateway-error';
import { cutShort } from './cut-short';

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;

/** A body that is not longer, in bytes, is not worth counting: the connection itself takes as much. */
const SMALL_BYTES = 16 * KIBIBYTE;

/** Room is taken in steps of this many bytes, and always one ahead of what has come. */
const STEP_BYTES = 64 * KIBIBYTE;

/** A body that is not longer takes smaller steps: thousands with a few bytes each would fill the memory with steps. */
const SHORT_BYTES = 256 * KIBIBYTE;
const SHORT_STEP_BYTES = 16 * KIBIBYTE;

/**
 * So much has to be free, in bytes, for a body to begin, or all of it where it is shorter. No more: who waits for much
 * holds those up who stand behind, and to announce much costs nothing.
 */
const ROOM_TO_BEGIN_BYTES = MEBIBYTE;

/** How long a body may wait for more room, in milliseconds. */
const LONGEST_WAIT_MS = 60_000;

/** What to take next for a body of which so many bytes have come. */
export function roomFor(bytes: number, announced: number): number {
  const step = bytes <= SHORT_BYTES ? SHORT_STEP_BYTES : STEP_BYTES;
  const ahead = (Math.ceil(bytes / step) + 1) * step;
  return Math.max(bytes, Math.min(ahead, announced));
}

/**
 * The room in memory that a body takes as it comes. What it announces is not taken on trust: it would cost
 * nothing to announce.
 */
export class BodyRoom {
  /** Of the decoded body; infinite if unknown. */
  private readonly announced: number;

  constructor(
    { headers }: IncomingMessage,
    private readonly context: RequestContext,
    private readonly ownBytes: ((decodedBytes: number) => number) | undefined,
  ) {
    const length = headers['content-length'];
    this.announced =
      length === undefined || ownBytes !== undefined ? Number.POSITIVE_INFINITY : Number(length);
  }

  /** Waits for room to begin. Most bodies are so short that they need none, and of some the size is not known yet. */
  async begin(): Promise<void> {
    if (this.announced > SMALL_BYTES && this.announced !== Number.POSITIVE_INFINITY) {
      const room = Math.min(this.announced, ROOM_TO_BEGIN_BYTES);
      await this.grow(0, room);
    }
  }

  /**
   * Takes the room for so many bytes and one step more.
   *
   * @returns a promise only where it has to be waited for
   * @throws GatewayError `overloaded` where there is none for too long
   */
  take(bytes: number): Promise<void> | undefined {
    if (Math.min(bytes, this.announced) <= SMALL_BYTES) {
      return undefined;
    }
    const wanted = roomFor(bytes, this.announced) + (this.ownBytes?.(bytes) ?? 0);
    const missing = wanted - this.context.memory.bodyShare().bytes;
    return missing > 0 ? this.grow(missing, missing) : undefined;
  }

  /** It has come whole, and is so long. */
  settle(bytes: number): void {
    if (bytes > SMALL_BYTES) {
      this.context.memory.bodyShare().settle(bytes);
    }
  }

  private grow(bytes: number, room: number): Promise<void> | undefined {
    const ended = new AbortController();
    const waiting = this.context.memory
      .bodyShare()
      .grow({ bytes, room, weight: 1, signal: ended.signal });
    return waiting && this.bounded(waiting, ended);
  }

  private async bounded(waiting: Promise<void>, ended: AbortController): Promise<void> {
    const stopListening = this.context.onClosed(() => {
      ended.abort(cutShort());
    });
    const timer = setTimeout(() => {
      ended.abort(new GatewayError({ kind: 'overloaded', retryAfterSeconds: 5 }));
    }, LONGEST_WAIT_MS);
    try {
      await waiting;
    } finally {
      clearTimeout(timer);
      stopListening();
    }
  }
}
