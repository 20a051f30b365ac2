import { GatewayError } from '../errors/gateway-error';
import type { Ledger } from './ledger';
import type { UsageGroup, UsageQuery } from './usage-span';

/**
 * What the ledger says, for a client.
 *
 * @throws GatewayError where there is no ledger, or it cannot be read now
 */
export async function readLedger(
  ledger: Ledger | undefined,
  query: UsageQuery,
): Promise<readonly UsageGroup[]> {
  if (ledger === undefined) {
    throw new GatewayError({
      kind: 'ledger_unavailable',
      message: 'This gateway keeps no ledger: its operator has set DATABASE_URL=off.',
      shouldRetry: false,
    });
  }
  try {
    return await ledger.usage(query);
  } catch (cause) {
    throw new GatewayError(
      {
        kind: 'ledger_unavailable',
        message: 'The ledger cannot be read now. Please try again later.',
        shouldRetry: true,
      },
      { cause },
    );
  }
}
