import { member, parseJson } from '../json/unknown-json';
import { classifySocketCode, codeOf, type GeminiFailure } from './gemini-failure';
import { parseRetryAfter } from './retry-hint';

/** No access token could be obtained, and what that means for the account. */
export class TokenError extends Error {
  override readonly name = 'TokenError';

  constructor(readonly failure: GeminiFailure) {
    super(failure.reason);
  }
}

/** OAuth error codes that say nothing about the credential, whatever their status. */
const TRANSIENT_CODES: readonly string[] = [
  'internal_failure',
  'server_error',
  'temporarily_unavailable',
];

/** Codes for too many requests. */
const RATE_LIMIT_CODES: readonly string[] = ['rate_limit_exceeded', 'slow_down'];

/**
 * Classifies an error of google-auth-library: a token endpoint that rejects the credential makes
 * the account unusable, one that cannot be reached or fails does not. Only codes become part of the
 * reason; the descriptions name accounts and may quote what was sent.
 *
 * @param error with a `response` if the endpoint has responded
 */
export function classifyTokenError(error: unknown): GeminiFailure {
  if (error instanceof TokenError) {
    return error.failure;
  }
  const response = member(error, 'response');
  const status = member(response, 'status');
  return typeof status === 'number'
    ? classifyResponse(status, member(response, 'data'), retryAfterOf(member(response, 'headers')))
    : classifyNoResponse(codeOf(error) ?? 'no response');
}

function retryAfterOf(headers: unknown): number | undefined {
  const value = headers instanceof Headers ? headers.get('retry-after') : undefined;
  return parseRetryAfter(value, Date.now());
}

/** As for a call: without a connection another account is tried at once. */
function classifyNoResponse(code: string): GeminiFailure {
  const { kind } = classifySocketCode(code);
  return { kind, reason: `token: ${code}` };
}

function classifyResponse(
  status: number,
  body: unknown,
  retryAfterMs: number | undefined,
): GeminiFailure {
  // The library parses by content type, and some endpoints send JSON with another one.
  const error = member(typeof body === 'string' ? parseJson(body) : body, 'error');
  const oauthCode = matching(error, /^[a-z_]{1,64}$/);
  // The endpoints for security tokens and impersonation report errors like Google's other APIs:
  // {error: {status: …}}.
  const googleStatus = matching(member(error, 'status'), /^[A-Z_]{1,64}$/);
  const reason = `token: ${oauthCode ?? [status, googleStatus].filter(Boolean).join(' ')}`;
  if (status === 429 || (oauthCode !== undefined && RATE_LIMIT_CODES.includes(oauthCode))) {
    return { kind: 'rate_limit', reason, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }
  const isTransient =
    status >= 500 ||
    status === 408 ||
    (oauthCode !== undefined && TRANSIENT_CODES.includes(oauthCode));
  // An HTML error comes from a proxy on the way and says nothing about the credential, except a
  // plain 401.
  const isRefusal =
    status >= 400 && (status === 401 || oauthCode !== undefined || googleStatus !== undefined);
  return {
    kind: isRefusal && !isTransient ? 'account_unusable' : 'transient',
    reason,
  };
}

function matching(value: unknown, pattern: RegExp): string | undefined {
  return typeof value === 'string' && pattern.test(value) ? value : undefined;
}
