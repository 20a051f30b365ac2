import type { ModelAllowance } from './model-allowance';
import { GEMINI_MODELS, type CatalogueModel } from './model-catalogue';

/** Google's models that a client may use, in the order of the catalogue. */
export function allowedModels({ models }: ModelAllowance = {}): readonly CatalogueModel[] {
  return GEMINI_MODELS.filter(({ id }) => models?.includes(id) !== false);
}
