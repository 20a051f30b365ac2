import type { GatewayFault } from './gateway-error';

/** Whose limit it is, what it is, what is used, and when it ends. */
export function consumerLimitMessage(
  fault: Extract<GatewayFault, { kind: 'consumer_limit' }>,
): string {
  const { consumer, limit, max, used, requested, retryAfterSeconds, until } = fault;
  const end =
    until === undefined
      ? 'It ends as images are done'
      : `It ends at ${new Date(until).toISOString()}`;
  return (
    `Rate limit reached for '${consumer}' on ${limit}: Limit ${max}, Used ${used}, Requested ${requested}. ` +
    `${end}. Please try again in ${retryAfterSeconds}s.`
  );
}
