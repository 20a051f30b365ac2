import { items, member } from '../json/unknown-json';
import { field } from '../mapping/proto-field';

/** The tokens of one upstream call as Google bills them. */
export interface TokenCounts {
  readonly input: number;
  /** The input tokens of images; 0 if the response does not report them. */
  readonly imageInput: number;
  /** Thoughts included. */
  readonly textOutput: number;
  /** Undefined if the response does not split its output by modality. */
  readonly imageOutput: number | undefined;
  /** The output tokens that are thoughts; undefined if the response does not report them. */
  readonly thoughts: number | undefined;
  /** The service tier that Google reports. */
  readonly serviceTier: string | undefined;
}

/**
 * Vertex AI names the tier by traffic type; its two other values, `ON_DEMAND` and provisioned, mean
 * the standard price.
 */
const TIER_OF_TRAFFIC: ReadonlyMap<unknown, string> = new Map([
  ['ON_DEMAND_FLEX', 'flex'],
  ['ON_DEMAND_PRIORITY', 'priority'],
  ['ON_DEMAND', 'standard'],
]);

/**
 * Reads Gemini's `usageMetadata`; undefined unless the counts it needs are present and plausible.
 *
 * `candidatesTokenCount` excludes thinking, which is billed too, and equals it on a refusal;
 * `totalTokenCount` is right in both cases. Output without a modality is text.
 */
export function readTokenCounts(usageMetadata: unknown): TokenCounts | undefined {
  const prompt = count(field(usageMetadata, 'promptTokenCount'));
  const total = count(field(usageMetadata, 'totalTokenCount'));
  const toolUse = count(field(usageMetadata, 'toolUsePromptTokenCount')) ?? 0;
  if (prompt === undefined || total === undefined || total < prompt + toolUse) {
    return undefined;
  }
  const input = prompt + toolUse;
  const output = total - input;
  const image = imageTokens(field(usageMetadata, 'candidatesTokensDetails'));
  const imageOutput = image === undefined ? undefined : Math.min(image, output);
  const imageInput = imageTokens(field(usageMetadata, 'promptTokensDetails')) ?? 0;
  return {
    input,
    imageInput: Math.min(imageInput, input),
    textOutput: output - (imageOutput ?? 0),
    imageOutput,
    thoughts: count(field(usageMetadata, 'thoughtsTokenCount')),
    serviceTier: serviceTierOf(usageMetadata),
  };
}

function serviceTierOf(usageMetadata: unknown): string | undefined {
  const tier = field(usageMetadata, 'serviceTier');
  return typeof tier === 'string'
    ? tier.toLowerCase()
    : TIER_OF_TRAFFIC.get(field(usageMetadata, 'trafficType'));
}

function imageTokens(details: unknown): number | undefined {
  return Array.isArray(details)
    ? items(details)
        .filter((entry) => member(entry, 'modality') === 'IMAGE')
        .reduce<number>((sum, entry) => sum + (count(field(entry, 'tokenCount')) ?? 0), 0)
    : undefined;
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
