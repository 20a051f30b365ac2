import type { GeminiRequestPart, GenerateContentRequest } from '../gemini/gemini.types';
import type { Conversation, TurnPart } from './conversation';
import type { ImagePlan, InlineImage } from './image-plan';

/**
 * The body for one image. `candidateCount` is never sent, because image models accept only 1, and
 * `imageConfig` has only the members that the plan sets: the model chooses an unset ratio or size.
 * The input images are the plan's own slices, so the bodies of n calls copy nothing.
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
    | 'conversation'
  >,
): GenerateContentRequest {
  const { aspectRatio, imageSize, seed, serviceTier, conversation } = plan;
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
    // Vertex rejects contents without a role; the Developer API does not need one.
    contents:
      conversation === undefined
        ? [{ role: 'user', parts: promptParts(plan) }]
        : contentsOf(conversation, plan.inputs),
    ...systemInstructionOf(conversation),
    generationConfig: {
      // By default the models return text and image; without TEXT the text is kept short.
      responseModalities: conversation?.wantsText === true ? ['TEXT', 'IMAGE'] : ['IMAGE'],
      ...(Object.keys(imageConfig).length === 0 ? {} : { imageConfig }),
      ...(Object.keys(thinkingConfig).length === 0 ? {} : { thinkingConfig }),
      ...(seed === undefined ? {} : { seed }),
      ...samplingOf(conversation),
    },
    ...(serviceTier === undefined ? {} : { serviceTier }),
  };
}

function promptParts({
  prompt,
  inputs = [],
}: Pick<ImagePlan, 'prompt' | 'inputs'>): readonly GeminiRequestPart[] {
  return [{ text: prompt }, ...inputs.map(inlineData)];
}

function contentsOf(
  { turns }: Conversation,
  inputs: readonly InlineImage[] = [],
): GenerateContentRequest['contents'] {
  return turns.map(({ role, parts }) => ({
    role,
    parts: parts.map((part) => requestPart(part, inputs)),
  }));
}

function requestPart(part: TurnPart, inputs: readonly InlineImage[]): GeminiRequestPart {
  if ('text' in part) {
    return part;
  }
  const image = inputs[part.image];
  if (image === undefined) {
    throw new Error('a turn refers to a missing image');
  }
  return inlineData(image);
}

function inlineData({ mimeType, data }: InlineImage): GeminiRequestPart {
  return { inlineData: { mimeType, data } };
}

function systemInstructionOf(
  conversation: Conversation | undefined,
): Pick<GenerateContentRequest, 'systemInstruction'> {
  const texts = conversation?.systemInstruction ?? [];
  return texts.length === 0
    ? {}
    : { systemInstruction: { parts: texts.map((text) => ({ text })) } };
}

function samplingOf(conversation: Conversation | undefined): {
  readonly temperature?: number;
  readonly topP?: number;
} {
  const { temperature, topP } = conversation ?? {};
  return {
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { topP }),
  };
}
