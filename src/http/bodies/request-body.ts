import type { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { GatewayError, invalidRequest } from '../../errors/gateway-error';
import { isInflated } from '../../memory/inflation';
import { contextOf } from '../../context/request-contexts';
import { bodyDecoder, inflated, type BodyDecoder } from './body-decoder';
import { isFragmented, isTooSlow, PACE_MS } from './body-pace';
import { BodyReservation } from './body-reservation';
import { BODY_TURNS, BodySource } from './body-source';
import { bodyAborted } from './body-aborted';
import { inviteBody } from './expect-continue';
import { linger, stopReading } from './linger';

const MEBIBYTE = 1024 * 1024;

type Push = (chunk: Buffer) => void;

export interface BodyLimits {
  /** The maximum size of the body in MiB, both as sent and decompressed. */
  readonly maxMegabytes: number;
  /** The interval of the progress checks, in milliseconds. Only tests change it. */
  readonly paceMs?: number;
}

/**
 * Passes the decompressed body of a request to `push`, chunk by chunk as it arrives, no faster than
 * memory allows. Resolves once the body is complete, in a turn of the event loop that has time
 * left. An earlier error, including one from `push`, is thrown at once; the rest of the body is
 * then read and discarded for a while, or the client would never read the response.
 *
 * @throws GatewayError `body_too_large`, also for the announced size; `request_too_large` for a
 * compressed body that inflates too far; `overloaded` if there is no memory for its bytes;
 * `request_timeout` if it stops arriving; `unsupported_content_type` for a Content-Encoding other
 * than gzip, deflate and br; `invalid_request` for a body that cannot be decompressed, arrives in
 * tiny pieces, or whose client has disconnected
 */
export async function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  limits: BodyLimits,
  push: Push,
): Promise<void> {
  const { maxMegabytes } = limits;
  const limit = maxMegabytes * MEBIBYTE;
  const context = contextOf(response);
  let reading: BodyReading | undefined;
  try {
    if (request.destroyed) {
      throw bodyAborted();
    }
    if (Number(request.headers['content-length'] ?? 0) > limit) {
      throw new GatewayError({ kind: 'body_too_large', maxMegabytes });
    }
    const decoder = bodyDecoder(request.headers['content-encoding']);
    const room = new BodyReservation(request, context, decoder?.ownBytes);
    await room.begin();
    inviteBody(request, response);
    reading = new BodyReading(request, decoder, room, limits, push);
    room.settle(await reading.whole);
    await BODY_TURNS.turn();
  } catch (error) {
    // The bytes that have arrived will not be used.
    context.memory.releaseBody();
    throw error;
  } finally {
    if (!request.readableEnded && !request.destroyed) {
      (reading?.isFragmented === true ? stopReading : linger)(request);
    }
  }
}

/** Reads one body. It settles once and then removes all its listeners. */
class BodyReading {
  /** Resolves with the size of the body. */
  readonly whole: Promise<number>;

  /** Whether reading stopped because the pieces are too small. */
  isFragmented = false;

  private readonly source: BodySource;
  private readonly undo: (() => void)[] = [];
  private readonly limit: number;
  private resolve!: (bytes: number) => void;
  private reject!: (error: Error) => void;
  private sentBytes = 0;
  private sentPieces = 0;
  private bytes = 0;
  /** The bytes received by the previous progress check. */
  private seenBytes = 0;
  private wasPausedForMemory = false;

  constructor(
    private readonly request: IncomingMessage,
    private readonly decoder: BodyDecoder | undefined,
    private readonly room: BodyReservation,
    private readonly limits: BodyLimits,
    private readonly push: Push,
  ) {
    this.limit = limits.maxMegabytes * MEBIBYTE;
    this.source = new BodySource(request, decoder?.stream ?? request);
    this.whole = new Promise((resolve, reject) => {
      // Not a function of our own around them, in which V8 would keep the request: see decision 28.
      [this.resolve, this.reject] = [resolve, reject];
    });
    this.listen();
  }

  private settle(error?: Error): void {
    this.undo.forEach((step) => {
      step();
    });
    if (error === undefined) {
      this.resolve(this.bytes);
    } else {
      this.reject(error);
    }
  }

  private listen(): void {
    const { request, decoder, source } = this;
    const onGone = (): void => {
      if (!request.readableEnded) {
        this.settle(bodyAborted());
      }
    };
    this.on(request, 'error', onGone);
    this.on(request, 'close', onGone);
    this.on(source.readable, 'end', () => {
      this.settle();
    });
    source.join();
    this.undo.push(() => {
      source.free();
    });
    if (!request.complete) {
      const timer = setInterval(() => {
        this.checkPace();
      }, this.limits.paceMs ?? PACE_MS);
      this.undo.push(() => {
        clearInterval(timer);
      });
    }
    if (decoder !== undefined) {
      this.decode(decoder);
    }
    this.on(source.readable, 'data', (chunk) => {
      this.attempt(() => {
        this.take(chunk);
      });
      source.spend();
    });
  }

  private decode({ stream }: BodyDecoder): void {
    const { request } = this;
    this.on(request, 'data', (chunk) => {
      this.attempt(() => {
        this.count(chunk);
      });
    });
    this.on(stream, 'error', () => {
      this.settle(
        invalidRequest(null, null, 'The body of your request could not be decompressed.'),
      );
    });
    this.undo.push(() => {
      request.unpipe(stream);
      stream.on('error', () => undefined).destroy();
    });
    request.pipe(stream);
  }

  /** Counts bytes as sent. */
  private count(chunk: Buffer): void {
    this.sentBytes += chunk.length;
    this.sentPieces += 1;
    if (isFragmented(this.sentPieces, this.sentBytes)) {
      this.isFragmented = true;
      throw invalidRequest(
        null,
        null,
        'The body of your request comes in too many small chunks. Send larger ones, or a Content-Length.',
      );
    }
    if (this.sentBytes > this.limit) {
      throw this.tooLarge();
    }
  }

  /** Takes bytes after decoding. */
  private take(chunk: Buffer): void {
    const { decoder } = this;
    this.bytes += chunk.length;
    if (decoder === undefined) {
      this.count(chunk);
    } else if (this.bytes > this.limit) {
      throw this.tooLarge();
    } else if (isInflated(decoder.stream.bytesWritten, this.bytes)) {
      throw inflated();
    }
    this.push(chunk);
    const waiting = this.room.take(this.bytes);
    if (waiting !== undefined) {
      this.pauseUntil(waiting);
    }
  }

  private pauseUntil(waiting: Promise<void>): void {
    this.wasPausedForMemory = true;
    this.source.pauseForMemory();
    waiting.then(
      () => {
        this.wasPausedForMemory = true;
        this.source.goOn();
      },
      (error: unknown) => {
        this.settle(asError(error));
      },
    );
  }

  private checkPace(): void {
    const sent = this.sentBytes;
    const look = { bytes: sent - this.seenBytes, wasPausedForMemory: this.wasPausedForMemory };
    this.seenBytes = sent;
    this.wasPausedForMemory = this.source.isPausedForMemory;
    if (!this.request.complete && isTooSlow(look)) {
      this.settle(new GatewayError({ kind: 'request_timeout' }));
    }
  }

  private attempt(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.settle(asError(error));
    }
  }

  private on(emitter: EventEmitter, event: string, listener: Push): void {
    emitter.on(event, listener);
    this.undo.push(() => emitter.off(event, listener));
  }

  private tooLarge(): GatewayError {
    return new GatewayError({
      kind: 'body_too_large',
      maxMegabytes: this.limits.maxMegabytes,
    });
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error('a body could not be taken');
}
