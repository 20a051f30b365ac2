import { hash } from 'node:crypto';
import { invalidRequest } from '../errors/gateway-error';

const VISIBLE_ASCII = /^[\x21-\x7e]{1,255}$/;

/**
 * The value of an `Idempotency-Key`; undefined for none. The draft standard puts it in quotes, but
 * no client does.
 *
 * @throws GatewayError `invalid_request`
 */
export function idempotencyKey(header: string | readonly string[] | undefined): string | undefined {
  if (header === undefined) {
    return undefined;
  }
  // Node joins a repeated header with a comma and a space, and a space is not a visible character.
  const text = (typeof header === 'string' ? header : header.join(', ')).trim();
  const key = /^"(.*)"$/.exec(text)?.[1] ?? text;
  if (!VISIBLE_ASCII.test(key)) {
    throw invalidRequest(
      null,
      null,
      'Invalid Idempotency-Key header: send one value of 1 to 255 visible ASCII characters, such as a UUID.',
    );
  }
  return key;
}

/** The lookup key of a record. Keys of different owners or routes never collide. */
export function recordScope(owner: string, route: string, key: string): string {
  return digestOf([owner, route, key]);
}

/** The digest under which a key is found without its route. */
export function keyDigestOf(owner: string, key: string): string {
  return digestOf([owner, key]);
}

/** The digest of an owner, because it may be a client's address. */
export function ownerDigestOf(owner: string): string {
  return digestOf([owner]);
}

function digestOf(parts: readonly string[]): string {
  return hash('sha256', JSON.stringify(parts));
}
