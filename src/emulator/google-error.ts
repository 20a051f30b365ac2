/** An error as Google's APIs send it: `{"error":{code,message,status,details?}}`. */
export interface GoogleError {
  readonly code: number;
  readonly message: string;
  readonly status: string;
  readonly details?: readonly object[];
}

/** One invalid field; for the root of the request Google omits `field`. */
export interface FieldViolation {
  readonly field?: string;
  readonly description: string;
}

const TYPE = 'type.googleapis.com/google.rpc.';

/** Google's canonical codes, and the message that usually comes with each. */
const CANONICAL: ReadonlyMap<number, readonly [status: string, message: string]> = new Map([
  [400, ['INVALID_ARGUMENT', 'Request contains an invalid argument.']],
  [
    401,
    [
      'UNAUTHENTICATED',
      'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.',
    ],
  ],
  [403, ['PERMISSION_DENIED', 'The caller does not have permission']],
  [404, ['NOT_FOUND', 'Requested entity was not found.']],
  [409, ['ABORTED', 'The operation was aborted.']],
  [429, ['RESOURCE_EXHAUSTED', 'Resource has been exhausted (e.g. check quota).']],
  [499, ['CANCELLED', 'The operation was cancelled.']],
  [
    500,
    [
      'INTERNAL',
      'An internal error has occurred. Please retry or report in https://developers.generativeai.google/guide/troubleshooting',
    ],
  ],
  [501, ['UNIMPLEMENTED', 'Operation is not implemented, or supported, or enabled.']],
  [503, ['UNAVAILABLE', 'The model is overloaded. Please try again later.']],
  [504, ['DEADLINE_EXCEEDED', 'Deadline expired before operation could complete.']],
]);

/** An error with this HTTP status, by default with Google's own message. */
export function googleError(
  code: number,
  message?: string,
  details?: readonly object[],
  status?: string,
): GoogleError {
  const [usualStatus, usualMessage] = CANONICAL.get(code) ?? ['UNKNOWN', 'Unknown Error.'];
  return {
    code,
    message: message ?? usualMessage,
    status: status ?? usualStatus,
    ...(details === undefined ? {} : { details }),
  };
}

/**
 * 400 for a request whose JSON does not match the message; one line and one violation per fault.
 */
export function invalidPayload(violations: readonly FieldViolation[]): GoogleError {
  return googleError(400, violations.map(({ description }) => description).join('\n'), [
    { '@type': `${TYPE}BadRequest`, fieldViolations: violations },
  ]);
}

/** Google treats form fields like query parameters, as after a forgotten Content-Type. */
export function unboundParameter(name: string): FieldViolation {
  return {
    description: `Invalid JSON payload received. Unknown name "${name}": Cannot bind query parameter. Field '${name}' could not be found in request message.`,
  };
}

/** 400 for a request that is well-formed but breaks a rule of the service. */
export function invalidArgument(message: string): GoogleError {
  return googleError(400, message);
}

export function unknownModel(model: string, apiVersion: string, method: string): GoogleError {
  return googleError(
    404,
    `models/${model} is not found for API version ${apiVersion}, or is not supported for ${method}. Call ListModels to see the list of available models and their supported methods.`,
  );
}

export function missingKey(): GoogleError {
  return googleError(
    403,
    "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
  );
}

export function wrongKey(): GoogleError {
  const message = 'API key not valid. Please pass a valid API key.';
  return googleError(400, message, [
    {
      '@type': `${TYPE}ErrorInfo`,
      reason: 'API_KEY_INVALID',
      domain: 'googleapis.com',
      metadata: { service: 'generativelanguage.googleapis.com' },
    },
    { '@type': `${TYPE}LocalizedMessage`, locale: 'en-US', message },
  ]);
}

/** The details of a 429 about the exhausted quota. */
interface QuotaExhaustion {
  readonly model: string;
  /** A protobuf duration, e.g. `7s` or `34.074824224s`. */
  readonly retryDelay: string;
  /** The daily quota instead of the per-minute one. */
  readonly daily: boolean;
  /** The project has no quota for this model at all (no billing). */
  readonly limitZero: boolean;
}

/** 429 with the Developer API's message, QuotaFailure, Help and RetryInfo. */
export function quotaExhausted(quota: QuotaExhaustion): GoogleError {
  const { model, retryDelay, daily, limitZero } = quota;
  const tier = limitZero ? 'free_tier' : 'paid_tier';
  const metric = `generativelanguage.googleapis.com/generate_content_${tier}_requests`;
  const period = daily ? 'PerDay' : 'PerMinute';
  const limit = limitZero ? '0' : daily ? '250' : '10';
  const message =
    'You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits. To monitor your current usage, head to: https://ai.dev/rate-limit. ' +
    `\n* Quota exceeded for metric: ${metric}, limit: ${limit}, model: ${model}\nPlease retry in ${retryDelay}.`;
  return googleError(429, message, [
    {
      '@type': `${TYPE}Help`,
      links: [
        {
          description: 'Learn more about Gemini API quotas',
          url: 'https://ai.google.dev/gemini-api/docs/rate-limits',
        },
      ],
    },
    {
      '@type': `${TYPE}QuotaFailure`,
      violations: [
        {
          quotaMetric: metric,
          quotaId: `GenerateRequests${period}PerProjectPerModel${limitZero ? '-FreeTier' : '-PaidTier'}`,
          quotaDimensions: { location: 'global', model },
          ...(limitZero ? {} : { quotaValue: limit }),
        },
      ],
    },
    { '@type': `${TYPE}RetryInfo`, retryDelay },
  ]);
}
