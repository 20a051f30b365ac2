import { invalidRequest, type GatewayError } from '../../errors/gateway-error';

/** The fault of a body whose client has gone. Nobody is left to read it, but the reading has to end in something. */
export function cutShort(): GatewayError {
  return invalidRequest(null, null, 'Your request ended before its body was complete.');
}
