import { contentFaults } from './content-check';
import { conversationOf, promptTokens } from './conversation';
import type { Conversation } from './conversation';
import { findModel, thinks } from './emulator-models';
import type { EmulatorModel } from './emulator-models';
import { googleError, invalidArgument, invalidPayload, unknownModel } from './google-error';
import type { GoogleError } from './google-error';
import { readMessage } from './proto-json';
import type { ProtoMessage } from './proto-json';
import { isTrue, messageOf, messagesOf, numberOf, stringOf, stringsOf } from './proto-member';
import { REQUEST_SCHEMA } from './request-proto';

/** A generateContent request that Google would accept, reduced to what the picture needs. */
export interface AcceptedRequest extends Conversation {
  readonly model: EmulatorModel;
  /** Undefined: the model follows its input, or draws a square. */
  readonly aspectRatio: string | undefined;
  readonly imageSize: string;
  readonly seed: number | undefined;
  readonly wantsText: boolean;
  readonly wantsImage: boolean;
  /** Empty if none was sent. */
  readonly thinkingLevel: string;
  /** The number of partial images before the final one; 0 unless thoughts are requested. */
  readonly partialImages: number;
  readonly serviceTier: string;
}

export type CheckedRequest =
  | { readonly ok: true; readonly request: AcceptedRequest }
  | { readonly ok: false; readonly error: GoogleError };

/** The target of a call, according to its URL. */
export interface CallTarget {
  readonly model: string;
  readonly apiVersion: string;
  readonly method: string;
}

/** Checks a parsed request body as strictly as the Developer API does. Pure. */
export function checkRequest(target: CallTarget, body: unknown): CheckedRequest {
  const { message, violations } = readMessage(REQUEST_SCHEMA, 'GenerateContentRequest', body);
  if (violations.length > 0) {
    return refused(invalidPayload(violations));
  }
  const model = findModel(target.model);
  if (model === undefined) {
    return refused(unknownModel(target.model, target.apiVersion, target.method));
  }
  const fault =
    contentFaults(message, model) ?? configFault(message, model) ?? toolFault(message, model);
  if (fault !== undefined) {
    return refused(fault);
  }
  return accept(message, model);
}

function accept(message: ProtoMessage, model: EmulatorModel): CheckedRequest {
  const config = messageOf(message, 'generationConfig');
  const image = config && messageOf(config, 'imageConfig');
  const thinking = config && messageOf(config, 'thinkingConfig');
  const conversation = conversationOf(message);
  const { total } = promptTokens(conversation, model);
  if (total > model.inputTokenLimit) {
    return refused(
      invalidArgument(
        `The input token count (${total}) exceeds the maximum number of tokens allowed (${model.inputTokenLimit}).`,
      ),
    );
  }
  const modalities = config === undefined ? [] : stringsOf(config, 'responseModalities');
  const tier = stringOf(message, 'serviceTier');
  return {
    ok: true,
    request: {
      ...conversation,
      model,
      aspectRatio: stringOf(image, 'aspectRatio') || undefined,
      imageSize: stringOf(image, 'imageSize') || '1K',
      seed: numberOf(config, 'seed'),
      // Without responseModalities Gemini's image models return text and image.
      wantsText: modalities.length === 0 || modalities.includes('TEXT'),
      wantsImage: modalities.length === 0 || modalities.includes('IMAGE'),
      thinkingLevel: thinkingLevel(thinking),
      partialImages: partialImages(thinking, model),
      serviceTier: tier === '' || tier === 'unspecified' ? 'standard' : tier,
    },
  };
}

function partialImages(thinking: ProtoMessage | undefined, model: EmulatorModel): number {
  return isTrue(thinking, 'includeThoughts')
    ? (model.partialImages[thinkingLevel(thinking)] ?? 0)
    : 0;
}

/** Empty if none was sent. */
function thinkingLevel(thinking: ProtoMessage | undefined): string {
  const level = stringOf(thinking, 'thinkingLevel');
  return level === 'THINKING_LEVEL_UNSPECIFIED' ? '' : level;
}

function configFault(message: ProtoMessage, model: EmulatorModel): GoogleError | undefined {
  const config = messageOf(message, 'generationConfig');
  if (config === undefined) {
    return undefined;
  }
  const count = numberOf(config, 'candidateCount') ?? 1;
  if (count > 1) {
    return invalidArgument('Multiple candidates is not enabled for this model');
  }
  if (count < 0) {
    return fieldFault('candidate_count', 'candidate_count must be positive');
  }
  const mimeType = stringOf(config, 'responseMimeType');
  if (mimeType !== '' && mimeType !== 'text/plain') {
    return invalidArgument(`JSON mode is not enabled for models/${model.id}`);
  }
  return modalityFault(config, model) ?? thinkingFault(config, model) ?? imageFault(config, model);
}

function modalityFault(config: ProtoMessage, model: EmulatorModel): GoogleError | undefined {
  const wanted = [...new Set(stringsOf(config, 'responseModalities'))].sort();
  if (['', 'IMAGE', 'IMAGE TEXT', 'TEXT'].includes(wanted.join(' '))) {
    return undefined;
  }
  return invalidArgument(
    `The requested combination of response modalities (${wanted.join(', ')}) is not supported by the model. models/${model.id} accepts the following combinations of response modalities:\n* IMAGE\n* IMAGE, TEXT\n* TEXT\n`,
  );
}

function thinkingFault(config: ProtoMessage, model: EmulatorModel): GoogleError | undefined {
  const thinking = messageOf(config, 'thinkingConfig');
  if (thinking === undefined) {
    return undefined;
  }
  if (!thinks(model)) {
    return invalidArgument(`Thinking is not enabled for models/${model.id}`);
  }
  return Object.hasOwn(model.partialImages, thinkingLevel(thinking))
    ? undefined
    : invalidArgument('Thinking level is not supported for this model.');
}

function imageFault(config: ProtoMessage, model: EmulatorModel): GoogleError | undefined {
  const image = messageOf(config, 'imageConfig');
  const size = stringOf(image, 'imageSize');
  const ratio = stringOf(image, 'aspectRatio');
  if (ratio !== '' && !model.ratios.includes(ratio)) {
    return fieldFault(
      'image_config.aspect_ratio',
      `aspect_ratio must be one of ${quoted(model.ratios)}.`,
    );
  }
  if (size === '' || model.sizes.includes(size)) {
    return undefined;
  }
  // gemini-2.5-flash-image does not support imageSize, and always fails with an internal error.
  return model.sizes.length === 0
    ? googleError(500)
    : fieldFault('image_config.image_size', `image_size must be one of ${quoted(model.sizes)}.`);
}

function toolFault(message: ProtoMessage, model: EmulatorModel): GoogleError | undefined {
  if (stringOf(message, 'cachedContent') !== '') {
    return googleError(403, 'CachedContent not found (or permission denied)');
  }
  const tools = messagesOf(message, 'tools');
  if (tools.some((tool) => tool['googleSearch'] !== undefined) && !model.search) {
    return invalidArgument('Search Grounding is not supported.');
  }
  const foreign = tools.some((tool) => Object.keys(tool).some((name) => name !== 'googleSearch'));
  return foreign ? invalidArgument(`Tool use is not enabled for models/${model.id}`) : undefined;
}

function fieldFault(field: string, problem: string): GoogleError {
  return invalidArgument(`* GenerateContentRequest.generation_config.${field}: ${problem}\n`);
}

function quoted(values: readonly string[]): string {
  return values.map((value) => `'${value}'`).join(', ');
}

function refused(error: GoogleError): CheckedRequest {
  return { ok: false, error };
}
