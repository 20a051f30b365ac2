import { isQuoted, keySlip } from './credential-slips';

/** What is wrong with GEMINI_API_KEYS; never a key. */
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
    // By the names that accounts have in the log and in X-Account-Email.
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
    (/^[\x21-\x7e]+$/.test(key) ? undefined : 'holds characters that no API key has')
  );
}

/** The account of one of GEMINI_API_KEYS, which has no other name. */
export function nameOfKey(index: number): string {
  return `key-${index + 1}@gemini`;
}
