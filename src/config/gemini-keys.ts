import { isQuoted, keySlip } from './credential-slips';

/** The faults of GEMINI_API_KEYS, without the keys. */
export function keyListFaults(
  list: string | undefined,
  keys: readonly string[],
): readonly string[] {
  // Quotes around the whole list are reported where the variable is read.
  if (list === undefined || isQuoted(list)) {
    return [];
  }
  if (keys.length === 0) {
    return ['GEMINI_API_KEYS holds no key'];
  }
  return keys.flatMap((key, index) => {
    // Identified by the names that the accounts have in the log and in X-Account-Email.
    const fault = keyFault(key, keys.indexOf(key), index);
    return fault === undefined ? [] : [`GEMINI_API_KEYS: ${nameOfKey(index)} ${fault}`];
  });
}

function keyFault(key: string, first: number, index: number): string | undefined {
  if (first < index) {
    return `is the same key as ${nameOfKey(first)}`;
  }
  return (
    keySlip(key) ??
    (/^[\x21-\x7e]+$/.test(key)
      ? undefined
      : 'contains characters that are not allowed in an API key')
  );
}

/** The name of the account of one of GEMINI_API_KEYS. */
export function nameOfKey(index: number): string {
  return `key-${index + 1}@gemini`;
}
