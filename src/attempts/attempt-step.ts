import type { GatewayFault } from '../errors/gateway-error';
import type { GeminiFailure, GeminiFailureKind } from '../gemini/gemini-failure';

/** The attempts for one image so far, including the failure in question. */
export interface AttemptHistory {
  readonly attempts: number;
  readonly timeouts: number;
  readonly responsesWithoutImage: number;
  readonly rateLimits: number;
  /** Failures after which an account can serve again, other than rate limits. */
  readonly faults: number;
}

export const NO_ATTEMPTS: AttemptHistory = {
  attempts: 0,
  timeouts: 0,
  responsesWithoutImage: 0,
  rateLimits: 0,
  faults: 0,
};

export type NextStep =
  { readonly kind: 'give_up' } | { readonly kind: 'try_again'; readonly afterMs: number };

/** The maximum number of calls for one image that may have been billed without a result. */
const MAX_TIMEOUTS = 2;
const MAX_RESPONSES_WITHOUT_IMAGE = 2;

const FAULT_BACK_OFF_MS = 250;
const OVERLOAD_BACK_OFF_MS = 1000;
const MAX_BACK_OFF_MS = 8000;

export function countFailure(history: AttemptHistory, failure: GeminiFailure): AttemptHistory {
  return {
    attempts: history.attempts + 1,
    timeouts: history.timeouts + (failure.kind === 'timeout' ? 1 : 0),
    responsesWithoutImage: history.responsesWithoutImage + (failure.kind === 'no_image' ? 1 : 0),
    rateLimits: history.rateLimits + (failure.kind === 'rate_limit' ? 1 : 0),
    faults: history.faults + (NO_FAULTS.has(failure.kind) ? 0 : 1),
  };
}

/** These take the account out of use, or say nothing about it. */
const NO_FAULTS: ReadonlySet<GeminiFailureKind> = new Set([
  'rate_limit',
  'quota',
  'account_unusable',
  'model_forbidden',
  'model_missing',
  'stale_connection',
  'stale_token',
]);

/**
 * Whether rate limits alone stood in the way, as far as accounts can serve at all. The limits may be
 * over by now.
 */
export function areAllRateLimited({ rateLimits, faults }: AttemptHistory): boolean {
  return rateLimits > 0 && faults === 0;
}

/**
 * Whether another call for the same image is worth its cost, and how long to wait before it. Which
 * account serves it is the pool's choice.
 */
export function nextStep(
  failure: GeminiFailure,
  history: AttemptHistory,
  limits: { readonly maxAttempts: number; readonly timeLeftMs: number },
): NextStep {
  const step = history.attempts >= limits.maxAttempts ? GIVE_UP : worthTrying(failure, history);
  // A wait that outlasts the deadline would only delay the error.
  return step.kind === 'try_again' && step.afterMs >= limits.timeLeftMs ? GIVE_UP : step;
}

const GIVE_UP: NextStep = { kind: 'give_up' };

function worthTrying(failure: GeminiFailure, history: AttemptHistory): NextStep {
  switch (failure.kind) {
    case 'invalid_request':
    case 'request_too_large':
    case 'refused':
    case 'cut_short':
    case 'response_too_large':
      return { kind: 'give_up' };
    case 'timeout':
      return history.timeouts >= MAX_TIMEOUTS ? { kind: 'give_up' } : tryAgain(0);
    case 'no_image':
      return history.responsesWithoutImage >= MAX_RESPONSES_WITHOUT_IMAGE
        ? { kind: 'give_up' }
        : tryAgain(0);
    case 'account_unusable':
    case 'model_forbidden':
    case 'model_missing':
    case 'rate_limit':
    case 'quota':
    case 'unreachable':
    case 'stale_connection':
    case 'stale_token':
      return tryAgain(0);
    case 'transient':
    case 'upstream_deadline':
      return tryAgain(FAULT_BACK_OFF_MS * 2 ** (history.attempts - 1));
    case 'overloaded':
      return tryAgain(failure.retryAfterMs ?? OVERLOAD_BACK_OFF_MS * 2 ** (history.attempts - 1));
  }
}

function tryAgain(afterMs: number): NextStep {
  return { kind: 'try_again', afterMs: Math.min(afterMs, MAX_BACK_OFF_MS) };
}

/**
 * The fault for the client if this was the last failure.
 *
 * @param refusal why no account of the pool could serve; undefined if one still could. An account's
 * own fault says nothing about all the others, so the pool is asked.
 */
export function faultOfFailure(
  failure: GeminiFailure,
  request: { readonly modelFamily: 'dall-e' | 'other' },
  refusal: () => GatewayFault | undefined,
): GatewayFault {
  switch (failure.kind) {
    case 'invalid_request':
      return {
        kind: 'invalid_request',
        message:
          'The image model rejects this request as invalid. Check the prompt, the images that were ' +
          'sent along, and the combination of model, ratio and image size.',
        param: null,
        code: null,
      };
    case 'request_too_large':
      return {
        kind: 'request_too_large',
        message:
          'The request is larger than the image model accepts. Send fewer or smaller images, or a ' +
          'shorter prompt.',
      };
    case 'refused':
      return {
        kind: 'moderation_blocked',
        modelFamily: request.modelFamily,
        reason: failure.reason,
      };
    case 'timeout':
    case 'upstream_deadline':
      return { kind: 'upstream_timeout', message: 'The image model did not respond in time.' };
    case 'cut_short':
      return {
        kind: 'no_image',
        message: 'The image model ran out of tokens before it made an image. Shorten the prompt.',
      };
    case 'no_image':
      return {
        kind: 'no_image',
        message: 'The image model returned no image. Rephrasing the prompt may help.',
      };
    case 'account_unusable':
    case 'model_forbidden':
    case 'model_missing':
    case 'rate_limit':
    case 'quota':
      return (
        refusal() ?? {
          kind: 'upstream_error',
          message:
            'The accounts that were tried cannot make this image now, but others may. ' +
            'Please try again.',
          shouldRetry: true,
        }
      );
    case 'response_too_large':
      return {
        kind: 'upstream_error',
        message: 'The response of the image model is too large.',
        shouldRetry: false,
      };
    case 'overloaded':
      return {
        kind: 'upstream_error',
        message: 'The image model is overloaded. Please try again later.',
        shouldRetry: true,
      };
    case 'transient':
    case 'unreachable':
    case 'stale_connection':
    case 'stale_token':
      return {
        kind: 'upstream_error',
        message: 'The image model could not be reached or failed.',
        shouldRetry: true,
      };
  }
}
