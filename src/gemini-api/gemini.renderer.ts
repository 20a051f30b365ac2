import { Inject, Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { faultOfFailure } from '../attempts/attempt-step';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { contextOf } from '../context/request-contexts';
import { GatewayError, type GatewayFault } from '../errors/gateway-error';
import { googleError } from '../errors/google-error';
import { AbandonedImages } from '../idempotency/abandoned-images';
import { noteFault } from '../http/errors/note-fault';
import { beginStream } from '../http/responses/begin-stream';
import { sendBlobJson, sendJsonBytes } from '../http/responses/blob-json.response';
import { setCostHeader } from '../http/responses/cost-header';
import { sendErrorBody } from '../http/responses/error-body.response';
import { PacedWriter } from '../http/responses/paced-writer';
import {
  setPlanHeaders,
  setReturnedHeader,
  setSourceHeaders,
} from '../images/image-headers.response';
import type { GeminiOutcome } from './gemini-api.service';
import type { PassedStreamSink } from './gemini-api-call';
import type { GeminiOrder } from './gemini-order';
import type {
  PassedResponse,
  PassedStream,
  Rejection,
  ResponseSource,
  StreamEnd,
} from './gemini-result';
import { mergedResponse } from './merged-response';

const JSON_TYPE = 'application/json; charset=UTF-8';

/** How a stream broke off, as far as its client needs to know. */
type StreamBreak = Parameters<PassedStreamSink['onBreak']>[0];

/** Runs a call of Gemini's API with a sink for its result. */
type RunStream = (sink: PassedStreamSink) => Promise<Rejection | StreamEnd>;

/** Sends Google's responses unchanged. */
@Injectable()
export class GeminiRenderer {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly abandoned: AbandonedImages,
  ) {}

  /**
   * Sets the headers that errors have too, and defines how to serialise the response if the client
   * disconnects.
   */
  begin({ model, method, facts, warnings }: GeminiOrder, response: Response): void {
    const { candidates: n, aspectRatio, imageSize } = facts;
    const plan = { n, model, aspectRatio, imageSize, warnings };
    setPlanHeaders(response, plan);
    this.abandoned.renderBy(contextOf(response), (made, again) => {
      setPlanHeaders(again, plan);
      this.sendAgain(made as readonly (PassedResponse | PassedStream)[], n, method, again);
      return Promise.resolve();
    });
  }

  /** @param isCounted whether the response is for images, whose number is reported */
  send(outcome: GeminiOutcome, response: Response, isCounted: boolean): void {
    if (contextOf(response).hasLeft) {
      // The result is kept for a retry.
      return;
    }
    if (outcome.kind === 'rejection') {
      this.reject(outcome, response);
      return;
    }
    const { responses } = outcome;
    this.setSources(responses, response);
    const context = contextOf(response);
    setCostHeader(response, context, this.config.costs.areShown);
    if (isCounted) {
      setReturnedHeader(response, responses.filter(hasImage).length);
    }
    sendResponses(responses, context.outcome.images?.requested ?? 1, response);
  }

  private sendAgain(
    made: readonly (PassedResponse | PassedStream)[],
    requested: number,
    method: string,
    response: Response,
  ): void {
    this.setSources(made, response);
    const [stream] = made.filter((each) => each.kind === 'stream');
    if (stream !== undefined) {
      sendChunks(stream, response, isEventStream(method) ? 'text/event-stream' : JSON_TYPE);
      return;
    }
    const responses = made.filter((each) => each.kind === 'response');
    setReturnedHeader(response, responses.filter(hasImage).length);
    sendResponses(responses, requested, response);
  }

  /**
   * Sends a stream as it arrives.
   *
   * @throws what the run fails with, if nothing has been sent yet
   */
  async stream(order: GeminiOrder, run: RunStream, response: Response): Promise<void> {
    const isEvents = isEventStream(order.method);
    const writer = new PacedWriter(response);
    let broken: StreamBreak | undefined;
    const begin = (): void => {
      if (!response.headersSent && !contextOf(response).hasLeft) {
        setReturnedHeader(response, undefined);
        beginStream(response, isEvents ? 'text/event-stream' : JSON_TYPE);
      }
    };
    const fail = (fault: GatewayFault, error: unknown): void => {
      endBroken(response, writer, { fault, error, how: broken, isEvents });
    };
    try {
      const end = await run({
        onBegin: (source) => {
          this.setSources([source], response);
          begin();
        },
        onBytes: (bytes) => {
          writer.write([bytes]);
        },
        onBreak: (how) => {
          broken = how;
        },
      });
      switch (end.kind) {
        case 'rejection':
          this.reject(end, response);
          return;
        case 'whole':
          begin();
          writer.end();
          return;
        case 'broken':
          fail(
            faultOfFailure(end.failure, { modelFamily: 'other' }, () => undefined),
            end,
          );
      }
    } catch (error) {
      if (!response.headersSent) {
        throw error;
      }
      fail(error instanceof GatewayError ? error.fault : { kind: 'internal' }, error);
    }
  }

  /** Sends Google's own error for an invalid request. */
  private reject({ account, body }: Rejection, response: Response): void {
    const context = contextOf(response);
    const message = 'rejected by Google as invalid';
    noteFault(context, { kind: 'invalid_request', message, param: null, code: null }, undefined);
    this.setSources([{ account, otherModel: undefined }], response);
    setCostHeader(response, context, this.config.costs.areShown);
    sendErrorBody(response, body.error.code, body);
  }

  private setSources(made: readonly ResponseSource[], response: Response): void {
    const sources = made.map(({ account: { email: accountEmail, provider }, otherModel }) => ({
      accountEmail,
      provider,
      otherModel,
    }));
    setSourceHeaders(response, sources, this.config.server.accountHeader);
  }
}

/**
 * Sends a single response unchanged, byte for byte; several are merged into the one that Google
 * would have returned.
 */
function sendResponses(
  responses: readonly PassedResponse[],
  requested: number,
  response: Response,
): void {
  const [first] = responses;
  if (requested === 1 && first !== undefined) {
    sendChunks(first, response, JSON_TYPE);
  } else {
    sendBlobJson(response, mergedResponse(responses.map((each) => each.response)));
  }
}

function sendChunks(
  { chunks }: Pick<PassedResponse, 'chunks'>,
  response: Response,
  contentType: string,
): void {
  const byteLength = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  sendJsonBytes(response, { chunks, byteLength }, contentType);
}

function isEventStream(method: string): boolean {
  return /[?&]alt=sse\b/.test(method);
}

function hasImage({ reading }: PassedResponse): boolean {
  return reading.kind === 'image';
}

/**
 * Ends a stream that has begun and broke off. Between two events an error can be sent; within one,
 * or within an array, closing the connection is the only way left to signal the failure.
 */
function endBroken(
  response: Response,
  writer: PacedWriter,
  {
    fault,
    error,
    how,
    isEvents,
  }: {
    readonly fault: GatewayFault;
    readonly error: unknown;
    readonly how: StreamBreak | undefined;
    readonly isEvents: boolean;
  },
): void {
  const context = contextOf(response);
  noteFault(context, fault, error);
  const { status, body } = googleError(fault, context.id, Date.now());
  // The status line said 200, but the log must show how the response ended.
  context.outcome.statusAfterStart = status;
  if (how?.hasReportedError === true) {
    writer.end();
  } else if (isEvents && how?.isBetweenEvents === true) {
    writer.write([Buffer.from(`data: ${JSON.stringify(body)}\r\n\r\n`)]);
    writer.end();
  } else {
    response.destroy();
  }
}
