import type { GenerateContentRequest } from '../gemini/gemini.types';
import type { ImagePlan } from './image-plan';

/**
 * The body for one image. `candidateCount` is never sent, because image models take none above 1, and
 * `imageConfig` has only the members that the plan sets: the model chooses an unset ratio or size.
 * The input images are the plan's own slices: a body for each of n calls copies nothing.
 */
export function buildGeminiRequest(
  plan: Pick<
    ImagePlan,
    | 'prompt'
    | 'aspectRatio'
    | 'imageSize'
    | 'seed'
    | 'includeThoughts'
    | 'thinkingLevel'
    | 'serviceTier'
    | 'inputs'
  >,
): GenerateContentRequest {
  const { prompt, aspectRatio, imageSize, seed, serviceTier, inputs = [] } = plan;
  const { includeThoughts, thinkingLevel } = plan;
  const imageConfig = {
    ...(aspectRatio === undefined ? {} : { aspectRatio }),
    ...(imageSize === undefined ? {} : { imageSize }),
  };
  const thinkingConfig = {
    ...(includeThoughts === undefined ? {} : { includeThoughts }),
    ...(thinkingLevel === undefined ? {} : { thinkingLevel }),
  };
  return {
    // Vertex refuses contents without a role; the Developer API does not mind one.
    contents: [
      {
        role: 'user',
        parts: [
          { text: prompt },
          ...inputs.map(({ mimeType, data }) => ({ inlineData: { mimeType, data } })),
        ],
      },
    ],
    generationConfig: {
      // By default the models return text and image; this keeps the text short.
      responseModalities: ['IMAGE'],
      ...(Object.keys(imageConfig).length === 0 ? {} : { imageConfig }),
      ...(Object.keys(thinkingConfig).length === 0 ? {} : { thinkingConfig }),
      ...(seed === undefined ? {} : { seed }),
    },
    ...(serviceTier === undefined ? {} : { serviceTier }),
  };
}
