import type { RequestContext } from '../context/request-context';
import { GatewayError } from '../errors/gateway-error';

/** Logs why an input image could not be fetched, if the client is not told the full reason. */
export function logMissingInput(error: unknown, { log }: RequestContext): void {
  if (error instanceof GatewayError && error.options.reason !== undefined) {
    const param = 'param' in error.fault ? error.fault.param : undefined;
    log.info({ param, reason: error.reason }, 'image URL not fetched');
  }
}
