import type { ImageTokens } from '../context/image-record';
import { costOf } from './cost';
import type { PriceTable } from './price-table';
import { readTokenCounts, type TokenCounts } from './token-counts';

/** What a response of Gemini's says that its price depends on, still unread. */
export interface BilledResponse {
  readonly usageMetadata: unknown;
  /** The model that answered, as it names itself. */
  readonly modelVersion: unknown;
  /** All images in it: drafts are billed too. */
  readonly images: number;
  /** Why each candidate ended. No price depends on it, but a trace shows it. */
  readonly finishReasons?: readonly string[];
}

/** What was asked for, as far as its price depends on it. */
export interface AskedCall {
  readonly model: string;
  readonly imageSize?: string | undefined;
  readonly serviceTier?: string | undefined;
}

/** What one upstream call came to. */
export interface CallCost {
  readonly model: string;
  readonly serviceTier: string | undefined;
  readonly tokens: ImageTokens | undefined;
  /** At the list price. */
  readonly microUsd: number;
}

/** The price of one call by its response. */
export function costOfResponse(
  asked: AskedCall,
  { usageMetadata, modelVersion, images }: BilledResponse,
  table: PriceTable,
): CallCost {
  const model = billedModel(asked.model, modelVersion, table);
  const counts = readTokenCounts(usageMetadata);
  const { imageSize, serviceTier } = asked;
  return {
    model,
    serviceTier: counts?.serviceTier ?? serviceTier,
    tokens: counts && tokensOf(counts),
    microUsd: costOf({ model, tokens: counts, images, imageSize, serviceTier }, table) ?? 0,
  };
}

/**
 * The model that Google bills: it reroutes calls of retired models to another, at the other's price. A name
 * with an ending, such as `-preview` or `-001`, is that model. One without a price stays what was asked for.
 */
export function billedModel(asked: string, modelVersion: unknown, { models }: PriceTable): string {
  if (typeof modelVersion !== 'string') {
    return asked;
  }
  const name = modelVersion.slice(modelVersion.lastIndexOf('/') + 1).toLowerCase();
  const known = [...models.keys()].filter((id) => name === id || name.startsWith(`${id}-`));
  return known.reduce((longest, id) => (id.length > longest.length ? id : longest), '') || asked;
}

function tokensOf({ input, imageInput, textOutput, imageOutput = 0 }: TokenCounts): ImageTokens {
  return { textInput: input - imageInput, imageInput, textOutput, imageOutput };
}
