/** The finishReasons with which Google's policy withholds an image. */
const POLICY_FINISH_REASONS: ReadonlySet<string> = new Set([
  'SAFETY',
  'PROHIBITED_CONTENT',
  'BLOCKLIST',
  'SPII',
  'RECITATION',
  'IMAGE_SAFETY',
  'IMAGE_PROHIBITED_CONTENT',
  'IMAGE_RECITATION',
  'MODEL_ARMOR',
  'ESCALATION',
]);

/**
 * Words of a policy in a constant that is not known yet. Google adds some each year, and another call
 * with the same prompt would be paid for in vain.
 */
const POLICY_WORD =
  /(?:^|_)(?:SAFETY|PROHIBITED|BLOCK|BLOCKED|BLOCKLIST|POLICY|VIOLATION|RECITATION|S?PII|JAILBREAK)(?:_|$)/;

/** The finishReasons of an account that is suspended. */
export const ACCOUNT_FINISH_REASONS: ReadonlySet<string> = new Set(['PUP_LIMITED_DISABLED']);

/** The finishReasons of an incomplete response. */
export const CUT_SHORT_FINISH_REASONS: ReadonlySet<string> = new Set([
  'MAX_TOKENS',
  'CONTINUATION',
]);

/** What a server that serialises defaults sends in place of a missing reason. */
const UNSPECIFIED: ReadonlySet<unknown> = new Set([
  0,
  'BLOCK_REASON_UNSPECIFIED',
  'BLOCKED_REASON_UNSPECIFIED',
  'FINISH_REASON_UNSPECIFIED',
]);

/** Whether Google's policy withholds the image. */
export function isPolicy(reason: string): boolean {
  return POLICY_FINISH_REASONS.has(reason) || POLICY_WORD.test(reason);
}

/** Whether this reason forbids returning the content, or says that the account cannot get any. */
export function isForbidding(reason: string): boolean {
  return isPolicy(reason) || ACCOUNT_FINISH_REASONS.has(reason);
}

export function isGiven(reason: unknown): boolean {
  return reason !== undefined && reason !== null && reason !== '';
}

export function isSpecified(reason: unknown): boolean {
  return isGiven(reason) && !UNSPECIFIED.has(reason);
}

/**
 * Reasons end up in logs and messages, so only text that looks like one of Google's constants is
 * passed on.
 */
export function sanitisedReason(reason: unknown): string {
  return typeof reason === 'string' && /^[A-Z0-9_]{1,64}$/.test(reason) ? reason : 'UNKNOWN';
}
