import { items, member } from '../json/unknown-json';

/** The tokens of one upstream call as Google bills them. */
export interface TokenCounts {
  readonly input: number;
  /** Thoughts included. */
  readonly textOutput: number;
  /** Undefined where the response does not split its output by modality. */
  readonly imageOutput: number | undefined;
  /** The service tier that Google says it used. */
  readonly serviceTier: string | undefined;
}

/**
 * Reads Gemini's `usageMetadata`; undefined unless the counts it needs are there and make sense.
 *
 * `candidatesTokenCount` leaves the thinking out, which is billed too, and mirrors it on a refusal;
 * `totalTokenCount` is right in both cases. Output that no modality accounts for is text.
 */
export function readTokenCounts(usageMetadata: unknown): TokenCounts | undefined {
  const prompt = count(member(usageMetadata, 'promptTokenCount'));
  const total = count(member(usageMetadata, 'totalTokenCount'));
  const toolUse = count(member(usageMetadata, 'toolUsePromptTokenCount')) ?? 0;
  if (prompt === undefined || total === undefined || total < prompt + toolUse) {
    return undefined;
  }
  const output = total - prompt - toolUse;
  const image = imageTokens(member(usageMetadata, 'candidatesTokensDetails'));
  const imageOutput = image === undefined ? undefined : Math.min(image, output);
  const serviceTier = member(usageMetadata, 'serviceTier');
  return {
    input: prompt + toolUse,
    textOutput: output - (imageOutput ?? 0),
    imageOutput,
    serviceTier: typeof serviceTier === 'string' ? serviceTier.toLowerCase() : undefined,
  };
}

function imageTokens(details: unknown): number | undefined {
  return Array.isArray(details)
    ? items(details)
        .filter((entry) => member(entry, 'modality') === 'IMAGE')
        .reduce<number>((sum, entry) => sum + (count(member(entry, 'tokenCount')) ?? 0), 0)
    : undefined;
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
