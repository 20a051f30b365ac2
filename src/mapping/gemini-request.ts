import type { GenerateContentRequest } from '../gemini/gemini.types';
import type { ImagePlan } from './image-plan';

/**
 * The body for one image. `candidateCount` is never sent, since image models take none above 1, and
 * `imageConfig` holds only what was decided, since an unset ratio or size is the model's to choose.
 */
export function buildGeminiRequest(
  plan: Pick<ImagePlan, 'prompt' | 'aspectRatio' | 'imageSize' | 'seed' | 'includeThoughts'>,
): GenerateContentRequest {
  const { prompt, aspectRatio, imageSize, seed, includeThoughts } = plan;
  const imageConfig = {
    ...(aspectRatio === undefined ? {} : { aspectRatio }),
    ...(imageSize === undefined ? {} : { imageSize }),
  };
  return {
    // Vertex refuses contents without a role; the Developer API does not mind one.
    contents: [{ role: 'user', parts: [{ text: prompt }] }],
    generationConfig: {
      // The models answer with text and image by default; this lowers the chatter.
      responseModalities: ['IMAGE'],
      ...(Object.keys(imageConfig).length === 0 ? {} : { imageConfig }),
      ...(includeThoughts === undefined ? {} : { thinkingConfig: { includeThoughts } }),
      ...(seed === undefined ? {} : { seed }),
    },
  };
}
