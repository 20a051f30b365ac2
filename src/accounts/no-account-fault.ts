import type { AppConfig } from '../config/app-config';
import { shownAccount } from '../config/shown-account';
import type { Consumer } from '../context/consumer';
import type { GatewayFault } from '../errors/gateway-error';
import { remedyOf } from './remedies';

/** An account that is out of use until an operator fixes it. */
export interface UnusableAccount {
  readonly email: string;
  readonly reason: string;
}

/** The consumer that receives the fault, and how much it may learn about the accounts. */
export interface FaultReader {
  readonly consumer: Pick<Consumer, 'role' | 'accounts'>;
  readonly accountHeader: AppConfig['server']['accountHeader'];
  /**
   * Whether the request names the one account to use. The fault is then about that account only.
   */
  readonly isPinned?: boolean;
}

/** How many accounts the message names. */
export const MAX_NAMED = 3;

/**
 * The fault if every account is out of use. Only an operator can fix that, so an operator learns
 * which accounts and why; any other client is told to contact the operator.
 *
 * @param accounts the first of them, at most `MAX_NAMED`
 * @param count how many there are
 * @param reader undefined if the consumer is not known
 */
export function noAccountFault(
  accounts: readonly UnusableAccount[],
  count: number,
  reader: FaultReader | undefined,
): GatewayFault {
  const message = whichAccounts(reader);
  if (reader?.consumer.role !== 'operator') {
    return { kind: 'no_account_available', message, askOperator: true };
  }
  const named = accounts.map(({ email, reason }) => {
    const name = shownAccount(email, reader.accountHeader) ?? 'One of them';
    return `${name} is disabled (${reason}): ${remedyOf(reason)}.`;
  });
  const others = count - accounts.length;
  const rest =
    others > 0
      ? `GET /v1/accounts shows the other ${others}.`
      : 'GET /v1/accounts shows the state of every account.';
  return { kind: 'no_account_available', message: [message, ...named, rest].join(' ') };
}

function whichAccounts(reader: FaultReader | undefined): string {
  if (reader?.isPinned === true) {
    return 'The account named in X-Account-Email cannot be used.';
  }
  return reader?.consumer.accounts === undefined
    ? 'No account is usable: all are disabled or have no valid credential.'
    : 'No account that serves this key is usable: all are disabled, removed, or have no valid credential.';
}
