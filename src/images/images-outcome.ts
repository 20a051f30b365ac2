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
    accounts: distinct(outcome.accounts, accounts),
  };
}

/** The same once one more call has begun. */
export function withCall<T extends ImagesOutcome | undefined>(outcome: T): T {
  return outcome === undefined ? outcome : { ...outcome, attempts: outcome.attempts + 1 };
}

/** The same once a call has failed on the account. */
export function withFailedCall<T extends ImagesOutcome | undefined>(outcome: T, email: string): T {
  return outcome === undefined
    ? outcome
    : { ...outcome, failedAccounts: distinct(outcome.failedAccounts, [email]) };
}

function distinct(known: readonly string[] = [], more: readonly string[]): readonly string[] {
  return [...new Set([...known, ...more])];
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
