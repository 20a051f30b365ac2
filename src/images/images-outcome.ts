import type { ImagesOutcome } from '../context/request-outcome';
import type { ImagePlan } from '../mapping/image-plan';
import {
  otherModelWarnings,
  type Generated,
  type GeneratedImage,
  type GeneratedText,
  type SourcedImage,
} from './generated-image';

/** Limited, because a model's name is text from the client. */
const MAX_MODEL_NAME_LENGTH = 60;

/** What log and metrics record for a plan before any image has arrived. */
export function plannedOutcome(plan: ImagePlan): ImagesOutcome {
  return {
    model: plan.model,
    ...(plan.requestedModel === plan.model
      ? {}
      : { requestedModel: plan.requestedModel.slice(0, MAX_MODEL_NAME_LENGTH) }),
    ...(plan.imageSize === undefined ? {} : { size: plan.imageSize }),
    ...(plan.aspectRatio === undefined ? {} : { ratio: plan.aspectRatio }),
    requested: plan.n,
    returned: 0,
    attempts: 0,
    ...inputsOf(plan),
    ...(plan.warnings.length === 0 ? {} : { warnings: plan.warnings }),
  };
}

/** The outcome once more images, or texts where they are wanted, have arrived. */
export function withReturned<T extends ImagesOutcome | undefined>(
  outcome: T,
  made: readonly (
    (Pick<SourcedImage, 'accountEmail'> & Pick<GeneratedImage, 'otherModel'>) | GeneratedText
  )[],
): T {
  if (outcome === undefined) {
    return outcome;
  }
  const accounts = made.map(({ accountEmail }) => accountEmail);
  const texts = made.filter((each) => 'isCutShort' in each).length;
  return withOtherModels(
    {
      ...outcome,
      returned: outcome.returned + made.length - texts,
      ...(texts === 0 ? {} : { texts: (outcome.texts ?? 0) + texts }),
      accounts: [...new Set([...(outcome.accounts ?? []), ...accounts])],
    },
    made,
  );
}

/** The outcome with a warning for each model that served the request but was not asked for. */
export function withOtherModels<T extends ImagesOutcome | undefined>(
  outcome: T,
  made: readonly Pick<Generated, 'otherModel'>[],
): T {
  const warnings = [...new Set([...(outcome?.warnings ?? []), ...otherModelWarnings(made)])];
  return outcome === undefined || warnings.length === 0 ? outcome : { ...outcome, warnings };
}

/**
 * How many images came with the request, and whether a mask or markup did, which do not count as
 * images here.
 */
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
