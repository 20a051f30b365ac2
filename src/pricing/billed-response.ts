import type { ImageTokens } from '../context/image-record';
import { costOf } from './cost';
import type { PriceTable } from './price-table';
import { readTokenCounts, type TokenCounts } from './token-counts';

/** The facts in a Gemini response that its price depends on, not yet parsed. */
export interface BilledResponse {
  readonly usageMetadata: unknown;
  /** The model that served the call, as it names itself. */
  readonly modelVersion: unknown;
  /** All images in it, because drafts are billed too. */
  readonly images: number;
  /** The finishReason of each candidate. No price depends on it, but traces show it. */
  readonly finishReasons?: readonly string[];
}

/** The parts of a request that its price depends on. */
export interface AskedCall {
  readonly model: string;
  readonly imageSize?: string | undefined;
  readonly serviceTier?: string | undefined;
}

/** The cost of one upstream call. */
export interface CallCost {
  readonly model: string;
  readonly serviceTier: string | undefined;
  /** As Google counted them. */
  readonly counts: TokenCounts | undefined;
  readonly tokens: ImageTokens | undefined;
  /** At the list price. */
  readonly microUsd: number;
}

/** The price of one call, according to its response. */
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
    counts,
    tokens: counts && tokensOf(counts),
    microUsd: costOf({ model, tokens: counts, images, imageSize, serviceTier }, table) ?? 0,
  };
}

/**
 * The model that Google bills: calls of retired models are redirected to another one, at its price.
 * A name with a suffix, such as `-preview` or `-001`, is the same model. If the served model has no
 * price, the requested one is used.
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
