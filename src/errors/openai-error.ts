import type { GatewayFault } from './gateway-error';
import { consumerLimitMessage, consumerQuotaMessage } from './consumer-limit-message';
import { KEPT_RESPONSE_ERRORS } from './kept-response-errors';
import { refusedBy } from './refusal-class';
import { routeHint } from './route-hint';

/** OpenAI's error object: always all four members. */
export interface OpenAiErrorBody {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string | null;
  };
}

export interface OpenAiErrorResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: OpenAiErrorBody;
}

/**
 * How a client sees a fault: status, headers and OpenAI's error object. The SDKs retry 408, 409,
 * 429 and 5xx unless `x-should-retry: false` is set, so every error that a retry cannot fix, or
 * that has cost money, sets it.
 * @param requestId quoted if the client has nothing better to report a fault by
 */
export function openAiError(fault: GatewayFault, requestId: string): OpenAiErrorResponse {
  switch (fault.kind) {
    case 'invalid_request':
      return invalid(400, fault.message, fault.param, fault.code);
    case 'missing_api_key':
      return {
        ...invalid(
          401,
          "You didn't provide an API key. You need to provide your API key in an Authorization " +
            'header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).',
        ),
        headers: challenge(fault.challenge),
      };
    case 'wrong_api_key':
      return {
        ...invalid(
          401,
          `Incorrect API key provided: ${fault.maskedKey}. This gateway has keys of its own: send one ` +
            'of those, not a key of OpenAI or Google.',
          null,
          'invalid_api_key',
        ),
        headers: challenge(fault.challenge),
      };
    case 'unusable_api_key':
      return {
        ...invalid(
          401,
          `The API key of '${fault.consumer}' ${fault.why}. Ask the operator of this gateway for another.`,
          null,
          'invalid_api_key',
        ),
        headers: challenge(fault.challenge),
      };
    case 'insufficient_permissions':
      return invalid(403, fault.message, null, 'insufficient_permissions');
    case 'forbidden_origin':
      return invalid(
        403,
        `Requests from pages of ${shortened(fault.origin)} are not allowed. The operator can list the ` +
          'origin in CORS_ORIGINS.',
        null,
        'forbidden_origin',
      );
    case 'forbidden_host':
      return invalid(
        403,
        `This gateway is not known as '${shortened(fault.host)}'. The operator can list the host in ` +
          'ALLOWED_HOSTS or PUBLIC_URL.',
        null,
        'forbidden_host',
      );
    case 'unsupported_transfer_encoding':
      return invalid(501, 'The only Transfer-Encoding that is supported is chunked.');
    case 'unknown_route':
      return invalid(
        404,
        [`Invalid URL (${fault.method} ${shortened(fault.path)})`, routeHint(fault.path)]
          .filter((sentence) => sentence !== undefined)
          .join('. '),
      );
    case 'not_implemented':
      return invalid(501, `This gateway makes images and does not implement ${fault.what}.`);
    case 'method_not_allowed':
      return {
        ...invalid(
          405,
          `Not allowed to ${fault.method} on ${fault.path}. ` +
            `(HINT: Perhaps you meant to use ${usefulMethods(fault.allow)}?)`,
        ),
        headers: { Allow: fault.allow.join(', ') },
      };
    case 'request_timeout':
      return invalid(408, 'Your request did not arrive in time.');
    case 'request_too_large':
      return invalid(413, fault.message);
    case 'body_too_large':
      return invalid(413, `Maximum content size limit (${fault.maxMegabytes} MiB) exceeded.`);
    case 'unsupported_content_type':
      return invalid(415, fault.message);
    case 'model_not_found':
      return invalid(
        404,
        `The model '${shortened(fault.model)}' does not exist or cannot make images here. ` +
          `${didYouMean(fault.nearest ?? [])}GET /v1/models lists those that can.` +
          (fault.nearest?.length === 0 ? ' Leave model out for the default one.' : ''),
        'model',
        'model_not_found',
      );
    case 'account_not_found':
      return invalid(404, `The account '${shortened(fault.email)}' does not exist.`, 'email');
    case 'idempotency_in_progress':
    case 'idempotency_key_reused':
    case 'request_not_found':
      return { ...KEPT_RESPONSE_ERRORS[fault.kind] };
    case 'link_forged':
      return invalid(403, 'The signature of this URL is wrong. Use the URL as it was returned.');
    case 'link_expired':
      return invalid(410, 'This URL has expired. Images are hosted for a limited time: save them.');
    case 'image_gone':
      return invalid(404, 'This image is not hosted any more.');
    case 'range_not_satisfiable':
      return {
        ...invalid(416, `The range is outside of the file, which has ${fault.byteLength} bytes.`),
        headers: { 'Content-Range': `bytes */${fault.byteLength}` },
      };
    case 'image_store_unavailable':
      return {
        ...server(503, 'The image store is unavailable. Try again later.', null),
        headers: { 'Retry-After': '5' },
      };
    case 'console_not_built':
      return invalid(404, 'The console has not been built: run `npm run build`.');
    case 'unreadable_input_image':
      return {
        status: 400,
        headers: {},
        body: body(
          `Invalid image file or mode for ${fault.name}, please check your image file.`,
          'image_generation_user_error',
          null,
          'invalid_image_file',
        ),
      };
    case 'moderation_blocked':
      return {
        status: 400,
        headers: { 'x-should-retry': 'false' },
        body:
          fault.modelFamily === 'dall-e'
            ? body(
                'Your request was rejected as a result of our safety system. Your prompt may ' +
                  `contain text that is not allowed by our safety system. ${refusedBy(fault.reason)}`,
                'invalid_request_error',
                null,
                'content_policy_violation',
              )
            : body(
                `Your request was rejected by the safety system. ${refusedBy(fault.reason)} If you ` +
                  `believe this is an error, report the request ID ${requestId}.`,
                'image_generation_user_error',
                null,
                'moderation_blocked',
              ),
      };
    case 'consumer_limit':
      return {
        status: 429,
        headers: { 'Retry-After': String(fault.retryAfterSeconds) },
        body: body(consumerLimitMessage(fault), 'rate_limit_error', null, 'rate_limit_exceeded'),
      };
    case 'consumer_quota':
      return outOfQuota(consumerQuotaMessage(fault));
    case 'rate_limited':
      return {
        status: 429,
        headers: { 'Retry-After': String(fault.retryAfterSeconds) },
        body: body(
          'Rate limit reached on every account that could serve this request. ' +
            `Please try again in ${fault.retryAfterSeconds}s.`,
          'rate_limit_error',
          null,
          'rate_limit_exceeded',
        ),
      };
    case 'quota_exhausted':
      return outOfQuota(
        `Every account that could serve this request is out of quota ${untilWhen(fault.until)}.`,
      );
    case 'no_account_available':
      return server(
        503,
        fault.askOperator === true
          ? `${fault.message} Ask the operator of this gateway, and give the request ID ${requestId}.`
          : fault.message,
        'no_account_available',
      );
    case 'overloaded':
      return {
        ...server(503, 'The gateway is at capacity, please try again later.', 'overloaded'),
        headers: { 'Retry-After': String(fault.retryAfterSeconds) },
      };
    case 'shutting_down':
      return {
        ...server(503, 'The gateway is shutting down, please try again.', 'overloaded'),
        headers: { 'Retry-After': '1' },
      };
    case 'ledger_unavailable':
      return {
        ...server(503, fault.message, null),
        headers: fault.shouldRetry ? { 'Retry-After': '5' } : { 'x-should-retry': 'false' },
      };
    case 'no_image':
      return { ...server(502, fault.message, 'no_image'), headers: { 'x-should-retry': 'false' } };
    case 'upstream_error':
      return {
        ...server(502, fault.message, 'upstream_error'),
        headers: fault.shouldRetry ? {} : { 'x-should-retry': 'false' },
      };
    case 'upstream_timeout':
      return server(504, fault.message, 'upstream_timeout');
    case 'internal':
      return server(
        500,
        'The server had an error while processing your request. Sorry about that! ' +
          `If it persists, report the request ID ${requestId}.`,
        null,
      );
  }
}

/** The wait is hours at least. */
function outOfQuota(message: string): OpenAiErrorResponse {
  return {
    status: 429,
    headers: { 'x-should-retry': 'false' },
    body: body(message, 'insufficient_quota', null, 'insufficient_quota'),
  };
}

function untilWhen(until: number | undefined): string {
  return until === undefined
    ? 'for now'
    : `until ${new Date(until).toISOString().replace(/\.\d+Z$/, 'Z')}`;
}

/** Ends in a space, so that another sentence can follow. */
export function didYouMean(names: readonly string[]): string {
  return names.length === 0
    ? ''
    : `Did you mean ${names.map((name) => `'${name}'`).join(' or ')}? `;
}

/** A client's own text may be megabytes long; only the beginning is quoted. */
export function shortened(text: string): string {
  return text.length <= 200 ? text : `${text.slice(0, 200)}…`;
}

function usefulMethods(allow: readonly string[]): string {
  return allow.filter((method) => !['HEAD', 'OPTIONS'].includes(method)).join(' or ');
}

function challenge(kind: 'bearer' | 'bearer_or_basic'): Record<string, readonly string[]> {
  const bearer = 'Bearer realm="Easel"';
  return {
    'WWW-Authenticate': kind === 'bearer' ? [bearer] : ['Basic realm="Easel"', bearer],
  };
}

function invalid(
  status: number,
  message: string,
  param: string | null = null,
  code: string | null = null,
): OpenAiErrorResponse {
  return { status, headers: {}, body: body(message, 'invalid_request_error', param, code) };
}

function server(status: number, message: string, code: string | null): OpenAiErrorResponse {
  return { status, headers: {}, body: body(message, 'server_error', null, code) };
}

function body(
  message: string,
  type: string,
  param: string | null,
  code: string | null,
): OpenAiErrorBody {
  return { error: { message, type, param, code } };
}
