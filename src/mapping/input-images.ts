import { withoutMissing } from './conversation';
import { invalidRequest } from '../errors/gateway-error';
import type { JsonBlob } from '../json/json-blob';
import type { MaskOverlay, ImagePlan, InlineImage } from './image-plan';
import { markupInstruction } from './markup-instruction';
import { maskInstruction } from './mask-instruction';
import { findGeminiModel } from './model-catalogue';

/** How many images a request contains. */
export interface InputCount {
  /** The field they came in. */
  readonly param: string;
  /** Without mask and markup. */
  readonly images: number;
  readonly hasMask: boolean;
  readonly hasMarkup?: boolean;
  /** Whether the client calls the request a generation. */
  readonly isGeneration?: boolean | undefined;
}

/** The images of a request, read and checked. */
export interface InputImages {
  /** Upright, in the client's order. */
  readonly images: readonly InlineImage[];
  /**
   * The indexes, from 0, of images that could not be fetched and that the conversation does
   * without.
   */
  readonly missing?: readonly number[];
  readonly mask?: InputMask | undefined;
  readonly markup?: InputMarkup | undefined;
}

export interface InputMarkup {
  /** The first image with the markup drawn over it. */
  readonly marked: InlineImage;
  /** Whether the markup is entirely invisible. */
  readonly isEmpty: boolean;
}

export interface InputMask extends MaskOverlay {
  /** The mask in the form for the model: PNG, white where the image is to change. */
  readonly forModel: JsonBlob;
  /** Whether it is opaque everywhere, so that nothing may change. */
  readonly keepsEverything: boolean;
}

/**
 * @throws GatewayError `invalid_request` for more images, mask or markup included, than the model
 * accepts, and for mask and markup together
 */
export function checkInputCount(
  { param, images, hasMask, hasMarkup = false }: InputCount,
  model: string,
): void {
  if (hasMask && hasMarkup) {
    throw invalidRequest(
      'markup',
      'invalid_value',
      "Invalid 'markup': it cannot be used together with 'mask'. Send one of the two.",
    );
  }
  const max = findGeminiModel(model)?.maxInputImages ?? 0;
  const beside = hasMask ? 'a mask' : 'a markup';
  const hasMore = hasMask || hasMarkup;
  const count = images + (hasMore ? 1 : 0);
  if (count > max) {
    throw invalidRequest(
      param,
      'array_above_max_length',
      `Invalid '${param}': array too long. Expected an array with maximum length ` +
        `${hasMore ? `${max - 1} beside ${beside}` : String(max)}, ` +
        `but got an array with length ${images} instead.`,
    );
  }
}

/**
 * Adds the images to the plan, with a mask or the marked image as the last of them, and adds an
 * instruction that explains it to the prompt. The prompt still counts as the client's own: the
 * instruction only repeats what the mask says.
 */
export function withInputs(plan: ImagePlan, inputs: InputImages): ImagePlan {
  const { images, missing = [], mask, markup } = inputs;
  if (plan.conversation !== undefined && missing.length > 0) {
    return {
      ...plan,
      conversation: withoutMissing(plan.conversation, missing),
      inputs: images,
      warnings: [...plan.warnings, missingImages(missing.length)],
    };
  }
  if (markup !== undefined) {
    return {
      ...plan,
      prompt: `${plan.prompt}\n\n${markupInstruction(images.length)}`,
      inputs: [...images, markup.marked],
      hasMarkup: true,
      warnings: markup.isEmpty ? [...plan.warnings, EMPTY_MARKUP] : plan.warnings,
    };
  }
  if (mask === undefined) {
    return { ...plan, inputs: images };
  }
  const { original, mask: clientsMask, forModel, keepsEverything } = mask;
  return {
    ...plan,
    prompt: `${plan.prompt}\n\n${maskInstruction(images.length)}`,
    inputs: [...images, { mimeType: 'image/png', data: forModel }],
    maskOverlay: { original, mask: clientsMask },
    warnings: keepsEverything ? [...plan.warnings, OPAQUE_MASK] : plan.warnings,
  };
}

function missingImages(count: number): string {
  return `${count} image${count === 1 ? '' : 's'} of earlier turns could not be fetched and were left out`;
}

const EMPTY_MARKUP = 'the markup is transparent everywhere, so it points at nothing';

const OPAQUE_MASK =
  'the mask is opaque everywhere, so the result is the first image again; transparent pixels mark what is to change';
