import type { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { GatewayError, invalidRequest } from '../../errors/gateway-error';
import type { Reservation } from '../../memory/memory-budget';
import type { RequestContext } from '../../context/request-context';
import { contextOf } from '../../context/request-contexts';
import { inviteBody } from './expect-continue';

const MEBIBYTE = 1024 * 1024;

/** What a body that does not say how long it is, is taken for at first, in bytes. */
const UNANNOUNCED_BYTES = 32 * MEBIBYTE;

/** A body that is not longer, in bytes, is not worth counting. */
const SMALL_BYTES = 256 * 1024;

/** How long a body may wait for its place, in milliseconds; Node gives it 300 s to come whole. */
const LONGEST_WAIT_MS = 60_000;

/** How long a client whose body is refused may go on sending while it has yet to read so. */
const LINGER_MS = 5000;

/**
 * After so much work on one body the others have their turn: Node reads up to 32 chunks of 64 KiB
 * from a fast client in a row, and a hostile body can make each of them cost milliseconds.
 */
const TURN_MS = 4;

type Push = (chunk: Buffer) => void;

export interface BodyLimits {
  /** The body in MiB, at most: as it is sent, and as it comes out of decompression. */
  readonly maxMegabytes: number;
}

/**
 * Hands the body of a request to `push`, chunk by chunk as it comes, decompressed where it came
 * compressed. Resolves once the body has come whole. What is thrown before that, by `push` as well,
 * is thrown at once; what the client still sends is taken in for a while, or it would never read why.
 *
 * @throws GatewayError `body_too_large`, also where it is only announced to be;
 * `overloaded` where its bytes find no room in memory;
 * `unsupported_content_type` for a Content-Encoding other than gzip, deflate and br;
 * `invalid_request` for a body that cannot be decompressed, or that ends because its client has gone
 */
export async function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  { maxMegabytes }: BodyLimits,
  push: Push,
): Promise<void> {
  const limit = maxMegabytes * MEBIBYTE;
  const tooLarge = (): GatewayError => new GatewayError({ kind: 'body_too_large', maxMegabytes });
  try {
    if (request.destroyed) {
      throw cutShort();
    }
    if (Number(request.headers['content-length'] ?? 0) > limit) {
      throw tooLarge();
    }
    const decoder = decoderFor(request.headers['content-encoding']);
    const reservation = await reservationFor(request, contextOf(response), limit);
    inviteBody(request, response);
    let bytes = 0;
    await take(
      request,
      decoder,
      bounded(limit, tooLarge),
      bounded(limit, tooLarge, (chunk) => {
        bytes += chunk.length;
        push(chunk);
      }),
    );
    reservation?.settle(bytes);
  } finally {
    if (!request.readableEnded && !request.destroyed) {
      linger(request);
    }
  }
}

/**
 * Room in memory for the bytes of the body, before any of them is read. Most requests have so few that
 * they need none.
 */
async function reservationFor(
  request: IncomingMessage,
  context: RequestContext,
  limit: number,
): Promise<Reservation | undefined> {
  const announced = request.headers['content-length'];
  const bytes = announced === undefined ? Math.min(UNANNOUNCED_BYTES, limit) : Number(announced);
  if (bytes <= SMALL_BYTES) {
    return undefined;
  }
  const ended = new AbortController();
  const stopListening = context.onClosed(() => {
    ended.abort(cutShort());
  });
  const timer = setTimeout(() => {
    ended.abort(new GatewayError({ kind: 'overloaded', retryAfterSeconds: 5 }));
  }, LONGEST_WAIT_MS);
  try {
    return await context.memory.reserve({ kind: 'bodies', bytes, weight: 1, signal: ended.signal });
  } finally {
    clearTimeout(timer);
    stopListening();
  }
}

/** Counts the bytes before it passes them on. */
function bounded(limit: number, tooLarge: () => GatewayError, push?: Push): Push {
  let bytes = 0;
  return (chunk) => {
    bytes += chunk.length;
    if (bytes > limit) {
      throw tooLarge();
    }
    push?.(chunk);
  };
}

function decoderFor(contentEncoding = 'identity'): Transform | undefined {
  switch (contentEncoding.trim().toLowerCase()) {
    case '':
    case 'identity':
      return undefined;
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    default:
      throw new GatewayError({
        kind: 'unsupported_content_type',
        message: 'The charset or the Content-Encoding of your request is not supported.',
      });
  }
}

/** Settles once, at the end of what `onChunk` is for, and leaves no listener behind. */
function take(
  request: IncomingMessage,
  decoder: Transform | undefined,
  onSent: Push,
  onChunk: Push,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const source = decoder ?? request;
    const undo: (() => void)[] = [];
    const settle = (error?: Error): void => {
      undo.forEach((step) => {
        step();
      });
      if (error === undefined) {
        resolve();
      } else {
        reject(error);
      }
    };
    const on = (emitter: EventEmitter, event: string, listener: Push): void => {
      emitter.on(event, listener);
      undo.push(() => emitter.off(event, listener));
    };
    const guarded =
      (push: Push): Push =>
      (chunk) => {
        try {
          push(chunk);
        } catch (error) {
          settle(error instanceof Error ? error : new Error('a body could not be taken'));
        }
      };
    const gone = (): void => {
      if (!request.readableEnded) {
        settle(cutShort());
      }
    };

    on(request, 'error', gone);
    on(request, 'close', gone);
    on(source, 'end', () => {
      settle();
    });
    if (decoder !== undefined) {
      on(request, 'data', guarded(onSent));
      on(decoder, 'error', () => {
        settle(invalidRequest(null, null, 'The body of your request could not be decompressed.'));
      });
      undo.push(() => {
        request.unpipe(decoder);
        decoder.on('error', () => undefined).destroy();
      });
      request.pipe(decoder);
    }
    on(source, 'data', inTurns(source, guarded(onChunk)));
  });
}

/** Lets others have the event loop after every few milliseconds of work on the chunks of `source`. */
function inTurns(source: Readable, push: Push): Push {
  let busyMs = 0;
  return (chunk) => {
    const started = performance.now();
    push(chunk);
    busyMs += performance.now() - started;
    if (busyMs > TURN_MS) {
      busyMs = 0;
      source.pause();
      setImmediate(() => source.resume());
    }
  };
}

/** Nobody is left to read it, but the reading has to end in something. */
function cutShort(): GatewayError {
  return invalidRequest(null, null, 'Your request ended before its body was complete.');
}

/**
 * Takes in what a client still sends, for a while: closing at once would reset the connection, and
 * with it the answer that tells why.
 */
function linger(request: IncomingMessage): void {
  request.resume();
  const timer = setTimeout(() => request.socket.destroy(), LINGER_MS).unref();
  request.once('close', () => {
    if (request.complete) {
      clearTimeout(timer);
    }
  });
}
