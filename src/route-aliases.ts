/**
 * Other ways to write the path of a route `/v1/…`, first match first. `rest` is what stands behind `/v1/`; `model`, where
 * there is one, wins over the body's. A path is taken for another only where that one is a route, so that nothing has to
 * be added here for a new route: what another API has at `/v1beta/models` or `/v1alpha` stays as it is.
 */
export const ROUTE_ALIASES: readonly RegExp[] = [
  // The base URL of OpenRouter's clients.
  /^\/api\/v1\/(?<rest>.+)$/i,
  // Google's own base URL for OpenAI's clients.
  /^\/v1beta\/openai\/(?<rest>.+)$/i,
  // Azure's: AzureOpenAI of OpenAI's packages writes the model into the path. An id may have a slash in it.
  /^\/openai\/deployments\/(?<model>.+)\/(?<rest>images\/(?:generations|edits)\/?)$/i,
  // Azure's newer one, and what its client asks for without a model.
  /^\/openai\/(?:v1\/)?(?<rest>.+)$/i,
  // A base URL without /v1.
  /^\/(?<rest>.+)$/,
];
