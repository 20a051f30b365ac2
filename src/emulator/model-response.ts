import { promptTokens, tokensOf } from './conversation';
import type { Base64 } from './json-bytes';
import type { AcceptedRequest } from './request-check';

/** One part of a response, before it is serialised. */
export type ResponsePart =
  | { readonly text: string; readonly thought?: true }
  | {
      readonly image: Base64;
      readonly mimeType: string;
      readonly thought?: true;
      readonly signature?: string;
    };

/** How the candidate ended. `finishMessage` is Google's explanation of a refusal. */
interface Ending {
  readonly finishReason: string;
  readonly finishMessage?: string;
}

/** What all events of one response share. */
export interface ModelResponse {
  readonly request: AcceptedRequest;
  readonly responseId: string;
  readonly thoughtTokens: number;
  /** Tokens charged in addition to the images; gemini-3-pro-image always has some. */
  readonly extraTokens: number;
}

const COMPLETE: Ending = { finishReason: 'STOP' };

const REFUSAL_MESSAGES: ReadonlyMap<string, string> = new Map([
  [
    'IMAGE_SAFETY',
    "Unable to show the generated image. The image was filtered out because it violated Google's Generative AI Prohibited Use policy. You will not be charged for blocked images. Try rephrasing the prompt. If you think this was an error, send feedback.",
  ],
  [
    'IMAGE_PROHIBITED_CONTENT',
    'Unable to show the generated image. The prompt could not be submitted due to interests of third-party content providers. Support code: 29310472',
  ],
  [
    'IMAGE_OTHER',
    'Unable to show the generated image. The model could not generate the image based on the prompt provided. You will not be charged for this request. Try rephrasing the prompt.',
  ],
  [
    'NO_IMAGE',
    'Unable to show the generated image. The model could not generate the image based on the prompt provided. You will not be charged for this request. Try rephrasing the prompt.',
  ],
]);

/** A refusal, with Google's message for the reason if one is known. */
export function refusal(finishReason: string, finishMessage?: string): Ending {
  const message = finishMessage ?? REFUSAL_MESSAGES.get(finishReason);
  return { finishReason, ...(message === undefined ? {} : { finishMessage: message }) };
}

/**
 * The complete response, or the last event of a streamed one. Keys are in Google's order.
 * @param charged the cost of its parts; for a streamed response, including those of earlier events
 */
export function finalResponse(
  response: ModelResponse,
  parts: readonly ResponsePart[],
  charged: ChargedParts,
  ending: Ending = COMPLETE,
): object {
  const content =
    parts.length === 0 ? { role: 'model' } : { parts: parts.map(partJson), role: 'model' };
  return {
    candidates: [{ content, finishReason: ending.finishReason, index: 0, ...messageOf(ending) }],
    usageMetadata: usage(response, charged),
    ...trailer(response),
  };
}

/** An event of a streamed response that is not the last: no finishReason, and no token details. */
export function partialResponse(response: ModelResponse, part: ResponsePart): object {
  const { promptTokenCount } = promptUsage(response);
  return {
    candidates: [{ content: { parts: [partJson(part)], role: 'model' }, index: 0 }],
    usageMetadata: { promptTokenCount, totalTokenCount: promptTokenCount },
    ...trailer(response),
  };
}

/** The prompt itself was refused: there is no candidate at all. */
export function blockedResponse(response: ModelResponse, blockReason: string): object {
  const prompt = promptUsage(response);
  return {
    promptFeedback: { blockReason },
    usageMetadata: {
      promptTokenCount: prompt.promptTokenCount,
      totalTokenCount: prompt.promptTokenCount,
      promptTokensDetails: prompt.promptTokensDetails,
    },
    ...trailer(response),
  };
}

function partJson(part: ResponsePart): object {
  const thought = part.thought === true ? { thought: true } : {};
  if ('text' in part) {
    return { text: part.text, ...thought };
  }
  const signature = part.signature === undefined ? {} : { thoughtSignature: part.signature };
  return { inlineData: { mimeType: part.mimeType, data: part.image }, ...thought, ...signature };
}

function messageOf(ending: Ending): object {
  return ending.finishMessage === undefined ? {} : { finishMessage: ending.finishMessage };
}

function trailer({ request, responseId }: ModelResponse): object {
  return { modelVersion: request.model.id, responseId };
}

function promptUsage({ request }: ModelResponse): {
  readonly promptTokenCount: number;
  readonly promptTokensDetails: readonly object[];
} {
  const { total, details } = promptTokens(request, request.model);
  return { promptTokenCount: total, promptTokensDetails: details };
}

function usage(response: ModelResponse, charged: ChargedParts): object {
  const { request, thoughtTokens } = response;
  const { promptTokenCount, promptTokensDetails } = promptUsage(response);
  const imageTokens = charged.images * (request.model.outputImageTokens[request.imageSize] ?? 0);
  const candidates = candidatesTokens(imageTokens, charged.textTokens, response);
  return {
    promptTokenCount,
    candidatesTokenCount: candidates,
    totalTokenCount: promptTokenCount + candidates + thoughtTokens,
    promptTokensDetails,
    ...(imageTokens === 0
      ? {}
      : { candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: imageTokens }] }),
    ...(thoughtTokens === 0 ? {} : { thoughtsTokenCount: thoughtTokens }),
    serviceTier: request.serviceTier,
  };
}

function candidatesTokens(
  imageTokens: number,
  textTokens: number,
  { thoughtTokens, extraTokens }: ModelResponse,
): number {
  if (imageTokens > 0) {
    return imageTokens + textTokens + extraTokens;
  }
  // Without any content, Gemini counts the thoughts again as the candidate's tokens.
  return textTokens > 0 ? textTokens : thoughtTokens;
}

/** What is charged for a response in addition to its thoughts. */
export interface ChargedParts {
  readonly images: number;
  readonly textTokens: number;
}

export const NOTHING_CHARGED: ChargedParts = { images: 0, textTokens: 0 };

/** The parts that are charged as content: thoughts are not. */
export function chargedParts(parts: readonly ResponsePart[]): ChargedParts {
  const content = parts.filter(({ thought }) => thought !== true);
  const text = content.flatMap((part) => ('text' in part ? [part.text] : [])).join('');
  return {
    images: content.filter((part) => 'image' in part).length,
    textTokens: text === '' ? 0 : tokensOf(text),
  };
}
