import { member } from '../json/unknown-json';
import { constant, readGoogleError, type GoogleError } from './google-error';

/**
 * The meaning of a failed upstream call. The kinds are the rows of the pool's table. Each decides
 * whether the caller, the account, the model or chance is to blame, and what to try next.
 */
export type GeminiFailureKind =
  /** The caller's request is wrong: no other account will accept it either. */
  | 'invalid_request'
  /** The caller's request is larger than Google, or a server on the way, accepts. */
  | 'request_too_large'
  /** Refused by a policy: no other account will accept it either. */
  | 'refused'
  /** The account cannot be used at all: bad key, suspended, billing, location. */
  | 'account_unusable'
  /** The account may not use this model. */
  | 'model_forbidden'
  /** The account does not have this model. */
  | 'model_missing'
  /** Too fast: the project has to wait. */
  | 'rate_limit'
  /** The project's quota is used up, for hours. */
  | 'quota'
  /** A transient fault of Google or of the network. */
  | 'transient'
  /** There was no connection in time: nothing was sent, so nothing can have been billed. */
  | 'unreachable'
  /** A kept-alive connection was reset as soon as it was used again. No account is to blame. */
  | 'stale_connection'
  /**
   * The access token was rejected before it expired. Another one can be requested, so the account
   * is not to blame.
   */
  | 'stale_token'
  /** The model has no capacity: no account is to blame. */
  | 'overloaded'
  /** No response in time; the image may have been made and billed anyway. */
  | 'timeout'
  /** Google's own deadline passed (504). */
  | 'upstream_deadline'
  /** A response without an image, or with bytes that are not an image. */
  | 'no_image'
  /** A response without an image because its tokens ran out, as they would again. */
  | 'cut_short'
  /** A response larger than Easel accepts: it cost money, and would again. */
  | 'response_too_large';

export interface GeminiFailure {
  readonly kind: GeminiFailureKind;
  /**
   * A short text for logs and account states, made of Google's constants and never of its messages.
   */
  readonly reason: string;
  /** How long Google says to wait, in milliseconds. */
  readonly retryAfterMs?: number;
  /** A rate limit or quota of only the model that was called; the project's others stay in use. */
  readonly isOfModel?: true;
}

/**
 * A hint longer than this means a quota, not a rate, in milliseconds. Google's own CLI draws the
 * same line.
 */
const MAX_RATE_LIMIT_MS = 300_000;

/**
 * Statuses that concern the request itself, from any server: one that finds a body too large will
 * find it so again, and says so in HTML.
 */
const REQUEST_STATUSES: ReadonlyMap<number, GeminiFailureKind> = new Map([
  [411, 'invalid_request'],
  [413, 'request_too_large'],
  [414, 'request_too_large'],
  [431, 'request_too_large'],
]);

/**
 * Classifies a response whose status is not 200.
 *
 * @param status the HTTP status
 * @param body the parsed body; undefined if it was not JSON
 * @param retryAfterMs the hint in the headers; the body's own hint takes precedence
 */
export function classifyStatus(
  status: number,
  body: unknown,
  retryAfterMs?: number,
): GeminiFailure {
  const error = readGoogleError(body);
  const delayMs = error?.delayMs ?? retryAfterMs;
  const reason = [status, error?.status, ...(error?.reasons ?? [])].filter(Boolean).join(' ');
  const requestKind = REQUEST_STATUSES.get(status);
  if (requestKind !== undefined) {
    return { kind: requestKind, reason };
  }
  if (error === undefined && status < 500 && ![408, 429].includes(status)) {
    // A 401, 403, 404 or redirect with an HTML body comes from a proxy on the way, not from Google.
    return { kind: 'transient', reason: `${status} without Google's error body` };
  }
  switch (status) {
    case 400:
      return classifyBadRequest(error, reason);
    case 401:
      return { kind: 'account_unusable', reason };
    case 403:
    case 404:
      return { kind: kindOfDenial(status, error), reason };
    case 408:
      return { kind: 'upstream_deadline', reason };
    case 429:
      return classifyTooMany(error, reason, delayMs);
    case 503:
      return { kind: 'overloaded', reason, ...delayOf(delayMs) };
    case 504:
      return { kind: 'upstream_deadline', reason };
    default:
      return { kind: status >= 400 && status < 499 ? 'invalid_request' : 'transient', reason };
  }
}

/** `ECONNREFUSED` or `timeout`, from the error or one of its causes. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) {
    return undefined;
  }
  if (member(error, 'name') === 'TimeoutError') {
    return 'timeout';
  }
  return constant(member(error, 'code')) ?? codeOf(member(error, 'cause'));
}

/**
 * Classifies a call that broke off before its response was complete, by the error code of the
 * socket or axios.
 */
export function classifySocketCode(code: string | undefined): GeminiFailure {
  return {
    kind: code === 'CONNECT_TIMEOUT' ? 'unreachable' : 'transient',
    reason: code ?? 'the connection broke',
  };
}

function classifyBadRequest(error: GoogleError | undefined, reason: string): GeminiFailure {
  const accountIsToBlame =
    // Google rejects a bad key with 400, not 401.
    error?.reasons.includes('API_KEY_INVALID') === true ||
    // Only at the beginning: other messages quote the request, so any client could disable every
    // account.
    /^\W*api key (not valid|expired|not found)/i.test(error?.message ?? '') ||
    // Location or billing: the same request works with another project.
    error?.status === 'FAILED_PRECONDITION';
  return { kind: accountIsToBlame ? 'account_unusable' : 'invalid_request', reason };
}

/** Reasons that concern the account, whatever models the message mentions. */
const ACCOUNT_REASONS = /^(SERVICE_DISABLED|CONSUMER_\w+|API_KEY_\w+|BILLING_\w+|ACCOUNT_\w+)$/;

/**
 * How Google says that something the request names, a file or a store, does not exist or belongs to
 * another project. Clients write the bodies for Gemini's own API, so such a request is rejected by
 * each account in turn.
 */
const RESOURCES_OF_REQUEST: readonly RegExp[] = [
  /^You do not have permission to access the (?!models?\b)\w+\b/i,
  /^\W*(?:file|file ?search ?store|cached ?content|corpus|document|data ?store|template)s?\b/i,
  /^Permission '(?:storage|discoveryengine|modelarmor|bigquery)\.[\w.]+' denied/i,
];

/**
 * Whether a 403 or 404 concerns the account, the model, or something that the request itself names.
 */
function kindOfDenial(status: 403 | 404, error: GoogleError | undefined): GeminiFailureKind {
  const { message = '', reasons = [] } = error ?? {};
  const isOfAccount = reasons.some((reason) => ACCOUNT_REASONS.test(reason));
  if (!isOfAccount && RESOURCES_OF_REQUEST.some((words) => words.test(message))) {
    return 'invalid_request';
  }
  if (status === 404) {
    return 'model_missing';
  }
  return !isOfAccount && /\bmodels?\b[\s/'"`:]/i.test(message)
    ? 'model_forbidden'
    : 'account_unusable';
}

/**
 * Google reports only in its message that credit is exhausted. For each phrase, the reason that
 * Easel gives instead.
 */
const SPENT: readonly (readonly [RegExp, string])[] = [
  [
    /\bcredits?\b[^.]{0,100}\b(?:depleted|exhausted|used up|run out|ran out)\b/i,
    'credits depleted',
  ],
  [
    /\b(?:exceeded|reached|hit)\b[^.]{0,100}\bspend(?:ing)? (?:cap|limit)\b/i,
    'spending cap reached',
  ],
  [
    /\bspend(?:ing)? (?:cap|limit)\b[^.]{0,100}\b(?:exceeded|reached|hit)\b/i,
    'spending cap reached',
  ],
];

/** Whether a failure's reason is exhausted credit, which no quota reset restores. */
export function isSpent(reason: string): boolean {
  return SPENT.some(([, spent]) => reason.endsWith(spent));
}

/** Undefined if a quota is named: that one counts, whatever else the message mentions. */
function spentIn(error: GoogleError | undefined): string | undefined {
  return error === undefined || error.quotaIds.length > 0
    ? undefined
    : SPENT.find(([words]) => words.test(error.message))?.[1];
}

function classifyTooMany(
  error: GoogleError | undefined,
  reason: string,
  delayMs: number | undefined,
): GeminiFailure {
  const capacity = error?.reasons.includes('MODEL_CAPACITY_EXHAUSTED') === true;
  if (capacity) {
    return { kind: 'overloaded', reason, ...delayOf(delayMs) };
  }
  const spent = spentIn(error);
  if (spent !== undefined) {
    return { kind: 'quota', reason: `${reason} ${spent}` };
  }
  const ofModel = error?.namesModels === true ? { isOfModel: true as const } : {};
  const daily = isDaily(error);
  const none =
    /\blimit:\s*0\b/i.test(error?.message ?? '') || error?.quotaValues.includes('0') === true;
  if (daily || none) {
    return { kind: 'quota', reason: `${reason} ${daily ? 'daily quota' : 'limit 0'}`, ...ofModel };
  }
  const tooLong = (delayMs ?? 0) > MAX_RATE_LIMIT_MS;
  return { kind: tooLong ? 'quota' : 'rate_limit', reason, ...delayOf(delayMs), ...ofModel };
}

/** By the names of its quotas, which are in the details or, if there are none, in the message. */
function isDaily(error: GoogleError | undefined): boolean {
  const { quotaIds = [], message = '' } = error ?? {};
  return quotaIds.length > 0
    ? quotaIds.some((id) => /PerDay|Daily/i.test(id))
    : /_per_day(?![a-z])|PerDay|_daily(?![a-z])/.test(message);
}

function delayOf(delayMs: number | undefined): { retryAfterMs?: number } {
  return delayMs === undefined ? {} : { retryAfterMs: delayMs };
}
