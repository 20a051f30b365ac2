/**
 * In the environment of every Easel that a test starts, but for those of the check itself: what they count is calls for
 * images, and what they look at is what those make of an account.
 */
export const UNCHECKED_ACCOUNTS = { ACCOUNT_CHECK: 'off' } as const;
