import type { ConsumerRole } from '../../context/consumer';
import type { RequestContext } from '../../context/request-context';
import { GatewayError } from '../../errors/gateway-error';

/**
 * Refuses a consumer whose role may not do what it asks for: reach a route of others, or choose an account.
 *
 * @param roles who may, besides operators
 * @throws GatewayError `insufficient_permissions`
 */
export function assertRole(
  { consumer, pinnedAccount }: Pick<RequestContext, 'consumer' | 'pinnedAccount'>,
  roles: readonly ConsumerRole[],
): void {
  if (consumer === undefined) {
    throw new Error('nobody has asked for a key on this route');
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
