import { invalidRequest, type GatewayError } from '../../errors/gateway-error';

/**
 * The fault of a body whose client has gone. No client will read it, but the reading must end with
 * something.
 */
export function cutShort(): GatewayError {
  return invalidRequest(null, null, 'Your request ended before its body was complete.');
}
