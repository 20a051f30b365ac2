import { hash } from 'node:crypto';
import type { RequestContext } from '../context/request-context';

/** What of a request besides its body decides which image it is for. */
type Surroundings = Partial<Pick<RequestContext, 'pinnedAccount' | 'modelInPath'>>;

/**
 * What tells a request from others of the same client and route: its body, the account that it is pinned to, and the
 * model that its path names. In hex, since a record shows neither of them to whoever reads the database.
 *
 * @param body the fingerprint of its body
 */
export function requestFingerprint(
  body: string,
  { pinnedAccount, modelInPath }: Surroundings,
): string {
  const decisive = [body, pinnedAccount ?? null, modelInPath ?? null];
  return hash('sha256', JSON.stringify(decisive));
}
