import type { RequestContext } from '../../context/request-context';
import type { GatewayFault } from '../../errors/gateway-error';

/**
 * Notes on the request's outcome what the client is told, and logs what is no one's fault but ours.
 *
 * @param fault what `error` comes down to
 */
export function noteFault(context: RequestContext, fault: GatewayFault, error: unknown): void {
  context.outcome.fault = fault.kind;
  if (fault.kind === 'internal') {
    context.log.error({ err: error }, 'internal error');
  }
}
