import { createHmac, timingSafeEqual } from 'node:crypto';
import { isImageName, partsOf } from './file-name';

/** The contents of a hosted image's URL. */
export interface LinkClaim {
  readonly fileName: string;
  /** `exp` and `sig` of the query; a repeated parameter is a list. */
  readonly expires: unknown;
  readonly signature: unknown;
}

/** `forged`: not made here, or with a key that is no longer in use. */
export type LinkState = 'valid' | 'expired' | 'forged';

const VERSION = 'v1';
const EPOCH_SECONDS = /^[1-9]\d{0,11}$/;

/**
 * The signature over everything that a URL grants, in base64url.
 *
 * @param expires epoch seconds
 */
export function linkSignature(key: string, fileName: string, expires: number): string {
  const { id, extension } = partsOf(fileName);
  return createHmac('sha256', key)
    .update([VERSION, id, extension, String(expires)].join('\n'))
    .digest('base64url');
}

/**
 * @param keys any of them verifies, so that the first can be replaced while URLs signed by the
 * others are still valid
 * @param now epoch milliseconds
 */
export function linkState(
  { fileName, expires, signature }: LinkClaim,
  keys: readonly string[],
  now: number,
): LinkState {
  if (
    !isImageName(fileName) ||
    typeof expires !== 'string' ||
    typeof signature !== 'string' ||
    !EPOCH_SECONDS.test(expires)
  ) {
    return 'forged';
  }
  const until = Number(expires);
  const isSigned = keys.some((key) => isSame(linkSignature(key, fileName, until), signature));
  if (!isSigned) {
    return 'forged';
  }
  return until * 1000 > now ? 'valid' : 'expired';
}

/**
 * Compares in constant time, and as text: the last character of base64url has bits that decoding
 * ignores.
 */
function isSame(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}
