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
