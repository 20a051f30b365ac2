import { findGeminiModel } from './model-catalogue';

/** What a model's id may look like; all else would be upstream's prose. */
const ID = /^[a-z0-9][a-z0-9.@_-]{0,99}$/;
/** `-001`, `@006`, `-2026-05-28`, `-preview-05-20`: another state of the same model. */
const REVISION = /^[-@](?:\d[\w-]*|(?:preview|exp|latest)[\w-]*)$/;

/**
 * The model that a response comes from, where it is another one than was asked for. Google leads the ids of models
 * that it has shut down to others, and bills their prices.
 *
 * @param modelVersion as the response has it; anything that is no id says nothing
 */
export function otherModel(asked: string, modelVersion: unknown): string | undefined {
  if (typeof modelVersion !== 'string') {
    return undefined;
  }
  const served = modelVersion.toLowerCase().replace(/^.*\//, '');
  const isOther =
    ID.test(served) &&
    served !== asked &&
    findGeminiModel(served)?.id !== asked &&
    !(served.startsWith(asked) && REVISION.test(served.slice(asked.length)));
  return isOther ? served : undefined;
}

/** What is told of an image that another model has made. */
export function otherModelWarning(served: string): string {
  return `upstream answered with ${served}, which is not the model that was asked for`;
}
