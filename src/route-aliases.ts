/**
 * Alternative paths of `/v1/…` routes; the first match wins. `rest` is the part after `/v1/`;
 * `model`, if present, takes precedence over the body's. An alias applies only if it leads to an
 * existing route, so nothing has to be added for a new route, and paths of other APIs, such as
 * `/v1beta/models` or `/v1alpha`, stay unchanged.
 */
export const ROUTE_ALIASES: readonly RegExp[] = [
  // The base URL of OpenRouter's clients.
  /^\/api\/v1\/(?<rest>.+)$/i,
  // Google's own base URL for OpenAI's clients.
  /^\/v1beta\/openai\/(?<rest>.+)$/i,
  // Azure's: the AzureOpenAI class of OpenAI's packages writes the model into the path. An id may
  // contain a slash.
  /^\/openai\/deployments\/(?<model>.+)\/(?<rest>(?:images\/(?:generations|edits)|chat\/completions)\/?)$/i,
  // Azure's newer one, and what its client calls without a model.
  /^\/openai\/(?:v1\/)?(?<rest>.+)$/i,
  // A base URL without /v1.
  /^\/(?<rest>.+)$/,
];
