import { invalidRequest } from '../errors/gateway-error';
import type { Choice } from './choice';
import { exceedsImageSize } from './image-size';
import type { ModelAllowance } from './model-allowance';
import { DEFAULT_IMAGE_SIZE, type CatalogueModel } from './model-catalogue';

/**
 * The size that is really asked for. One that is asked for by its name is refused above the allowance; a word or
 * a suffix, and a model that makes larger images by itself, get the largest size within it.
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
  if (choice.isExplicit === true) {
    const message = `Invalid value: '${made}'. Your key allows no images larger than ${maxImageSize}.`;
    throw invalidRequest('image_size', 'invalid_value', message);
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

/** Those of a model's sizes that may be asked for. */
export function sizesWithin(
  { maxImageSize }: ModelAllowance,
  { imageSizes }: CatalogueModel,
): readonly string[] {
  return maxImageSize === undefined
    ? imageSizes
    : imageSizes.filter((size) => !exceedsImageSize(size, maxImageSize));
}
