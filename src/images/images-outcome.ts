import type { ImagesOutcome } from '../context/request-outcome';
import type { ImagePlan } from '../mapping/image-plan';
import { otherModelWarnings, type GeneratedImage } from './generated-image';

/** A model's name is the client's text. */
const LONGEST_MODEL_NAME = 60;

/** What the log and the metrics say of a plan of which no image has come yet. */
export function plannedOutcome(plan: ImagePlan): ImagesOutcome {
  return {
    model: plan.model,
    ...(plan.requestedModel === plan.model
      ? {}
      : { requestedModel: plan.requestedModel.slice(0, LONGEST_MODEL_NAME) }),
    ...(plan.imageSize === undefined ? {} : { size: plan.imageSize }),
    ...(plan.aspectRatio === undefined ? {} : { ratio: plan.aspectRatio }),
    requested: plan.n,
    returned: 0,
    attempts: 0,
    ...inputsOf(plan),
    ...(plan.warnings.length === 0 ? {} : { warnings: plan.warnings }),
  };
}

/** The same once more images have been made. */
export function withReturned<T extends ImagesOutcome | undefined>(
  outcome: T,
  images: readonly Pick<GeneratedImage, 'accountEmail' | 'otherModel'>[],
): T {
  if (outcome === undefined) {
    return outcome;
  }
  const accounts = images.map(({ accountEmail }) => accountEmail);
  const warnings = [...new Set([...(outcome.warnings ?? []), ...otherModelWarnings(images)])];
  return {
    ...outcome,
    returned: outcome.returned + images.length,
    accounts: [...new Set([...(outcome.accounts ?? []), ...accounts])],
    ...(warnings.length === 0 ? {} : { warnings }),
  };
}

/** How many images came with the request, and whether a mask or a markup did, which counts as none here. */
function inputsOf({
  inputs,
  maskOverlay,
  hasMarkup,
}: ImagePlan): Pick<ImagesOutcome, 'inputs' | 'mask' | 'markup'> {
  if (inputs === undefined) {
    return {};
  }
  if (hasMarkup === true) {
    return { inputs: inputs.length - 1, markup: true };
  }
  return maskOverlay === undefined
    ? { inputs: inputs.length }
    : { inputs: inputs.length - 1, mask: true };
}
