import { ClientGoneError } from '../context/client-gone.error';
import type { RequestContext } from '../context/request-context';
import { GatewayError } from '../errors/gateway-error';

/**
 * Logs why an image is missing. If it was not begun because the client has disconnected, that is
 * not an error.
 */
export function toLoggedError(
  cause: unknown,
  index: number,
  context: RequestContext,
): GatewayError {
  if (cause instanceof ClientGoneError) {
    return new GatewayError({ kind: 'internal' }, { cause });
  }
  const error =
    cause instanceof GatewayError ? cause : new GatewayError({ kind: 'internal' }, { cause });
  if (error.fault.kind === 'internal') {
    context.log.error({ err: cause, image: index }, 'internal error');
  } else {
    context.log.warn(
      { image: index, account: error.accountEmail, reason: error.reason },
      'image failed',
    );
  }
  return error;
}
