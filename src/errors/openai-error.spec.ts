import type { GatewayFault } from './gateway-error';
import { openAiError } from './openai-error';

const message = 'words';

describe('openAiError', () => {
  it.each<[GatewayFault, number, string, string | null, Record<string, unknown>]>([
    [
      { kind: 'invalid_request', message, param: 'n', code: 'invalid_type' },
      400,
      'invalid_request_error',
      'invalid_type',
      {},
    ],
    [
      { kind: 'missing_api_key', challenge: 'bearer' },
      401,
      'invalid_request_error',
      null,
      { 'WWW-Authenticate': ['Bearer realm="Easel"'] },
    ],
    [
      { kind: 'wrong_api_key', maskedKey: '***', challenge: 'bearer_or_basic' },
      401,
      'invalid_request_error',
      'invalid_api_key',
      { 'WWW-Authenticate': ['Basic realm="Easel"', 'Bearer realm="Easel"'] },
    ],
    [{ kind: 'unknown_route', method: 'GET', path: '/x' }, 404, 'invalid_request_error', null, {}],
    [
      { kind: 'method_not_allowed', method: 'GET', path: '/x', allow: ['POST', 'OPTIONS'] },
      405,
      'invalid_request_error',
      null,
      { Allow: 'POST, OPTIONS' },
    ],
    [{ kind: 'request_timeout' }, 408, 'invalid_request_error', null, {}],
    [{ kind: 'request_too_large', message: 'x' }, 413, 'invalid_request_error', null, {}],
    [{ kind: 'body_too_large', maxMegabytes: 1 }, 413, 'invalid_request_error', null, {}],
    [{ kind: 'unsupported_content_type', message }, 415, 'invalid_request_error', null, {}],
    [{ kind: 'model_not_found', model: 'm' }, 404, 'invalid_request_error', 'model_not_found', {}],
    [
      { kind: 'unreadable_input_image', name: 'image 1' },
      400,
      'image_generation_user_error',
      'invalid_image_file',
      {},
    ],
    [
      { kind: 'moderation_blocked', modelFamily: 'other' },
      400,
      'image_generation_user_error',
      'moderation_blocked',
      { 'x-should-retry': 'false' },
    ],
    [
      { kind: 'moderation_blocked', modelFamily: 'dall-e' },
      400,
      'invalid_request_error',
      'content_policy_violation',
      { 'x-should-retry': 'false' },
    ],
    [
      { kind: 'rate_limited', retryAfterSeconds: 7 },
      429,
      'rate_limit_error',
      'rate_limit_exceeded',
      { 'Retry-After': '7' },
    ],
    [
      { kind: 'quota_exhausted' },
      429,
      'insufficient_quota',
      'insufficient_quota',
      { 'x-should-retry': 'false' },
    ],
    [{ kind: 'no_account_available', message }, 503, 'server_error', 'no_account_available', {}],
    [
      { kind: 'overloaded', retryAfterSeconds: 5 },
      503,
      'server_error',
      'overloaded',
      { 'Retry-After': '5' },
    ],
    [{ kind: 'no_image', message }, 502, 'server_error', 'no_image', { 'x-should-retry': 'false' }],
    [
      { kind: 'upstream_error', message, shouldRetry: true },
      502,
      'server_error',
      'upstream_error',
      {},
    ],
    [
      { kind: 'upstream_error', message, shouldRetry: false },
      502,
      'server_error',
      'upstream_error',
      { 'x-should-retry': 'false' },
    ],
    [{ kind: 'account_not_found', email: 'a@x' }, 404, 'invalid_request_error', null, {}],
    [{ kind: 'shutting_down' }, 503, 'server_error', 'overloaded', { 'Retry-After': '1' }],
    [{ kind: 'upstream_timeout', message }, 504, 'server_error', 'upstream_timeout', {}],
    [{ kind: 'internal' }, 500, 'server_error', null, {}],
  ])('%j', (fault, status, type, code, headers) => {
    const response = openAiError(fault, 'req_1');
    expect(response).toMatchObject({ status, headers, body: { error: { type, code } } });
    expect(Object.keys(response.body.error)).toEqual(['message', 'type', 'param', 'code']);
    expect(response.body.error.message).not.toBe('');
  });
});

/** What a newcomer does wrong, and what the message has to say about it. */
describe('the message of openAiError', () => {
  it.each<[string, GatewayFault, readonly string[]]>([
    [
      'a key of Google’s',
      { kind: 'wrong_api_key', maskedKey: 'AIz***xyz', challenge: 'bearer' },
      ['Incorrect API key provided: AIz***xyz.', 'This gateway has keys of its own'],
    ],
    [
      'a path with a slip in it',
      { kind: 'unknown_route', method: 'POST', path: '/v1/images/generation' },
      ['Invalid URL (POST /v1/images/generation).', 'Did you mean /v1/images/generations?'],
    ],
    [
      'a path that nobody can have meant',
      { kind: 'unknown_route', method: 'GET', path: '/x' },
      ['Invalid URL (GET /x)'],
    ],
    [
      'a model with a typo',
      { kind: 'model_not_found', model: 'dall-e-4', nearest: ['dall-e-3', 'dall-e-2'] },
      ["'dall-e-4' does not exist", "Did you mean 'dall-e-3' or 'dall-e-2'?", 'GET /v1/models'],
    ],
    [
      'a refused prompt',
      { kind: 'moderation_blocked', modelFamily: 'other', reason: 'PROHIBITED_CONTENT' },
      [
        "Your request was rejected by the safety system. Google's image model refused it",
        '(PROHIBITED_CONTENT: content that is never allowed). Rephrase the prompt.',
        'report the request ID req_1.',
      ],
    ],
    [
      'one refused for a reason that says nothing',
      { kind: 'moderation_blocked', modelFamily: 'dall-e', reason: 'OTHER' },
      [
        'Your request was rejected as a result of our safety system.',
        "Google's image model refused it. Rephrase the prompt.",
      ],
    ],
    [
      'accounts out of quota until midnight',
      { kind: 'quota_exhausted', until: Date.UTC(2026, 10, 29, 8) },
      ['is out of quota until 2026-11-29T08:00:00Z.'],
    ],
    ['accounts out of quota', { kind: 'quota_exhausted' }, ['is out of quota for now.']],
    [
      'accounts that only the operator can mend',
      { kind: 'no_account_available', message: 'None is usable.', askOperator: true },
      ['None is usable. Ask the operator of this gateway, and give the request ID req_1.'],
    ],
    [
      'a model of somebody else’s',
      { kind: 'model_not_found', model: 'gpt-4o', nearest: [] },
      [
        "'gpt-4o' does not exist or cannot make images here. GET /v1/models lists",
        'Leave model out for the default one.',
      ],
    ],
  ])('%s', (_name, fault, sentences) => {
    const { message } = openAiError(fault, 'req_1').body.error;
    for (const sentence of sentences) {
      expect(message).toContain(sentence);
    }
  });
});
