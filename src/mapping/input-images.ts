import { invalidRequest } from '../errors/gateway-error';
import type { JsonBlob } from '../json/json-blob';
import type { HeldMask, ImagePlan, InlineImage } from './image-plan';
import { maskInstruction } from './mask-instruction';
import { findGeminiModel } from './model-catalogue';

/** How many images a request brings. */
export interface InputCount {
  /** The field they came in. */
  readonly param: string;
  /** Without the mask. */
  readonly images: number;
  readonly hasMask: boolean;
}

/** The images of a request, read and found to be sound. */
export interface InputImages {
  /** Upright, in the client's order. */
  readonly images: readonly InlineImage[];
  readonly mask?: InputMask | undefined;
}

export interface InputMask extends HeldMask {
  /** The mask as a model can see it: PNG, white where the picture is to change. */
  readonly forModel: JsonBlob;
  /** Whether it is opaque everywhere, so that nothing may change. */
  readonly keepsEverything: boolean;
}

/** @throws GatewayError `invalid_request` for more images, the mask included, than the model takes */
export function checkInputCount({ param, images, hasMask }: InputCount, model: string): void {
  const max = findGeminiModel(model)?.maxInputImages ?? 0;
  const count = images + (hasMask ? 1 : 0);
  if (count > max) {
    throw invalidRequest(
      param,
      'array_above_max_length',
      `Invalid '${param}': array too long. Expected an array with maximum length ` +
        `${hasMask ? `${max - 1} beside a mask` : String(max)}, ` +
        `but got an array with length ${images} instead.`,
    );
  }
}

/**
 * Adds the images to the plan, a mask as the last of them, and to the prompt an instruction that
 * explains the mask to the model. The prompt still counts as the client's own: the instruction adds
 * nothing to what the mask says.
 */
export function withInputs(plan: ImagePlan, { images, mask }: InputImages): ImagePlan {
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

const OPAQUE_MASK =
  'the mask is opaque everywhere, so the result is the first image again; transparent pixels mark what is to change';
