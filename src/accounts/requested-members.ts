import { GatewayError, invalidRequest } from '../errors/gateway-error';
import type { LeaseContext } from './lease';
import { noAccountFault, type FaultReader } from './no-account-fault';
import type { PoolMember } from './pool-member';
import type { Roster } from './roster';

/**
 * The only accounts that may serve a request: the one that it pins, or those that serve its
 * consumer; undefined if all may.
 *
 * @throws GatewayError if the pinned account does not exist or does not serve the consumer, and if
 * none of the consumer's accounts exists
 */
export function requestedMembers(
  roster: Pick<Roster, 'get' | 'only'>,
  { pinnedAccount, consumer }: LeaseContext,
  reader: FaultReader | undefined,
): readonly PoolMember[] | undefined {
  if (pinnedAccount === undefined) {
    const only = consumer?.accounts && roster.only(consumer.accounts);
    if (only?.length === 0) {
      throw new GatewayError(noAccountFault([], 0, reader));
    }
    return only;
  }
  const pinned = roster.get(pinnedAccount);
  if (pinned === undefined) {
    throw unusablePin(pinnedAccount, 'does not exist');
  }
  if (consumer?.accounts?.includes(pinnedAccount) === false) {
    throw unusablePin(pinnedAccount, `does not serve '${consumer.name}'`);
  }
  return [pinned];
}

function unusablePin(email: string, why: string): GatewayError {
  return invalidRequest(
    'X-Account-Email',
    'invalid_value',
    `The account '${email}' named in X-Account-Email ${why}.`,
  );
}
