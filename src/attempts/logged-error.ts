import type { RequestContext } from '../context/request-context';
import { GatewayError } from '../errors/gateway-error';

/** Logs why an image is missing. Once the client has gone there is no subscription, and nothing is logged. */
export function toLoggedError(
  cause: unknown,
  index: number,
  context: RequestContext,
): GatewayError {
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
