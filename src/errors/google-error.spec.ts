import { errorResponse } from './error-response';
import type { GatewayFault } from './gateway-error';
import { googleError } from './google-error';

const NOW = 1_790_000_000_000;
const message = 'words';
const INFO = 'type.googleapis.com/google.rpc.ErrorInfo';
const RETRY = 'type.googleapis.com/google.rpc.RetryInfo';

describe('googleError', () => {
  it.each<[GatewayFault, number, string, string, string | undefined]>([
    [
      { kind: 'invalid_request', message, param: null, code: null },
      400,
      'INVALID_ARGUMENT',
      'INVALID_REQUEST',
      undefined,
    ],
    [
      { kind: 'missing_api_key', challenge: 'bearer' },
      401,
      'UNAUTHENTICATED',
      'CREDENTIALS_MISSING',
      undefined,
    ],
    [
      { kind: 'wrong_api_key', maskedKey: 'sk-***xyz', challenge: 'bearer' },
      401,
      'UNAUTHENTICATED',
      'API_KEY_INVALID',
      undefined,
    ],
    [
      { kind: 'forbidden_origin', origin: 'https://x' },
      403,
      'PERMISSION_DENIED',
      'FORBIDDEN_ORIGIN',
      undefined,
    ],
    [{ kind: 'forbidden_host', host: 'x' }, 403, 'PERMISSION_DENIED', 'FORBIDDEN_HOST', undefined],
    [
      { kind: 'unsupported_transfer_encoding' },
      501,
      'UNIMPLEMENTED',
      'UNSUPPORTED_TRANSFER_ENCODING',
      undefined,
    ],
    [
      { kind: 'unknown_route', method: 'GET', path: '/v1beta/x' },
      404,
      'NOT_FOUND',
      'UNKNOWN_ROUTE',
      undefined,
    ],
    [
      { kind: 'not_implemented', what: 'files' },
      501,
      'UNIMPLEMENTED',
      'NOT_IMPLEMENTED',
      undefined,
    ],
    [
      { kind: 'method_not_allowed', method: 'GET', path: '/x', allow: ['POST'] },
      405,
      'UNIMPLEMENTED',
      'METHOD_NOT_ALLOWED',
      undefined,
    ],
    [{ kind: 'request_timeout' }, 408, 'DEADLINE_EXCEEDED', 'REQUEST_TIMEOUT', undefined],
    [
      { kind: 'request_too_large', message },
      413,
      'INVALID_ARGUMENT',
      'REQUEST_TOO_LARGE',
      undefined,
    ],
    [
      { kind: 'body_too_large', maxMegabytes: 1 },
      413,
      'INVALID_ARGUMENT',
      'BODY_TOO_LARGE',
      undefined,
    ],
    [
      { kind: 'unsupported_content_type', message },
      415,
      'INVALID_ARGUMENT',
      'UNSUPPORTED_CONTENT_TYPE',
      undefined,
    ],
    [{ kind: 'model_not_found', model: 'm' }, 404, 'NOT_FOUND', 'MODEL_NOT_FOUND', undefined],
    [{ kind: 'account_not_found', email: 'x' }, 404, 'NOT_FOUND', 'ACCOUNT_NOT_FOUND', undefined],
    [
      { kind: 'moderation_blocked', modelFamily: 'other' },
      400,
      'INVALID_ARGUMENT',
      'MODERATION_BLOCKED',
      undefined,
    ],
    [
      { kind: 'rate_limited', retryAfterSeconds: 12 },
      429,
      'RESOURCE_EXHAUSTED',
      'RATE_LIMIT_EXCEEDED',
      '12s',
    ],
    [{ kind: 'quota_exhausted' }, 429, 'RESOURCE_EXHAUSTED', 'QUOTA_EXHAUSTED', undefined],
    [
      { kind: 'quota_exhausted', until: NOW + 90_500 },
      429,
      'RESOURCE_EXHAUSTED',
      'QUOTA_EXHAUSTED',
      '91s',
    ],
    [
      { kind: 'no_account_available', message },
      503,
      'UNAVAILABLE',
      'NO_ACCOUNT_AVAILABLE',
      undefined,
    ],
    [{ kind: 'overloaded', retryAfterSeconds: 5 }, 503, 'UNAVAILABLE', 'OVERLOADED', '5s'],
    [{ kind: 'shutting_down' }, 503, 'UNAVAILABLE', 'SHUTTING_DOWN', '1s'],
    [{ kind: 'no_image', message }, 502, 'UNAVAILABLE', 'NO_IMAGE', undefined],
    [
      { kind: 'upstream_error', message, shouldRetry: true },
      502,
      'UNAVAILABLE',
      'UPSTREAM_ERROR',
      undefined,
    ],
    [
      { kind: 'upstream_timeout', message },
      504,
      'DEADLINE_EXCEEDED',
      'UPSTREAM_TIMEOUT',
      undefined,
    ],
    [{ kind: 'internal' }, 500, 'INTERNAL', 'INTERNAL', undefined],
  ])('%j', (fault, code, status, reason, retryDelay) => {
    const { status: http, body } = googleError(fault, 'req_1', NOW);
    expect(http).toBe(code);
    expect(body.error).toMatchObject({ code, status, message: expect.any(String) as string });
    expect(body.error.details[0]).toEqual({ '@type': INFO, reason, domain: 'easel', metadata: {} });
    const [retry] = body.error.details.filter(
      (detail) => '@type' in detail && detail['@type'] === RETRY,
    );
    expect(retry).toEqual(retryDelay === undefined ? undefined : { '@type': RETRY, retryDelay });
    expect(Object.keys(body.error)).toEqual(['code', 'message', 'status', 'details']);
  });

  it('names the field that is at fault', () => {
    const fault = { kind: 'invalid_request', message, param: 'cachedContent', code: null } as const;
    expect(googleError(fault, 'req_1', NOW).body.error.details[1]).toEqual({
      '@type': 'type.googleapis.com/google.rpc.BadRequest',
      fieldViolations: [{ field: 'cachedContent', description: message }],
    });
  });

  it('keeps the headers that HTTP knows', () => {
    const headersOf = (fault: GatewayFault) => googleError(fault, 'req_1', NOW).headers;
    expect(headersOf({ kind: 'rate_limited', retryAfterSeconds: 12 })).toEqual({
      'Retry-After': '12',
    });
    expect(headersOf({ kind: 'missing_api_key', challenge: 'bearer' })).toHaveProperty(
      'WWW-Authenticate',
    );
    expect(
      headersOf({ kind: 'method_not_allowed', method: 'GET', path: '/x', allow: ['POST'] }),
    ).toEqual({ Allow: 'POST' });
    // Only OpenAI's packages read it.
    expect(headersOf({ kind: 'no_image', message })).toEqual({});
  });

  it('does not quote a wrong key, and names the routes and headers of this API', () => {
    const words = (fault: GatewayFault) => googleError(fault, 'req_1', NOW).body.error.message;
    expect(
      words({ kind: 'wrong_api_key', maskedKey: 'sk-***xyz', challenge: 'bearer' }),
    ).not.toContain('***');
    expect(words({ kind: 'missing_api_key', challenge: 'bearer' })).toContain('x-goog-api-key');
    expect(
      words({ kind: 'model_not_found', model: 'gemini-3-pro', nearest: ['gemini-3-pro-image'] }),
    ).toMatch(/'gemini-3-pro' .* Did you mean 'gemini-3-pro-image'\? GET \/v1beta\/models lists/);
    expect(words({ kind: 'unknown_route', method: 'GET', path: '/v1beta/x' })).toContain(
      'GET /v1beta/x',
    );
  });

  it('is chosen by the dialect of the request alone', () => {
    const fault = { kind: 'internal' } as const;
    expect(errorResponse('google', fault, 'req_1', NOW)).toEqual(googleError(fault, 'req_1', NOW));
    expect(errorResponse('openai', fault, 'req_1', NOW).body.error).toMatchObject({
      type: 'server_error',
      param: null,
    });
  });
});
