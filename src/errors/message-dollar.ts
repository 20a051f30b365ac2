/**
 * Stands for a dollar sign in a rule's message until class-validator is through with it: it would
 * take a `$value` or `$property` in a client's text for one of its own tokens.
 */
export const DOLLAR = '\ue000';
