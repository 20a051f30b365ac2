import type { GatewayError } from '../errors/gateway-error';
import { invalidRequest } from '../errors/gateway-error';
import { quotable } from './mapping-warning';

/** The fault for a value outside a closed list of at least one, with OpenAI's own message. */
export function unsupportedValue(
  param: string,
  value: string,
  supported: readonly string[],
): GatewayError {
  const message = `Invalid value: '${quotable(value)}'. Supported values are: ${listed(supported)}.`;
  return invalidRequest(param, 'invalid_value', message);
}

/** `'a'`, `'a' and 'b'`, `'a', 'b', and 'c'`. */
function listed(values: readonly string[]): string {
  const quoted = values.map((value) => `'${value}'`);
  const last = quoted.at(-1) ?? '';
  switch (quoted.length) {
    case 0:
    case 1:
      return last;
    case 2:
      return quoted.join(' and ');
    default:
      return `${quoted.slice(0, -1).join(', ')}, and ${last}`;
  }
}
