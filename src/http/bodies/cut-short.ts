import { invalidRequest, type GatewayError } from '../../errors/gateway-error';

/** The fault of a body whose client has gone. No client is left to read it, but the reading has to end somehow. */
export function cutShort(): GatewayError {
  return invalidRequest(null, null, 'Your request ended before its body was complete.');
}
