import type { GeminiFailure } from './gemini-failure';

export interface FailedCall {
  readonly ok: false;
  readonly failure: GeminiFailure;
  /** What Google says of a request that it refuses as invalid, parsed: for its own API alone, and for no log. */
  readonly errorBody?: unknown;
}

/** A whole response. */
export type GeminiResult = { readonly ok: true; readonly response: unknown } | FailedCall;

/** A stream that ended well; its events were handed on one by one. */
export type GeminiStreamResult = { readonly ok: true } | FailedCall;

export function failed(failure: GeminiFailure): FailedCall {
  return { ok: false, failure };
}

/**
 * The largest response taken, in bytes. One 4K image is up to 25 MB of base64, and a response with
 * thoughts holds several.
 */
export const MAX_RESPONSE_BYTES = 256 * 1024 * 1024;
