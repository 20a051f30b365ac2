import type { ServerResponse } from 'node:http';
import type { RequestContext } from '../../context/request-context';

/** What the request has cost, on errors too; nothing on one that could not have cost anything. */
export function setCostHeader(
  response: ServerResponse,
  { costUsd }: Pick<RequestContext, 'costUsd'>,
  isShown: boolean,
): void {
  if (isShown && costUsd !== undefined) {
    response.setHeader('X-Cost-USD', costUsd);
  }
}
