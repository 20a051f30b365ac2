import type { RequestContext } from '../../context/request-context';
import type { GatewayFault } from '../../errors/gateway-error';
import { subjectOf } from '../../errors/fault-subject';

/**
 * Records the fault and its context in the request's outcome, and logs internal errors.
 *
 * @param fault the fault derived from `error`
 */
export function noteFault(context: RequestContext, fault: GatewayFault, error: unknown): void {
  context.outcome.fault = fault.kind;
  context.outcome.subject = subjectOf(fault);
  if (fault.kind === 'internal') {
    context.log.error({ err: error }, 'internal error');
  }
}
