import { hash } from 'node:crypto';
import type { RequestContext } from '../context/request-context';

/** The parts of a request besides its body that determine the image. */
type Surroundings = Partial<Pick<RequestContext, 'pinnedAccount' | 'modelInPath'>>;

/**
 * Identifies a request among those of the same client and route: by its body, its pinned account,
 * and the model in its path. A hash, because a record must not reveal them to readers of the
 * database.
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
