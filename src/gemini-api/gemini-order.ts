import type { GoogleApi } from '../accounts/account';
import type { GeminiMethod } from '../gemini/gemini.types';
import type { SerialisedJson } from '../json/blob-json-writer';
import type { BodyFacts } from './body-facts';

/** A validated call of Gemini's own API. */
export interface GeminiOrder {
  /** The id of the Gemini model that is called. */
  readonly model: string;
  /** The id as the client wrote it. */
  readonly requestedModel: string;
  readonly method: GeminiMethod;
  /** The client's headers that are forwarded. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body of each upstream call. */
  readonly body: SerialisedJson;
  readonly facts: BodyFacts;
  /** What could not be done as asked. */
  readonly warnings: readonly string[];
  /** The only Google API that accepts the body, if only one does. */
  readonly api: GoogleApi | undefined;
  /** Whether it costs nothing, because no image is requested. */
  readonly isFree?: true;
}
