import type { GatewayFault } from './gateway-error';

/** The message for a consumer's limit: its name, value, use, and end. */
export function consumerLimitMessage(
  fault: Extract<GatewayFault, { kind: 'consumer_limit' }>,
): string {
  const { consumer, limit, max, used, requested, retryAfterSeconds, until } = fault;
  const end =
    until === undefined
      ? 'It ends as images finish'
      : `It ends at ${new Date(until).toISOString()}`;
  return (
    `Rate limit reached for '${consumer}' on ${limit}: Limit ${max}, Used ${used}, Requested ${requested}. ` +
    `${end}. Please try again in ${retryAfterSeconds}s.`
  );
}

/** The same for a daily or monthly limit. */
export function consumerQuotaMessage(
  fault: Extract<GatewayFault, { kind: 'consumer_quota' }>,
): string {
  const { consumer, limit, max, used, requested, until } = fault;
  const shown = (amount: number): string =>
    limit === 'usdPerMonth' ? dollars(amount) : `${amount}`;
  return (
    `Quota of '${consumer}' used up on ${limit}: Limit ${shown(max)}, Used ${shown(used)}, ` +
    `Requested ${shown(requested)}. It ends at ${new Date(until).toISOString()}.`
  );
}

/** `$0.1344`, without trailing zeros beyond the cents. */
function dollars(microUsd: number): string {
  return `$${(microUsd / 1_000_000).toFixed(6).replace(/(\.\d\d\d*?)0+$/, '$1')}`;
}
