import { invalidRequest, type GatewayError } from '../../errors/gateway-error';

/**
 * The fault of a body whose client has disconnected. No client will see it, but the pending read
 * has to be rejected with an error.
 */
export function bodyAborted(): GatewayError {
  return invalidRequest(null, null, 'Your request ended before its body was complete.');
}
