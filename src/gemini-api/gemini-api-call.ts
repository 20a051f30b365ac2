import { Inject, Injectable } from '@nestjs/common';
import type { Account } from '../accounts/account';
import {
  UpstreamAttempts,
  type CallAttempt,
  type CallResult,
  type UpstreamTask,
} from '../attempts/upstream-attempts';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import type { RequestContext } from '../context/request-context';
import type { PassedCall } from '../gemini/gemini-call';
import type { GeminiFailure } from '../gemini/gemini-failure';
import type { FailedCall } from '../gemini/gemini-result';
import { GeminiClient } from '../gemini/gemini.client';
import { PassedDocumentReader } from '../gemini/passed-document-reader';
import { PassedStreamReader } from '../gemini/passed-stream-reader';
import { GeminiResponseReader, type GeminiResponse } from '../mapping/gemini-response';
import { otherModel } from '../mapping/served-model';
import type { Slabs } from '../memory/slabs';
import type { GeminiOrder } from './gemini-order';
import type { PassedCallResult, Rejection, ResponseSource, StreamEnd } from './gemini-result';
import { googleRejection } from './google-rejection';

/** Receives a stream that is passed through. */
export interface PassedStreamSink {
  /**
   * The first bytes of the response are about to follow; from now on no other account is tried. The
   * model is known if the first event is complete by then.
   */
  readonly onBegin: (source: ResponseSource) => void;
  readonly onBytes: (bytes: Buffer) => void;
  /**
   * The stream broke off. `hasReportedError`: its last event is Google's error; `isBetweenEvents`: another
   * event can be inserted.
   */
  readonly onBreak: (how: {
    readonly hasReportedError: boolean;
    readonly isBetweenEvents: boolean;
  }) => void;
}

/** The call's index in the request, and its part of the reservation under the consumer's limits. */
export type CallPlace = Pick<UpstreamTask, 'index' | 'reserved' | 'cutOff'> & {
  /** Called before each upstream call. */
  readonly onCall?: () => void;
};

/**
 * Makes one call of Gemini's own API, with one account after another until one responds, and passes
 * the response through.
 */
@Injectable()
export class GeminiApiCall {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly attempts: UpstreamAttempts,
    private readonly gemini: GeminiClient,
  ) {}

  /**
   * Returns one document, whatever it contains: a refusal is a response like any other, and is not
   * retried.
   *
   * @throws what `UpstreamAttempts.run` throws
   */
  document(
    order: GeminiOrder,
    place: CallPlace,
    context: RequestContext,
  ): Promise<PassedCallResult> {
    return this.attempts.run(taskOf(order, place), context, {
      call: async (account, attempt): Promise<CallResult<PassedCallResult>> => {
        place.onCall?.();
        const call = this.callOf(order, account, { ...attempt, ...place }, context);
        const result = await this.gemini.pass(call, () => new PassedDocumentReader());
        if (!result.ok) {
          return refusedOr(result, account, call.slabs);
        }
        const { response, chunks } = result;
        const reader = new GeminiResponseReader();
        const reading = reader.readWhole(response);
        const served = otherModel(order.model, reader.billed?.modelVersion);
        const source = { account, otherModel: served };
        const value = { kind: 'response', ...source, response, chunks, reading } as const;
        return order.isFree === true
          ? { ok: true, value }
          : { ...withFailure({ ok: true, value }, reading), billed: reader.billed };
      },
      finish: (value) => Promise.resolve(value),
    });
  }

  /**
   * Passes a stream through, byte by byte as it arrives.
   *
   * @throws what `UpstreamAttempts.run` throws; after `onBegin` only if the request has ended
   */
  stream(
    order: GeminiOrder,
    place: CallPlace,
    sink: PassedStreamSink,
    context: RequestContext,
  ): Promise<Rejection | StreamEnd> {
    return this.attempts.run(taskOf(order, place), context, {
      call: (account, attempt) => {
        place.onCall?.();
        const call = this.callOf(order, account, { ...attempt, ...place }, context);
        return this.streamOn(call, account, sink);
      },
      finish: (value) => Promise.resolve(value),
    });
  }

  private async streamOn(
    call: PassedCall,
    account: Account,
    sink: PassedStreamSink,
  ): Promise<CallResult<Rejection | StreamEnd>> {
    const said = new GeminiResponseReader();
    let reader: PassedStreamReader | undefined;
    const progress: { hasBegun: boolean } = { hasBegun: false };
    const source = () => ({
      account,
      otherModel: otherModel(call.model, said.billed?.modelVersion),
    });
    const onBytes = (bytes: Buffer): void => {
      if (!progress.hasBegun) {
        progress.hasBegun = true;
        sink.onBegin(source());
      }
      sink.onBytes(bytes);
    };
    const onEvent = (event: unknown): boolean => {
      said.add(event);
      return said.isFinished;
    };
    const reportBreak = (): void => {
      sink.onBreak({
        hasReportedError: reader?.hasReportedFailure === true,
        isBetweenEvents: reader?.isBetweenEvents === true,
      });
    };
    try {
      const result = await this.gemini.pass(call, (hangUp) => {
        reader = new PassedStreamReader(hangUp, { onBytes, onEvent });
        return reader;
      });
      if (result.ok) {
        const reading = said.end('STOP');
        const value = { kind: 'whole', ...source(), reading } as const;
        return { ...withFailure({ ok: true, value }, reading), billed: said.billed };
      }
      if (!progress.hasBegun) {
        return refusedOr(result, account, call.slabs);
      }
      reportBreak();
      const { failure } = result;
      return {
        ok: true,
        value: { kind: 'broken', account, failure },
        failure,
        billed: said.billed,
      };
    } catch (error) {
      // The request has ended, by a disconnect or its deadline.
      if (progress.hasBegun) {
        reportBreak();
      }
      throw error;
    }
  }

  private callOf(
    order: GeminiOrder,
    account: Account,
    { isTokenRenewed, cutOff }: CallAttempt & Pick<CallPlace, 'cutOff'>,
    context: RequestContext,
  ): PassedCall {
    const { model, method, body, headers } = order;
    return {
      access: account,
      model,
      method,
      body,
      headers,
      isTokenRenewed,
      slabs: context.memory.slabs(),
      timeoutMs: this.config.images.attemptTimeoutMs,
      newCalls: context.newCalls,
      signal: context.signal,
      cutOff,
    };
  }
}

function taskOf({ model, api, isFree, facts }: GeminiOrder, place: CallPlace): UpstreamTask {
  const { imageSize, aspectRatio, serviceTier } = facts;
  const asked = { model, imageSize, aspectRatio, serviceTier };
  const { index, reserved, cutOff } = place;
  const task = { ...asked, index, reserved, cutOff, modelFamily: 'other', api } as const;
  return isFree === true ? { ...task, isFree } : task;
}

/**
 * A failed call, whose bytes are no longer needed; or Google's own error for an invalid request.
 */
function refusedOr(result: FailedCall, account: Account, slabs: Slabs): CallResult<Rejection> {
  slabs.release();
  const body = googleRejection(result.errorBody);
  return body === undefined
    ? result
    : { ok: true, value: { kind: 'rejection', account, body }, failure: result.failure };
}

/**
 * Adds what the account learns from a response without an image, which is passed on all the same.
 */
function withFailure<T>(
  result: { readonly ok: true; readonly value: T },
  reading: GeminiResponse,
): CallResult<T> {
  const failure = failureOf(reading);
  return failure === undefined ? result : { ...result, failure };
}

function failureOf(reading: GeminiResponse): GeminiFailure | undefined {
  switch (reading.kind) {
    case 'image':
    case 'text':
      return undefined;
    case 'refused':
    case 'cut_short':
    case 'account_unusable':
      return { kind: reading.kind, reason: reading.reason };
    case 'empty':
      return { kind: 'no_image', reason: reading.reason };
    case 'truncated':
    case 'malformed':
      return { kind: 'no_image', reason: reading.kind };
  }
}
