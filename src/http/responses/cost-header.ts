import type { ServerResponse } from 'node:http';
import type { RequestContext } from '../../context/request-context';

/**
 * Sets the cost of the request, on errors too; omitted if the request could not have cost anything.
 */
export function setCostHeader(
  response: ServerResponse,
  { costUsd }: Pick<RequestContext, 'costUsd'>,
  isShown: boolean,
): void {
  if (isShown && costUsd !== undefined) {
    response.setHeader('X-Cost-USD', costUsd);
  }
}
