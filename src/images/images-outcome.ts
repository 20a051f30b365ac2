import type { ImagesOutcome } from '../context/request-outcome';
import type { ImagePlan } from '../mapping/image-plan';
import type { SourcedImage } from './generated-image';

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
  images: readonly Pick<SourcedImage, 'accountEmail'>[],
): T {
  if (outcome === undefined) {
    return outcome;
  }
  const accounts = images.map(({ accountEmail }) => accountEmail);
  return {
    ...outcome,
    returned: outcome.returned + images.length,
    accounts: [...new Set([...(outcome.accounts ?? []), ...accounts])],
  };
}

/** How many images came with the request, and whether a mask did, which counts as none here. */
function inputsOf({ inputs, maskOverlay }: ImagePlan): Pick<ImagesOutcome, 'inputs' | 'mask'> {
  if (inputs === undefined) {
    return {};
  }
  return maskOverlay === undefined
    ? { inputs: inputs.length }
    : { inputs: inputs.length - 1, mask: true };
}
