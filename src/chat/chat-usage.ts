import { microUsdOf, toUsd, type ImageRecord, type ImageTokens } from '../context/image-record';
import type { Generated } from '../images/generated-image';
import { sumUsage } from '../mapping/usage';

/** Token counts as a chat reports them. */
export interface ChatUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly completion_tokens_details: {
    /** The model's thoughts. */
    readonly reasoning_tokens: number;
    readonly image_tokens: number;
  };
  /** In US dollars; absent if clients must not see it. */
  readonly cost?: number;
}

/**
 * What calls without a usable response took, by their records; undefined if one of them has no
 * counts.
 */
export function recordedUsage(
  records: readonly ImageRecord[],
  isCostShown: boolean,
): ChatUsage | undefined {
  const tokens = records.flatMap((record) => record.tokens ?? []);
  if (records.length === 0 || tokens.length < records.length) {
    return undefined;
  }
  const sum = (count: (each: ImageTokens) => number): number =>
    tokens.reduce((total, each) => total + count(each), 0);
  const input = sum(({ textInput, imageInput }) => textInput + imageInput);
  const images = sum(({ imageOutput }) => imageOutput);
  // The records do not tell thoughts from words, but there are few words before a refusal.
  const thoughts = sum(({ textOutput }) => textOutput);
  return {
    prompt_tokens: input,
    completion_tokens: thoughts + images,
    total_tokens: input + thoughts + images,
    completion_tokens_details: { reasoning_tokens: thoughts, image_tokens: images },
    ...(isCostShown ? { cost: toUsd(microUsdOf(records)) } : {}),
  };
}

/**
 * The sum over all calls; undefined if one of them has no counts.
 *
 * @param cost of the request, in US dollars; undefined if clients must not see it
 */
export function chatUsage(
  made: readonly Pick<Generated, 'usage' | 'thoughtTokens'>[],
  cost: number | undefined,
): ChatUsage | undefined {
  const usage = sumUsage(made.map((each) => each.usage));
  return (
    usage && {
      prompt_tokens: usage.input_tokens,
      completion_tokens: usage.output_tokens,
      total_tokens: usage.total_tokens,
      completion_tokens_details: {
        reasoning_tokens: made.reduce((sum, { thoughtTokens = 0 }) => sum + thoughtTokens, 0),
        image_tokens: usage.output_tokens_details.image_tokens,
      },
      ...(cost === undefined ? {} : { cost }),
    }
  );
}
