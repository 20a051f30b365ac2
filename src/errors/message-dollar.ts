/**
 * Replaces a dollar sign in a rule's message until class-validator has processed it. Otherwise
 * class-validator would expand a `$value` or `$property` in a client's text.
 */
export const DOLLAR = '\ue000';
