import type { GeminiFailure } from './gemini-failure';

export interface FailedCall {
  readonly ok: false;
  readonly failure: GeminiFailure;
  /**
   * Google's parsed error body for a request that it rejects as invalid; only for responses of
   * Google's own API, never for the log.
   */
  readonly errorBody?: unknown;
}

/** A complete response. */
export type GeminiResult = { readonly ok: true; readonly response: unknown } | FailedCall;

/** A stream that ended successfully; its events were passed on one by one. */
export type GeminiStreamResult = { readonly ok: true } | FailedCall;

export function failed(failure: GeminiFailure): FailedCall {
  return { ok: false, failure };
}

/**
 * The maximum size of a response, in bytes. One 4K image is up to 25 MB of base64, and a response
 * with thoughts holds several.
 */
export const MAX_RESPONSE_BYTES = 256 * 1024 * 1024;
