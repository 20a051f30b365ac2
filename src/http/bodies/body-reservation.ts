import type { IncomingMessage } from 'node:http';
import type { RequestContext } from '../../context/request-context';
import { GatewayError } from '../../errors/gateway-error';
import { bodyAborted } from './body-aborted';

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;

/**
 * Bodies up to this size, in bytes, are not counted: the connection itself takes as much memory.
 */
const SMALL_BYTES = 16 * KIBIBYTE;

/**
 * Memory is reserved in steps of this size, in bytes, always one step ahead of what has arrived.
 */
const STEP_BYTES = 64 * KIBIBYTE;

/**
 * Bodies up to this size reserve memory in smaller steps; thousands of tiny bodies would otherwise
 * exhaust the budget.
 */
const SHORT_BYTES = 256 * KIBIBYTE;
const SHORT_STEP_BYTES = 16 * KIBIBYTE;

/**
 * How much memory must be free, in bytes, before reading of a body begins; the body's size if that
 * is less. Not more: a body that waits for more would block those behind it, and announcing a large
 * body costs a client nothing.
 */
const FREE_BYTES_TO_BEGIN = MEBIBYTE;

/** How long a body may wait for more memory, in milliseconds. */
const MAX_WAIT_MS = 60_000;

/** How much memory to reserve next for a body, given the bytes that have arrived. */
export function bytesToReserve(bytes: number, announced: number): number {
  const step = bytes <= SHORT_BYTES ? SHORT_STEP_BYTES : STEP_BYTES;
  const ahead = (Math.ceil(bytes / step) + 1) * step;
  return Math.max(bytes, Math.min(ahead, announced));
}

/**
 * The memory reserved for a body as it arrives. Its announced size is not reserved, because
 * announcing costs a client nothing.
 */
export class BodyReservation {
  /** The announced size of the decoded body; infinite if unknown. */
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
   * Waits for enough memory to begin. Most bodies are too short to need any, and the size of some
   * is unknown.
   */
  async begin(): Promise<void> {
    if (this.announced > SMALL_BYTES && this.announced !== Number.POSITIVE_INFINITY) {
      const room = Math.min(this.announced, FREE_BYTES_TO_BEGIN);
      await this.grow(0, room);
    }
  }

  /**
   * Reserves memory for this many bytes and one step more.
   *
   * @returns a promise only if it has to wait
   * @throws GatewayError `overloaded` if no memory becomes free in time
   */
  take(bytes: number): Promise<void> | undefined {
    if (Math.min(bytes, this.announced) <= SMALL_BYTES) {
      return undefined;
    }
    const wanted = bytesToReserve(bytes, this.announced) + (this.ownBytes?.(bytes) ?? 0);
    const missing = wanted - this.context.memory.bodyShare().bytes;
    return missing > 0 ? this.grow(missing, missing) : undefined;
  }

  /** Adjusts the reservation to the size of the complete body. */
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
      ended.abort(bodyAborted());
    });
    const timer = setTimeout(() => {
      ended.abort(new GatewayError({ kind: 'overloaded', retryAfterSeconds: 5 }));
    }, MAX_WAIT_MS);
    try {
      await waiting;
    } finally {
      clearTimeout(timer);
      stopListening();
    }
  }
}
