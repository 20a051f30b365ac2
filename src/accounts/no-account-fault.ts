import type { AppConfig } from '../config/app-config';
import { shownAccount } from '../config/shown-account';
import type { Consumer } from '../context/consumer';
import type { GatewayFault } from '../errors/gateway-error';
import { mendingOf } from './mending';

/** An account that is out of use until somebody mends it. */
export interface UnusableAccount {
  readonly email: string;
  readonly reason: string;
}

/** Who is told that no account can serve, and what is shown of accounts. */
export interface FaultReader {
  readonly consumer: Pick<Consumer, 'role' | 'accounts'>;
  readonly accountHeader: AppConfig['server']['accountHeader'];
  /** Whether the request names the one account that may serve it: then nothing is said of the others. */
  readonly isPinned?: boolean;
}

/** How many accounts are told one by one. */
export const MOST_TOLD = 3;

/**
 * What a client is told when every account is out of use: an operator which and why, since only they can mend
 * it; anybody else whom to ask.
 *
 * @param accounts the first of them, `MOST_TOLD` at most
 * @param count how many there are
 * @param reader undefined where it is not known who asks
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
  const told = accounts.map(({ email, reason }) => {
    const name = shownAccount(email, reader.accountHeader) ?? 'One of them';
    return `${name} is disabled (${reason}): ${mendingOf(reason)}.`;
  });
  const others = count - accounts.length;
  const rest =
    others > 0
      ? `GET /v1/accounts shows the other ${others}.`
      : 'GET /v1/accounts shows the state of every account.';
  return { kind: 'no_account_available', message: [message, ...told, rest].join(' ') };
}

function whichAccounts(reader: FaultReader | undefined): string {
  if (reader?.isPinned === true) {
    return 'The account named in X-Account-Email cannot be used.';
  }
  return reader?.consumer.accounts === undefined
    ? 'No account is usable: all are disabled or have no valid credential.'
    : 'No account that serves this key is usable: all are disabled, gone, or have no valid credential.';
}
