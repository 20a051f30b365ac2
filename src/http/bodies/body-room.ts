import type { IncomingMessage } from 'node:http';
import type { RequestContext } from '../../context/request-context';
import { GatewayError } from '../../errors/gateway-error';
import { cutShort } from './cut-short';

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;

/** Bodies up to this size, in bytes, are not counted: the connection itself takes as much. */
const SMALL_BYTES = 16 * KIBIBYTE;

/** Room is taken in steps of this size, in bytes, always one ahead of what has arrived. */
const STEP_BYTES = 64 * KIBIBYTE;

/**
 * Bodies up to this size take smaller steps: thousands with a few bytes each would fill the memory
 * with steps.
 */
const SHORT_BYTES = 256 * KIBIBYTE;
const SHORT_STEP_BYTES = 16 * KIBIBYTE;

/**
 * This much must be free, in bytes, for a body to begin; for a shorter body, its size. Not more: a
 * body that waits for more holds up those behind it, and announcing a large body costs nothing.
 */
const ROOM_TO_BEGIN_BYTES = MEBIBYTE;

/** How long a body may wait for more room, in milliseconds. */
const LONGEST_WAIT_MS = 60_000;

/** How much to take next for a body, by the bytes that have arrived. */
export function roomFor(bytes: number, announced: number): number {
  const step = bytes <= SHORT_BYTES ? SHORT_STEP_BYTES : STEP_BYTES;
  const ahead = (Math.ceil(bytes / step) + 1) * step;
  return Math.max(bytes, Math.min(ahead, announced));
}

/**
 * The memory that a body takes as it arrives. Its announced size does not count, because announcing
 * costs nothing.
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

  /**
   * Waits for room to begin. Most bodies are too short to need any, and the size of some is
   * unknown.
   */
  async begin(): Promise<void> {
    if (this.announced > SMALL_BYTES && this.announced !== Number.POSITIVE_INFINITY) {
      const room = Math.min(this.announced, ROOM_TO_BEGIN_BYTES);
      await this.grow(0, room);
    }
  }

  /**
   * Takes the room for this many bytes and one step more.
   *
   * @returns a promise only if it must wait
   * @throws GatewayError `overloaded` if there is none for too long
   */
  take(bytes: number): Promise<void> | undefined {
    if (Math.min(bytes, this.announced) <= SMALL_BYTES) {
      return undefined;
    }
    const wanted = roomFor(bytes, this.announced) + (this.ownBytes?.(bytes) ?? 0);
    const missing = wanted - this.context.memory.bodyShare().bytes;
    return missing > 0 ? this.grow(missing, missing) : undefined;
  }

  /** Corrects the room to the size of the complete body. */
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
