import type { RequestContext } from '../context/request-context';
import { GatewayError } from '../errors/gateway-error';
import type { ImageTask } from './image-attempt';

/** Logs why an image is missing. Once the client has gone there is no subscription, and nothing is logged. */
export function toLoggedError(
  cause: unknown,
  { index }: ImageTask,
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

/** Logs why an input image could not be fetched, where that is more than the client is told. */
export function logMissingInput(error: unknown, { log }: RequestContext): void {
  if (error instanceof GatewayError && error.options.reason !== undefined) {
    const param = 'param' in error.fault ? error.fault.param : undefined;
    log.info({ param, reason: error.reason }, 'image URL not fetched');
  }
}
