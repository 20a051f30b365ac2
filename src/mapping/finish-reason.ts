/** The finishReasons by which Google's policy withholds an image. */
export const POLICY_FINISH_REASONS: ReadonlySet<string> = new Set([
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

/** The finishReasons of an account that is shut out of the service. */
export const ACCOUNT_FINISH_REASONS: ReadonlySet<string> = new Set(['PUP_LIMITED_DISABLED']);

/** The finishReasons of a response that was cut short. */
export const CUT_SHORT_FINISH_REASONS: ReadonlySet<string> = new Set([
  'MAX_TOKENS',
  'CONTINUATION',
]);

/** What a server that writes its defaults out puts where no reason is. */
const UNSPECIFIED: ReadonlySet<unknown> = new Set([
  0,
  'BLOCK_REASON_UNSPECIFIED',
  'BLOCKED_REASON_UNSPECIFIED',
  'FINISH_REASON_UNSPECIFIED',
]);

/** Whether what came beside this reason is not to be given out, or not to be had on this account. */
export function isForbidding(reason: string): boolean {
  return POLICY_FINISH_REASONS.has(reason) || ACCOUNT_FINISH_REASONS.has(reason);
}

export function isGiven(reason: unknown): boolean {
  return reason !== undefined && reason !== null && reason !== '';
}

export function isSpecified(reason: unknown): boolean {
  return isGiven(reason) && !UNSPECIFIED.has(reason);
}

/** Reasons end up in logs and messages, so only what looks like one of Google's names gets through. */
export function sanitisedReason(reason: unknown): string {
  return typeof reason === 'string' && /^[A-Z0-9_]{1,64}$/.test(reason) ? reason : 'UNKNOWN';
}
