import { findGeminiModel } from './model-catalogue';

/** The form of a model's id; anything else would be text from upstream. */
const ID = /^[a-z0-9][a-z0-9.@_-]{0,99}$/;
/** `-001`, `@006`, `-2026-05-28`, `-preview-05-20`: another version of the same model. */
const REVISION = /^[-@](?:\d[\w-]*|(?:preview|exp|latest)[\w-]*)$/;

/**
 * The model that served a response, if it is not the requested one. Google redirects the ids of
 * models that it has shut down to others, and bills at their prices.
 *
 * @param modelVersion as in the response; anything that is not an id is ignored
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

/** The warning about an image from another model. */
export function otherModelWarning(served: string): string {
  return `upstream served the request with ${served} instead of the requested model`;
}
