import { invalidRequest } from '../errors/gateway-error';
import type { Choice } from './choice';
import { exceedsImageSize } from './image-size';
import type { ModelAllowance } from './model-allowance';
import { DEFAULT_IMAGE_SIZE, type CatalogueModel } from './model-catalogue';

/**
 * The size that is actually requested. A size above the allowance is refused if the client named
 * it. A word, a suffix, or a model whose default is larger gets the largest size within the
 * allowance.
 *
 * @throws GatewayError `invalid_request`
 */
export function allowedImageSize(
  choice: Choice,
  model: CatalogueModel,
  allowance: ModelAllowance,
): Choice {
  const { maxImageSize } = allowance;
  const made = choice.value ?? DEFAULT_IMAGE_SIZE;
  if (maxImageSize === undefined || !exceedsImageSize(made, maxImageSize)) {
    return choice;
  }
  if (choice.field !== undefined) {
    const message = `Invalid value: '${made}'. Your key allows no images larger than ${maxImageSize}.`;
    throw invalidRequest(choice.field, 'invalid_value', message);
  }
  const value = sizesWithin(allowance, model).at(-1);
  if (value === undefined) {
    const message =
      `The model '${model.id}' makes no images as small as ${maxImageSize}, and your key allows none ` +
      'that are larger. Choose another model.';
    throw invalidRequest('model', 'invalid_value', message);
  }
  const warnings =
    choice.value === undefined
      ? choice.warnings
      : [...choice.warnings, `image size ${made} is more than your key allows; used ${value}`];
  return { value, warnings };
}

/** The sizes of a model that may be requested. */
export function sizesWithin(
  { maxImageSize }: ModelAllowance,
  { imageSizes }: CatalogueModel,
): readonly string[] {
  return maxImageSize === undefined
    ? imageSizes
    : imageSizes.filter((size) => !exceedsImageSize(size, maxImageSize));
}
