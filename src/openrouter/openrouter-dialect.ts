import { revisedPromptOf } from '../images/echoed-members';
import type { GeneratedImage } from '../images/generated-image';
import type { ImagesDialect } from '../images/images-dialect';
import { sumUsage, type ImageUsage } from '../mapping/usage';

/** OpenRouter's Image API: its events have OpenAI's names and other members. */
export const OPENROUTER: ImagesDialect = {
  response: (plan, images, _urls, { now, costUsd }) => ({
    created: epochSeconds(now),
    data: images.map((image) => ({ ...imageOf(image), ...revisedPromptOf(plan) })),
    ...usageOf(sumUsage(images.map(({ usage }) => usage)), costUsd),
  }),
  event: (plan, progress, { now, costUsd }) => {
    const type =
      progress.kind === 'partial' ? 'image_generation.partial_image' : 'image_generation.completed';
    const rest =
      progress.kind === 'partial'
        ? { partial_image_index: progress.image.partialIndex }
        : {
            created: epochSeconds(now),
            ...usageOf(progress.image.usage, costUsd),
            ...revisedPromptOf(plan),
          };
    const data = { type, ...imageOf(progress.image), image_index: progress.index, ...rest };
    return { name: type, data };
  },
};

function imageOf({ data, header }: Pick<GeneratedImage, 'data' | 'header'>): object {
  return { b64_json: data, media_type: header.mimeType };
}

/** Omitted unless complete. */
function usageOf(usage: ImageUsage | undefined, costUsd: number | undefined): object {
  if (usage === undefined) {
    return {};
  }
  return {
    usage: {
      prompt_tokens: usage.input_tokens,
      completion_tokens: usage.output_tokens,
      total_tokens: usage.total_tokens,
      completion_tokens_details: { image_tokens: usage.output_tokens_details.image_tokens },
      ...(costUsd === undefined ? {} : { cost: costUsd }),
    },
  };
}

function epochSeconds(now: number): number {
  return Math.floor(now / 1000);
}
