import type { ConsumerRole } from '../../context/consumer';
import type { RequestContext } from '../../context/request-context';
import { GatewayError } from '../../errors/gateway-error';

/**
 * Refuses a consumer whose role does not allow the request: a route of other roles, or choosing an
 * account.
 *
 * @param roles the roles that are allowed besides operators
 * @throws GatewayError `insufficient_permissions`
 */
export function assertRole(
  { consumer, pinnedAccount }: Pick<RequestContext, 'consumer' | 'pinnedAccount'>,
  roles: readonly ConsumerRole[],
): void {
  if (consumer === undefined) {
    throw new Error('no key was checked on this route');
  }
  const { name, role } = consumer;
  if (role === 'operator') {
    return;
  }
  if (!roles.includes(role)) {
    throw refused(`The key of '${name}' has the role '${role}', which may not use this route.`);
  }
  if (pinnedAccount !== undefined) {
    throw refused(`Only an operator may choose an account. Leave X-Account-Email out.`);
  }
}

function refused(message: string): GatewayError {
  return new GatewayError({ kind: 'insufficient_permissions', message });
}
