import type { GoogleApi } from '../accounts/account';
import type { GeminiMethod } from '../gemini/gemini.types';
import type { SerialisedJson } from '../json/blob-json-writer';
import type { BodyFacts } from './body-facts';

/** A call of Gemini's own API, ready to be handed on. */
export interface GeminiOrder {
  /** The id of the Gemini model that is called. */
  readonly model: string;
  /** The id as the client wrote it. */
  readonly requestedModel: string;
  readonly method: GeminiMethod;
  /** Of the client's, those that go upstream. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of each upstream call. */
  readonly body: SerialisedJson;
  readonly facts: BodyFacts;
  /** What could not be done as it was asked for. */
  readonly warnings: readonly string[];
  /** The one API of Google's that takes the body, if only one does. */
  readonly api: GoogleApi | undefined;
  /** Whether it costs nothing: no image is asked for. */
  readonly isFree?: true;
}
