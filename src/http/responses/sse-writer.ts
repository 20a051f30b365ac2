import type { Response } from 'express';
import { GatewayError, type GatewayFault } from '../../errors/gateway-error';
import { serialiseBlobJson } from '../../json/blob-json-writer';
import { openAiError, type OpenAiErrorBody } from '../../errors/openai-error';
import { contextOf } from '../../context/request-contexts';
import { noteFault } from '../errors/note-fault';
import { setOpenAiHeaders } from './openai-headers';
import { beginStream } from './begin-stream';
import { PacedWriter } from './paced-writer';

/** A stream is never silent for 15 s: proxies cut what says nothing for a minute or less. */
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
  /** The line that ends a stream, whether it failed or not, where clients wait for one. */
  readonly lastData?: string;
}

/**
 * Responds with server-sent events, in order and at the client's own pace: what it cannot take yet
 * waits here. The headers leave with the first event or, where that takes long, with the first
 * keep-alive; until then an error is still an ordinary response.
 *
 * Nothing but `event` and `data` is ever sent: openai-python stumbles over an `id` or a `retry`.
 */
export class SseWriter {
  private readonly writer: PacedWriter;
  private readonly keepAlive: NodeJS.Timeout;

  constructor(
    private readonly response: Response,
    private readonly dialect: SseDialect,
    keepAliveMs = KEEP_ALIVE_MS,
  ) {
    this.writer = new PacedWriter(response, () => {
      this.keepAlive.refresh();
    });
    this.keepAlive = setInterval(() => {
      // A client that does not take what it has been sent needs nothing more.
      if (!this.writer.isWriting) {
        this.write([KEEP_ALIVE]);
      }
    }, keepAliveMs);
    response.once('close', () => {
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
    this.writer.end();
  }

  /**
   * Ends the response with the dialect's error event.
   *
   * @throws the error itself if nothing has been sent, so that it becomes an ordinary error response
   */
  fail(error: unknown): void {
    const { response } = this;
    if (!response.headersSent) {
      this.stop();
      throw error;
    }
    const fault: GatewayFault = error instanceof GatewayError ? error.fault : { kind: 'internal' };
    const context = contextOf(response);
    noteFault(context, fault, error);
    const { body, status } = openAiError(fault, context.id);
    // The response began with 200, but the log is to say what became of it.
    context.outcome.statusAfterStart = status;
    this.send(this.dialect.errorEvent(body));
    this.end();
  }

  private write(chunks: readonly Buffer[]): void {
    if (this.response.closed) {
      return;
    }
    this.begin();
    this.writer.write(chunks);
  }

  private begin(): void {
    const { response } = this;
    if (!response.headersSent) {
      setOpenAiHeaders(response, contextOf(response));
      beginStream(response, 'text/event-stream');
    }
  }

  private stop(): void {
    clearInterval(this.keepAlive);
  }
}
