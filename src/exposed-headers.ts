/**
 * The response headers that scripts in a browser may read, in addition to those that are always
 * readable.
 */
export const EXPOSED_HEADERS: readonly string[] = [
  'X-Account-Email',
  'X-Request-Id',
  'X-Images-Requested',
  'X-Images-Returned',
  'X-Image-Model',
  'X-Image-Aspect-Ratio',
  'X-Image-Size',
  'X-Mapping-Warning',
  'X-Cost-USD',
  'Idempotent-Replayed',
  'X-Retry-Adopted',
  'X-Upstream',
  'openai-version',
  'openai-processing-ms',
  'Retry-After',
  'x-ratelimit-limit-images',
  'x-ratelimit-remaining-images',
  'x-ratelimit-reset-images',
  'x-should-retry',
  'WWW-Authenticate',
  'Allow',
];

/** The headers of hosted images that scripts may read. */
export const EXPOSED_FILE_HEADERS: readonly string[] = [
  'Accept-Ranges',
  'Content-Disposition',
  'Content-Range',
  'ETag',
  'X-Request-Id',
];
