import type { Account } from '../accounts/account';
import type { GeminiFailure } from '../gemini/gemini-failure';
import type { GeminiResponse } from '../mapping/gemini-response';
import type { GoogleRejection } from './google-rejection';

/** Who has answered. */
export interface ResponseSource {
  readonly account: Account;
  /** The model that it came from, where it is another one than was asked for. */
  readonly otherModel: string | undefined;
}

/** A response of Google's, status 200. */
export interface PassedResponse extends ResponseSource {
  readonly kind: 'response';
  /** Parsed. */
  readonly response: unknown;
  /** As it came. */
  readonly chunks: readonly Buffer[];
  /** What it comes to, as the images' API would have it. */
  readonly reading: GeminiResponse;
}

/** A request that Google has refused as invalid. */
export interface Rejection {
  readonly kind: 'rejection';
  readonly account: Account;
  readonly body: GoogleRejection;
}

export type PassedCallResult = PassedResponse | Rejection;

/** How a stream ended that had begun. */
export type StreamEnd =
  | ({ readonly kind: 'whole'; readonly reading: GeminiResponse } & ResponseSource)
  | { readonly kind: 'broken'; readonly account: Account; readonly failure: GeminiFailure };

/** A stream that has ended, for whoever asks for it when its client has gone. */
export interface PassedStream extends ResponseSource {
  readonly kind: 'stream';
  readonly chunks: readonly Buffer[];
}
