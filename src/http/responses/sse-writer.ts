import type { Response } from 'express';
import { GatewayError, type GatewayFault } from '../../errors/gateway-error';
import { serialiseBlobJson } from '../../json/blob-json-writer';
import { openAiError, type OpenAiErrorBody } from '../../errors/openai-error';
import type { RequestContext } from '../../context/request-context';
import { contextOf } from '../../context/request-contexts';
import { noteFault } from '../errors/note-fault';
import { setOpenAiHeaders } from './openai-headers';
import { beginStream } from './begin-stream';
import { PacedWriter } from './paced-writer';

/**
 * A stream is never silent for 15 s, because some proxies close a connection that is silent for a
 * minute or less.
 */
const KEEP_ALIVE_MS = 14_000;

const KEEP_ALIVE = Buffer.from(': keepalive\n\n');
const END_OF_EVENT = Buffer.from('\n\n');

export interface SseEvent {
  /** Absent if the API does not name its events. */
  readonly name?: string;
  /** Serialised as JSON on one line; long strings in it may be blobs. */
  readonly data: unknown;
  /** Whether the event is left out when the stream is replayed. */
  readonly isTransient?: boolean;
}

/** How an API ends its streams. */
export interface SseDialect {
  /** The event that ends a stream that fails after it has begun. */
  readonly errorEvent: (body: OpenAiErrorBody) => SseEvent;
  /** The line that ends every stream, failed or not, if clients expect one. */
  readonly lastData?: string;
}

/**
 * Sends server-sent events, in order and as fast as the client reads; it queues what the client
 * cannot take yet. The headers are sent with the first event or, if that takes long, with the first
 * keep-alive; until then an error is an ordinary response.
 *
 * Only `event` and `data` are ever sent: openai-python fails on an `id` or a `retry`.
 */
export class SseWriter {
  private readonly writer: PacedWriter;
  private readonly keepAlive: NodeJS.Timeout;
  /** It knows that the client has gone even while the response is queued in a pipeline. */
  private readonly context: RequestContext;

  constructor(
    private readonly response: Response,
    private readonly dialect: SseDialect,
    keepAliveMs = KEEP_ALIVE_MS,
  ) {
    this.writer = new PacedWriter(response, () => {
      this.keepAlive.refresh();
    });
    this.keepAlive = setInterval(() => {
      // A client with unread data needs no keep-alive.
      if (!this.writer.isWriting) {
        this.write([KEEP_ALIVE]);
      }
    }, keepAliveMs);
    this.context = contextOf(response);
    this.context.onLeft(() => {
      this.stop();
    });
  }

  send(event: SseEvent): void {
    const { name, data } = event;
    if (event.isTransient !== true) {
      this.context.recorder?.event(event);
    }
    const head = Buffer.from(name === undefined ? 'data: ' : `event: ${name}\ndata: `);
    this.write([head, ...serialiseBlobJson(data).chunks, END_OF_EVENT]);
  }

  /** Ends the response once everything is sent. */
  end(): void {
    this.stop();
    const { lastData } = this.dialect;
    this.context.recorder?.end(lastData);
    if (lastData !== undefined) {
      this.write([Buffer.from(`data: ${lastData}\n\n`)]);
    }
    this.writer.end();
  }

  /**
   * Ends the response with the dialect's error event.
   *
   * @throws the error itself if nothing has been sent, so that it becomes an ordinary error response
   */
  fail(error: unknown): void {
    const { response, context } = this;
    if (context.hasLeft && response.headersSent && context.recorder === undefined) {
      // The client has gone, which is not a fault.
      return;
    }
    if (!response.headersSent) {
      this.stop();
      throw error;
    }
    const fault: GatewayFault = error instanceof GatewayError ? error.fault : { kind: 'internal' };
    noteFault(context, fault, error);
    context.recorder?.breakOff(error instanceof GatewayError ? error : new GatewayError(fault));
    const { body, status } = openAiError(fault, context.id);
    // The status line said 200, but the log must show how the response ended.
    context.outcome.statusAfterStart = status;
    this.send(this.dialect.errorEvent(body));
    this.end();
  }

  private write(chunks: readonly Buffer[]): void {
    if (this.context.hasLeft) {
      return;
    }
    this.begin();
    this.writer.write(chunks);
  }

  private begin(): void {
    const { response } = this;
    if (!response.headersSent) {
      setOpenAiHeaders(response, this.context);
      beginStream(response, 'text/event-stream');
    }
  }

  private stop(): void {
    clearInterval(this.keepAlive);
  }
}
