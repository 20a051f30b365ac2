import type { SerialisedJson } from '../json/blob-json-writer';
import type { Slabs } from '../memory/slabs';
import type { DeveloperApiAccess } from './developer-api';
import type { GeminiMethod, GenerateContentRequest } from './gemini.types';
import type { ImageOutput, VertexAccess } from './vertex';

/** The parts that all calls have, whatever they send. */
export interface UpstreamCall {
  readonly access: DeveloperApiAccess | VertexAccess;
  readonly model: string;
  /**
   * Whether the call is repeated because the account's access token was rejected. If the new token
   * is rejected as well, the account is to blame.
   */
  readonly isTokenRenewed?: boolean;
  /** Where the bytes of the response are kept. */
  readonly slabs: Slabs;
  /** How long this call may take, in milliseconds, from the first byte sent to the last received. */
  readonly timeoutMs: number;
  /** Aborts the call: the client has disconnected, or the request's deadline has passed. */
  readonly signal: AbortSignal;
  /** Aborts only this call of the request. */
  readonly cutOff?: AbortSignal | undefined;
  /** Aborted when no further paid call may begin, although calls in flight continue. */
  readonly newCalls?: AbortSignal;
}

export interface GeminiCall extends UpstreamCall {
  readonly body: GenerateContentRequest;
  /** How to encode the image; only Vertex AI has a parameter for it. */
  readonly imageOutput?: ImageOutput | undefined;
}

/** A call whose body is the caller's own bytes. */
export interface PassedCall extends UpstreamCall {
  readonly method: GeminiMethod;
  readonly body: SerialisedJson;
  /** The caller's own, in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A check of whether an account's credential is accepted. */
export type CredentialTrial = Pick<UpstreamCall, 'access' | 'slabs' | 'timeoutMs' | 'signal'>;
