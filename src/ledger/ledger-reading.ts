import { GatewayError } from '../errors/gateway-error';
import type { Ledger } from './ledger';
import type { UsageGroup, UsageQuery } from './usage-span';

/**
 * Reads the ledger for a client.
 *
 * @throws GatewayError if there is no ledger, or it is unavailable
 */
export async function readLedger(
  ledger: Ledger | undefined,
  query: UsageQuery,
): Promise<readonly UsageGroup[]> {
  if (ledger === undefined) {
    throw new GatewayError({
      kind: 'ledger_unavailable',
      message: 'This gateway has no ledger: its operator has set DATABASE_URL=off.',
      shouldRetry: false,
    });
  }
  try {
    return await ledger.usage(query);
  } catch (cause) {
    throw new GatewayError(
      {
        kind: 'ledger_unavailable',
        message: 'The ledger is unavailable. Please try again later.',
        shouldRetry: true,
      },
      { cause },
    );
  }
}
