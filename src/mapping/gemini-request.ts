import type { GenerateContentRequest } from '../gemini/gemini.types';
import type { ImagePlan } from './image-plan';

/**
 * The body for one image. `candidateCount` is never sent, since image models take none above 1, and
 * `imageConfig` holds only what was decided, since an unset ratio or size is the model's to choose.
 * The input images are the plan's own slices: a body for each of n calls copies nothing.
 */
export function buildGeminiRequest(
  plan: Pick<
    ImagePlan,
    'prompt' | 'aspectRatio' | 'imageSize' | 'seed' | 'includeThoughts' | 'inputs'
  >,
): GenerateContentRequest {
  const { prompt, aspectRatio, imageSize, seed, includeThoughts, inputs = [] } = plan;
  const imageConfig = {
    ...(aspectRatio === undefined ? {} : { aspectRatio }),
    ...(imageSize === undefined ? {} : { imageSize }),
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
      // The models answer with text and image by default; this lowers the chatter.
      responseModalities: ['IMAGE'],
      ...(Object.keys(imageConfig).length === 0 ? {} : { imageConfig }),
      ...(includeThoughts === undefined ? {} : { thinkingConfig: { includeThoughts } }),
      ...(seed === undefined ? {} : { seed }),
    },
  };
}
