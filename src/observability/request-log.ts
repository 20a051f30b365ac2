import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Level } from 'pino';
import { microUsdOf, toUsd, type ImageTokens } from '../context/image-record';
import type { RequestContext } from '../context/request-context';
import type { RequestOutcome } from '../context/request-outcome';
import { isProbe, requestPath } from './request-path';

/**
 * One log line for each request, written when it is closed. It contains only the members listed
 * here, so prompts, keys, headers and image bytes cannot get in.
 */
@Injectable()
export class RequestLog {
  /** Called for each request when it arrives. */
  watch(context: RequestContext, request: Request, response: Response): void {
    // Read now, because a closed socket no longer has it.
    const client = context.clientAddress;
    context.onLeft(() => {
      const path = requestPath(request);
      const { api, isSent, outcome, consumer } = context;
      const { fault, subject, limit, statusAfterStart } = outcome;
      const images = loggedImages(outcome);
      const status = statusAfterStart ?? response.statusCode;
      context.logOnce(
        levelOf(path, status),
        (ids) => ({
          // A spread before so many members would take three times as long to create and to write.
          requestId: ids.requestId,
          trace_id: ids.trace_id,
          span_id: ids.span_id,
          trace_flags: ids.trace_flags,
          method: request.method,
          path,
          status: isSent ? response.statusCode : undefined,
          ms: Math.round(context.responseMs),
          client,
          consumer: consumer?.name,
          api,
          images,
          fault,
          field: subject?.field,
          model: subject?.model,
          limit,
          failedWith: statusAfterStart,
        }),
        isSent
          ? `${request.method} ${path} ${response.statusCode}`
          : `${request.method} ${path}: client disconnected`,
      );
    });
  }
}

/** The images of a request, and the totals of all calls for them. */
function loggedImages({ images, records }: RequestOutcome): object | undefined {
  if (images === undefined || records.length === 0) {
    return images;
  }
  const tokens = records.flatMap((record) => record.tokens ?? []);
  return {
    ...images,
    tokens: tokens.length === 0 ? undefined : totals(tokens),
    costUsd: toUsd(microUsdOf(records)),
  };
}

function totals(tokens: readonly ImageTokens[]): object {
  let [input, output] = [0, 0];
  for (const { textInput, imageInput, textOutput, imageOutput } of tokens) {
    input += textInput + imageInput;
    output += textOutput + imageOutput;
  }
  return { input, output };
}

function levelOf(path: string, status: number): Level {
  if (isProbe(path)) {
    return 'debug';
  }
  // A 501 is due to the client: it asked for something that HTTP servers need not support.
  return status >= 500 && status !== 501 ? 'error' : 'info';
}
