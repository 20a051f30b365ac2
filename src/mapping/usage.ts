import { items, member } from '../json/unknown-json';
import { field } from './proto-field';

/** OpenAI has two modalities, which together account for all tokens. */
interface TokenDetails {
  readonly text_tokens: number;
  readonly image_tokens: number;
}

/** Token counts as OpenAI reports them; the whole object is omitted unless complete. */
export interface ImageUsage {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly total_tokens: number;
  readonly input_tokens_details: TokenDetails;
  readonly output_tokens_details: TokenDetails;
}

/**
 * Converts Gemini's `usageMetadata` to OpenAI's `usage`. Undefined unless both counts it needs are
 * present and plausible.
 */
export function readUsage(usageMetadata: unknown): ImageUsage | undefined {
  const input = tokenCount(field(usageMetadata, 'promptTokenCount'));
  const total = tokenCount(field(usageMetadata, 'totalTokenCount'));
  if (input === undefined || total === undefined || total < input) {
    return undefined;
  }
  // candidatesTokenCount excludes thinking, which is billed too; the total includes it.
  const output = total - input;
  return {
    input_tokens: input,
    output_tokens: output,
    total_tokens: total,
    input_tokens_details: split(input, field(usageMetadata, 'promptTokensDetails')),
    output_tokens_details: split(output, field(usageMetadata, 'candidatesTokensDetails')),
  };
}

/** How many tokens were spent on thoughts; the output tokens of `readUsage` include them. */
export function readThoughtTokens(usageMetadata: unknown): number | undefined {
  return tokenCount(field(usageMetadata, 'thoughtsTokenCount'));
}

/** The sum over all images; undefined if there are none, or one of them has no usage. */
export function sumUsage(usages: readonly (ImageUsage | undefined)[]): ImageUsage | undefined {
  let sum: ImageUsage | undefined;
  for (const usage of usages) {
    if (usage === undefined) {
      return undefined;
    }
    sum = sum === undefined ? usage : add(sum, usage);
  }
  return sum;
}

function add(a: ImageUsage, b: ImageUsage): ImageUsage {
  return {
    input_tokens: a.input_tokens + b.input_tokens,
    output_tokens: a.output_tokens + b.output_tokens,
    total_tokens: a.total_tokens + b.total_tokens,
    input_tokens_details: addDetails(a.input_tokens_details, b.input_tokens_details),
    output_tokens_details: addDetails(a.output_tokens_details, b.output_tokens_details),
  };
}

function addDetails(a: TokenDetails, b: TokenDetails): TokenDetails {
  return {
    text_tokens: a.text_tokens + b.text_tokens,
    image_tokens: a.image_tokens + b.image_tokens,
  };
}

/**
 * Gemini may list more modalities, or none: everything that is not an image's, including thoughts,
 * is priced as text.
 */
function split(tokens: number, details: unknown): TokenDetails {
  const imageTokens = Math.min(tokens, imageTokensIn(details));
  return { text_tokens: tokens - imageTokens, image_tokens: imageTokens };
}

function imageTokensIn(details: unknown): number {
  return items(details)
    .filter((entry) => member(entry, 'modality') === 'IMAGE')
    .reduce<number>((sum, entry) => sum + (tokenCount(field(entry, 'tokenCount')) ?? 0), 0);
}

function tokenCount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
