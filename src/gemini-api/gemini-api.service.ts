import { Inject, Injectable } from '@nestjs/common';
import { toLoggedError } from '../attempts/logged-error';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { ConsumerLimits } from '../consumers/limits/consumer-limits';
import { ImageReservation } from '../consumers/limits/image-reservation';
import { ClientGoneError } from '../context/client-gone.error';
import type { RequestContext } from '../context/request-context';
import type { GatewayError } from '../errors/gateway-error';
import { AbandonedImages } from '../idempotency/abandoned-images';
import { expectedBytes } from '../images/expected-bytes';
import { withOtherModels, withReturned } from '../images/images-outcome';
import { mostActionableError } from '../images/merged-images';
import type { Reservation } from '../memory/memory-budget';
import { GeminiApiCall, type CallPlace, type PassedStreamSink } from './gemini-api-call';
import type { GeminiOrder } from './gemini-order';
import type {
  PassedCallResult,
  PassedResponse,
  PassedStream,
  Rejection,
  StreamEnd,
} from './gemini-result';

/** The maximum number of drafts that come with an image if thoughts are requested. */
const DRAFTS = 2;

/** Limited, because a model's name is text from the client. */
const MAX_MODEL_NAME_LENGTH = 60;

/**
 * The result of a call that is not a stream: Google's responses, at least one, or its rejection of
 * the request.
 */
export type GeminiOutcome =
  { readonly kind: 'responses'; readonly responses: readonly PassedResponse[] } | Rejection;

type CallOutcome =
  | { readonly ok: true; readonly result: PassedCallResult }
  | { readonly ok: false; readonly error: GatewayError };

/**
 * Carries out orders of Gemini's own API, under the same limits, deadlines and memory budget as
 * images.
 */
@Injectable()
export class GeminiApiService {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly calls: GeminiApiCall,
    private readonly limits: ConsumerLimits,
    private readonly abandoned: AbandonedImages,
  ) {}

  /**
   * Makes a call for each candidate, all in parallel. Failed calls are left out if others
   * succeeded.
   *
   * @throws GatewayError the most actionable one, if none succeeded
   * @throws ClientGoneError if the client disconnects first
   */
  async generate(order: GeminiOrder, context: RequestContext): Promise<GeminiOutcome> {
    const { candidates } = order.facts;
    const { memory, limits } = await this.begin(order, context);
    const outcomes = await Promise.all(
      Array.from({ length: candidates }, (_, index) =>
        this.outcome(order, { index, reserved: limits.image(index) }, context),
      ),
    );
    const results = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.result] : []));
    const responses = results.filter((result) => result.kind === 'response');
    memory.settle(bytesOf(responses));
    if (responses.length > 0) {
      noteResponses(responses, context);
      return { kind: 'responses', responses };
    }
    const rejection = results.find((result) => result.kind === 'rejection');
    if (rejection !== undefined) {
      return rejection;
    }
    throw mostActionableError(outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.error])));
  }

  /**
   * Passes a stream on as it arrives.
   *
   * @throws GatewayError as long as nothing has arrived; later only for the deadline
   * @throws ClientGoneError if the client disconnects first
   */
  async stream(
    order: GeminiOrder,
    sink: PassedStreamSink,
    context: RequestContext,
  ): Promise<Rejection | StreamEnd> {
    const { memory, limits } = await this.begin(order, context);
    const ongoing = this.abandoned.image<PassedStream>(context, 0);
    const chunks: Buffer[] = [];
    const counting: PassedStreamSink = {
      ...sink,
      onBytes: (slice) => {
        chunks.push(slice);
        sink.onBytes(slice);
      },
    };
    const onCall = (): void => {
      ongoing.begin();
    };
    const place = { index: 0, reserved: limits.image(0), onCall, cutOff: ongoing.signal };
    try {
      const end = await this.calls.stream(order, place, counting, context);
      memory.settle(byteLengthOf(chunks));
      if (end.kind === 'whole') {
        const { account, otherModel } = end;
        ongoing.succeed({ kind: 'stream', account, otherModel, chunks }, chunks);
        noteResponses([end], context);
      }
      return end;
    } finally {
      // Without effect if it has succeeded.
      ongoing.fail();
    }
  }

  /** Counts tokens, which is free and makes no image. */
  async count(order: GeminiOrder, context: RequestContext): Promise<GeminiOutcome> {
    context.holdShutdown();
    context.startDeadline(this.config.images.requestDeadlineMs);
    const place = { index: 0, reserved: ImageReservation.unlimited.image(0) };
    const result = await this.calls.document(order, place, context);
    return result.kind === 'rejection' ? result : { kind: 'responses', responses: [result] };
  }

  /** No money is spent on what the consumer may not have, or on what could not be held. */
  private async begin(
    order: GeminiOrder,
    context: RequestContext,
  ): Promise<{ readonly memory: Reservation; readonly limits: ImageReservation }> {
    const { model, requestedModel, facts } = order;
    context.holdShutdown();
    context.startDeadline(this.config.images.requestDeadlineMs);
    const { candidates: n, imageSize, serviceTier, includesThoughts } = facts;
    const limits = await this.limits.reserve(
      context.consumer,
      { model, n, imageSize, serviceTier },
      context,
    );
    context.outcome.images = {
      model,
      ...(requestedModel === model
        ? {}
        : { requestedModel: requestedModel.slice(0, MAX_MODEL_NAME_LENGTH) }),
      requested: facts.candidates,
      returned: 0,
      attempts: 0,
      ...(facts.imageSize === undefined ? {} : { size: facts.imageSize }),
      ...(facts.aspectRatio === undefined ? {} : { ratio: facts.aspectRatio }),
      ...(facts.inputs > 0 ? { inputs: facts.inputs } : {}),
    };
    const memory = await context.memory.reserve({
      kind: 'responses',
      bytes: expectedBytes({ n, imageSize, partialImages: includesThoughts ? DRAFTS : 0 }),
      weight: n,
      signal: context.newCalls,
    });
    return { memory, limits };
  }

  /**
   * The outcome of one call, as a value with one exception: the other calls continue if this one
   * fails.
   */
  private async outcome(
    order: GeminiOrder,
    place: CallPlace,
    context: RequestContext,
  ): Promise<CallOutcome> {
    const ongoing = this.abandoned.image<PassedResponse>(context, place.index);
    const onCall = (): void => {
      ongoing.begin();
    };
    try {
      const result = await this.calls.document(
        order,
        { ...place, onCall, cutOff: ongoing.signal },
        context,
      );
      if (result.kind === 'response') {
        ongoing.succeed(result, result.chunks);
      }
      return { ok: true, result };
    } catch (error) {
      if (error instanceof ClientGoneError) {
        throw error;
      }
      return { ok: false, error: toLoggedError(error, place.index, context) };
    } finally {
      // Without effect if it has succeeded.
      ongoing.fail();
    }
  }
}

function noteResponses(
  responses: readonly Pick<PassedResponse, 'account' | 'otherModel' | 'reading'>[],
  context: RequestContext,
): void {
  const images = responses
    .filter(({ reading }) => reading.kind === 'image')
    .map(({ account }) => ({ accountEmail: account.email }));
  const { outcome } = context;
  const outcomeSoFar = withOtherModels(outcome.images, responses);
  outcome.images = images.length === 0 ? outcomeSoFar : withReturned(outcomeSoFar, images);
}

function bytesOf(responses: readonly PassedResponse[]): number {
  return responses.reduce((sum, { chunks }) => sum + byteLengthOf(chunks), 0);
}

function byteLengthOf(chunks: readonly Buffer[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}
