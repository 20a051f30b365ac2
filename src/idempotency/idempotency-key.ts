import { hash } from 'node:crypto';
import { invalidRequest } from '../errors/gateway-error';

const VISIBLE_ASCII = /^[\x21-\x7e]{1,255}$/;

/**
 * The value of an `Idempotency-Key`; undefined for none. The draft that defines the header puts it in quotes, which
 * nobody does.
 *
 * @throws GatewayError `invalid_request`
 */
export function idempotencyKey(header: string | readonly string[] | undefined): string | undefined {
  if (header === undefined) {
    return undefined;
  }
  // Node joins a header that comes twice by a comma and a space, and a space is not visible.
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

/** What a record is found by. Keys of different owners and routes never meet. */
export function recordScope(owner: string, route: string, key: string): string {
  return digestOf([owner, route, key]);
}

/** A key as it is kept, where it is asked for without its route. */
export function keyDigestOf(owner: string, key: string): string {
  return digestOf([owner, key]);
}

/** An owner as it is kept: an address is nobody else's business. */
export function ownerDigestOf(owner: string): string {
  return digestOf([owner]);
}

function digestOf(parts: readonly string[]): string {
  return hash('sha256', JSON.stringify(parts));
}
