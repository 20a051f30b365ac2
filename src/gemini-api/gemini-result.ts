import type { Account } from '../accounts/account';
import type { GeminiFailure } from '../gemini/gemini-failure';
import type { GeminiResponse } from '../mapping/gemini-response';
import type { GoogleRejection } from './google-rejection';

/** The account and model that served a call. */
export interface ResponseSource {
  readonly account: Account;
  /** The model that served it, if it is not the requested one. */
  readonly otherModel: string | undefined;
}

/** A response of Google with status 200. */
export interface PassedResponse extends ResponseSource {
  readonly kind: 'response';
  /** Parsed. */
  readonly response: unknown;
  /** As received. */
  readonly chunks: readonly Buffer[];
  /** Its meaning in terms of the Images API. */
  readonly reading: GeminiResponse;
}

/** A request that Google has rejected as invalid. */
export interface Rejection {
  readonly kind: 'rejection';
  readonly account: Account;
  readonly body: GoogleRejection;
}

export type PassedCallResult = PassedResponse | Rejection;

/** How a stream that had begun ended. */
export type StreamEnd =
  | ({ readonly kind: 'whole'; readonly reading: GeminiResponse } & ResponseSource)
  | { readonly kind: 'broken'; readonly account: Account; readonly failure: GeminiFailure };

/** A completed stream, kept for a retry after the client has disconnected. */
export interface PassedStream extends ResponseSource {
  readonly kind: 'stream';
  readonly chunks: readonly Buffer[];
}
