import type { GatewayFault } from './gateway-error';
import { didYouMean, openAiError, shortened } from './openai-error';

/** Google's error object, `google.rpc.Status` in JSON. `details` is always present. */
export interface GoogleErrorBody {
  readonly error: {
    readonly code: number;
    readonly message: string;
    readonly status: string;
    readonly details: readonly object[];
  };
}

export interface GoogleErrorResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: GoogleErrorBody;
}

/**
 * Google's constants for HTTP statuses (google/rpc/code.proto); statuses without one get the
 * nearest.
 */
const STATUS_NAMES: ReadonlyMap<number, string> = new Map([
  [400, 'INVALID_ARGUMENT'],
  [401, 'UNAUTHENTICATED'],
  [403, 'PERMISSION_DENIED'],
  [404, 'NOT_FOUND'],
  [405, 'UNIMPLEMENTED'],
  [408, 'DEADLINE_EXCEEDED'],
  [409, 'ABORTED'],
  [413, 'INVALID_ARGUMENT'],
  [415, 'INVALID_ARGUMENT'],
  [422, 'INVALID_ARGUMENT'],
  [429, 'RESOURCE_EXHAUSTED'],
  [431, 'INVALID_ARGUMENT'],
  [500, 'INTERNAL'],
  [501, 'UNIMPLEMENTED'],
  [502, 'UNAVAILABLE'],
  [503, 'UNAVAILABLE'],
  [504, 'DEADLINE_EXCEEDED'],
]);

const RPC = 'type.googleapis.com/google.rpc';

/**
 * How a client of Google's API sees a fault. Status, headers and usually the message are those of
 * the OpenAI error; `x-should-retry`, which only OpenAI's packages read, is left out.
 *
 * @param requestId quoted if the client has nothing better to report a fault by
 * @param now in epoch milliseconds, to compute the remaining wait
 */
export function googleError(
  fault: GatewayFault,
  requestId: string,
  now: number,
): GoogleErrorResponse {
  const { status, headers, body } = openAiError(fault, requestId);
  return {
    status,
    headers: Object.fromEntries(
      Object.entries(headers).filter(([name]) => name !== 'x-should-retry'),
    ),
    body: googleErrorBody(status, messageFor(fault) ?? body.error.message, detailsOf(fault, now)),
  };
}

/** Google's error object for an HTTP status. */
export function googleErrorBody(
  status: number,
  message: string,
  details: readonly object[] = [],
): GoogleErrorBody {
  const name = STATUS_NAMES.get(status) ?? 'UNKNOWN';
  return { error: { code: status, message, status: name, details } };
}

/** The messages of faults whose OpenAI message mentions OpenAI's routes and headers. */
function messageFor(fault: GatewayFault): string | undefined {
  switch (fault.kind) {
    case 'missing_api_key':
      return (
        "You didn't provide an API key. Send a key of this gateway in the header x-goog-api-key, " +
        'which is where Google’s packages put theirs.'
      );
    case 'wrong_api_key':
      // Without any part of the key: here it may have come in a URL.
      return 'API key not valid. This gateway has keys of its own: send one of those, not a key of Google.';
    case 'model_not_found':
      return (
        `The model '${shortened(fault.model)}' does not exist or cannot make images here. ` +
        `${didYouMean(fault.nearest ?? [])}GET /v1beta/models lists those that can.`
      );
    case 'unknown_route':
      return (
        `Not found: ${fault.method} ${shortened(fault.path)}. Images are made by ` +
        'POST /v1beta/models/{model}:generateContent; the base URL of a client ends in /v1beta, or before it.'
      );
    default:
      return undefined;
  }
}

function detailsOf(fault: GatewayFault, now: number): readonly object[] {
  const info = {
    '@type': `${RPC}.ErrorInfo`,
    reason: reasonOf(fault),
    domain: 'easel',
    metadata: {},
  };
  switch (fault.kind) {
    case 'invalid_request':
      return fault.param === null
        ? [info]
        : [
            info,
            {
              '@type': `${RPC}.BadRequest`,
              fieldViolations: [{ field: fault.param, description: fault.message }],
            },
          ];
    case 'rate_limited':
    case 'consumer_limit':
    case 'overloaded':
      return [info, retryInfo(fault.retryAfterSeconds)];
    case 'shutting_down':
      return [info, retryInfo(1)];
    case 'consumer_quota':
    case 'quota_exhausted':
      return fault.until === undefined
        ? [info]
        : [info, retryInfo(Math.max(1, Math.ceil((fault.until - now) / 1000)))];
    default:
      return [info];
  }
}

/** Google's own reason for faults that programs check for; otherwise ours, in upper case. */
function reasonOf({ kind }: GatewayFault): string {
  switch (kind) {
    case 'missing_api_key':
      return 'CREDENTIALS_MISSING';
    case 'wrong_api_key':
      return 'API_KEY_INVALID';
    case 'rate_limited':
    case 'consumer_limit':
      return 'RATE_LIMIT_EXCEEDED';
    default:
      return kind.toUpperCase();
  }
}

function retryInfo(seconds: number): object {
  return { '@type': `${RPC}.RetryInfo`, retryDelay: `${seconds}s` };
}
