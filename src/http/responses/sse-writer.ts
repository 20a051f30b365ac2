import type { Response } from 'express';
import { GatewayError, type GatewayFault } from '../../errors/gateway-error';
import { serialiseBlobJson } from '../../json/blob-json-writer';
import { openAiError, type OpenAiErrorBody } from '../../errors/openai-error';
import type { RequestContext } from '../../context/request-context';
import { contextOf } from '../../context/request-contexts';
import { noteFault } from '../errors/note-fault';
import { setOpenAiHeaders } from './openai-headers';
import { yieldWhenSlow } from './slow-reader';
import { dropWhenStalled } from './stalled-reader';
import { writeInPieces } from './write-in-pieces';

/** A stream is never silent for 15 s, because proxies close what is silent for a minute or less. */
const KEEP_ALIVE_MS = 14_000;

const KEEP_ALIVE = Buffer.from(': keepalive\n\n');
const END_OF_EVENT = Buffer.from('\n\n');

export interface SseEvent {
  /** Not every API names its events. */
  readonly name?: string;
  /** Written as JSON, on one line; long strings in it may be blobs. */
  readonly data: unknown;
}

/** The dialect of a stream. */
export interface SseDialect {
  /** The event that ends a stream which fails after it has begun. */
  readonly errorEvent: (body: OpenAiErrorBody) => SseEvent;
  /** The line that ends every stream, failed or not, if clients wait for one. */
  readonly lastData?: string;
}

/**
 * Sends server-sent events, in order and as fast as the client reads; what it cannot take yet waits
 * here. The headers are sent with the first event or, if that takes long, with the first
 * keep-alive; until then an error is still an ordinary response.
 *
 * Nothing but `event` and `data` is ever sent: openai-python fails on an `id` or a `retry`.
 */
export class SseWriter {
  private readonly queue: (readonly Buffer[])[] = [];
  private readonly keepAlive: NodeJS.Timeout;
  /** It knows that the client has gone also where the response has yet to have its turn in a pipeline. */
  private readonly context: RequestContext;
  private isWriting = false;
  private isEnded = false;

  constructor(
    private readonly response: Response,
    private readonly dialect: SseDialect,
    keepAliveMs = KEEP_ALIVE_MS,
  ) {
    this.keepAlive = setInterval(() => {
      // A client with unread data needs no keep-alive.
      if (!this.isWriting) {
        this.write([KEEP_ALIVE]);
      }
    }, keepAliveMs);
    this.context = contextOf(response);
    this.context.onClosed(() => {
      this.stop();
    });
  }

  send({ name, data }: SseEvent): void {
    const head = Buffer.from(name === undefined ? 'data: ' : `event: ${name}\ndata: `);
    this.write([head, ...serialiseBlobJson(data).chunks, END_OF_EVENT]);
  }

  /** Ends the response once everything is sent. */
  end(): void {
    this.stop();
    if (this.dialect.lastData !== undefined) {
      this.write([Buffer.from(`data: ${this.dialect.lastData}\n\n`)]);
    }
    this.isEnded = true;
    this.finish();
  }

  /**
   * Ends the response with the dialect's error event.
   *
   * @throws the error itself if nothing has been sent, so that it becomes an ordinary error response
   */
  fail(error: unknown): void {
    const { response, context } = this;
    if (context.isClosed && response.headersSent) {
      // Nobody is left to hear of it, and it is no fault.
      return;
    }
    if (!response.headersSent) {
      this.stop();
      throw error;
    }
    const fault: GatewayFault = error instanceof GatewayError ? error.fault : { kind: 'internal' };
    noteFault(context, fault, error);
    const { body, status } = openAiError(fault, context.id);
    // The response began with 200, but the log must show how it ended.
    context.outcome.statusAfterStart = status;
    this.send(this.dialect.errorEvent(body));
    this.end();
  }

  private write(chunks: readonly Buffer[]): void {
    if (this.context.isClosed) {
      return;
    }
    this.begin();
    this.queue.push(chunks);
    if (!this.isWriting) {
      void this.writeQueue();
    }
  }

  private begin(): void {
    const { response } = this;
    if (response.headersSent) {
      return;
    }
    response.setHeader('Content-Type', 'text/event-stream');
    response.setHeader('Cache-Control', 'no-cache');
    // nginx would delay the events until its buffer is full.
    response.setHeader('X-Accel-Buffering', 'no');
    setOpenAiHeaders(response, this.context);
    dropWhenStalled(response);
    yieldWhenSlow(response);
    response.flushHeaders();
  }

  private async writeQueue(): Promise<void> {
    const { response } = this;
    this.isWriting = true;
    for (let chunks = this.queue.shift(); chunks !== undefined; chunks = this.queue.shift()) {
      if (!(await writeInPieces(response, chunks))) {
        this.queue.length = 0;
        return;
      }
    }
    this.isWriting = false;
    this.keepAlive.refresh();
    this.finish();
  }

  private finish(): void {
    if (this.isEnded && !this.isWriting) {
      this.response.end();
    }
  }

  private stop(): void {
    clearInterval(this.keepAlive);
  }
}
