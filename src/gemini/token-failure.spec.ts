import type { GeminiFailureKind } from './gemini-failure';
import { classifyTokenError, TokenError } from './token-failure';

const responding = (status: number, data?: unknown) =>
  Object.assign(new Error('prose'), { response: { status, data } });
const oauth = (error: string) => ({ error, error_description: 'prose of images@acme' });
const google = (status: string) => ({ error: { code: 403, status, message: 'prose' } });
const broken = (fields: object, cause?: unknown) =>
  Object.assign(new Error('prose', { cause }), fields);

describe('classifyTokenError', () => {
  it.each<[string, unknown, GeminiFailureKind, string]>([
    [
      'a revoked grant',
      responding(400, oauth('invalid_grant')),
      'account_unusable',
      'invalid_grant',
    ],
    [
      'a deleted client',
      responding(401, oauth('deleted_client')),
      'account_unusable',
      'deleted_client',
    ],
    [
      'a wrong client',
      responding(401, oauth('invalid_client')),
      'account_unusable',
      'invalid_client',
    ],
    [
      'a client without the right',
      responding(403, oauth('unauthorized_client')),
      'account_unusable',
      'unauthorized_client',
    ],
    ['a plain 401', responding(401), 'account_unusable', '401'],
    [
      'JSON under another type',
      responding(400, '{"error":"invalid_grant"}'),
      'account_unusable',
      'invalid_grant',
    ],
    [
      'no right to impersonate',
      responding(403, google('PERMISSION_DENIED')),
      'account_unusable',
      '403 PERMISSION_DENIED',
    ],
    ['no connection', broken({ code: 'CONNECT_TIMEOUT' }), 'unreachable', 'CONNECT_TIMEOUT'],
    ['a proxy that refuses', broken({ code: 'PROXY_407' }), 'transient', 'PROXY_407'],
    ['a 500', responding(500, oauth('internal_failure')), 'transient', 'internal_failure'],
    [
      'a 500 that blames the grant',
      responding(500, oauth('invalid_grant')),
      'transient',
      'invalid_grant',
    ],
    ['a 503 in HTML', responding(503, '<html>'), 'transient', '503'],
    ['a 503 of Google’s', responding(503, google('UNAVAILABLE')), 'transient', '503 UNAVAILABLE'],
    [
      'too many',
      responding(429, oauth('rate_limit_exceeded')),
      'rate_limit',
      'rate_limit_exceeded',
    ],
    ['too many in HTML', responding(429, '<html>'), 'rate_limit', '429'],
    [
      'too many of Google’s',
      responding(429, google('RESOURCE_EXHAUSTED')),
      'rate_limit',
      '429 RESOURCE_EXHAUSTED',
    ],
    ['too many told as a 400', responding(400, oauth('slow_down')), 'rate_limit', 'slow_down'],
    ['a 408', responding(408), 'transient', '408'],
    [
      'a transient fault told as a 400',
      responding(400, oauth('temporarily_unavailable')),
      'transient',
      'temporarily_unavailable',
    ],
    ['a 403 of a proxy', responding(403, '<html>'), 'transient', '403'],
    ['a 404 of the metadata server', responding(404, ''), 'transient', '404'],
    ['a redirect', responding(302), 'transient', '302'],
    ['prose for a code', responding(400, oauth('Bad Key AIza')), 'transient', '400'],
    ['a refused connection', broken({ code: 'ECONNREFUSED' }), 'transient', 'ECONNREFUSED'],
    [
      'a refused connection within fetch',
      broken({}, broken({}, broken({ code: 'ENOTFOUND' }))),
      'transient',
      'ENOTFOUND',
    ],
    ['a timeout', new DOMException('prose', 'TimeoutError'), 'transient', 'timeout'],
    [
      'a timeout within',
      broken({ code: 23 }, AbortSignal.timeout(0).reason),
      'transient',
      'no response',
    ],
    ['an unknown error', broken({}), 'transient', 'no response'],
    ['no error', undefined, 'transient', 'no response'],
  ])('%s', (_name, error, kind, reason) => {
    expect(classifyTokenError(error)).toEqual({ kind, reason: `token: ${reason}` });
  });

  it.each<[string, unknown, number | undefined]>([
    ['seconds', new Headers({ 'retry-after': '33' }), 33_000],
    [
      'a date that is over',
      new Headers({ 'retry-after': 'Sun, 06 Nov 1994 08:49:37 GMT' }),
      undefined,
    ],
    ['nothing', new Headers(), undefined],
    ['no headers at all', undefined, undefined],
  ])('says when to ask again where the token server does: %s', (_name, headers, retryAfterMs) => {
    const error = Object.assign(new Error('prose'), {
      response: { status: 429, data: '<html>', headers },
    });
    const { kind, retryAfterMs: found } = classifyTokenError(error);
    expect({ kind, found }).toEqual({ kind: 'rate_limit', found: retryAfterMs });
  });

  it('does not change a classified failure', () => {
    const failure = { kind: 'account_unusable', reason: 'token: no default credentials' } as const;
    expect(classifyTokenError(new TokenError(failure))).toBe(failure);
  });
});
