import type { LeaseRequest } from './lease';
import type { FaultReader } from './no-account-fault';
import type { Scheduling, SelectionQuery } from './selection';

export interface SelectionOptions {
  readonly scheduling: Scheduling;
  /** How errors for an operator name accounts; not at all by default. */
  readonly accountHeader?: FaultReader['accountHeader'];
}

/**
 * What the selection reads of a request.
 *
 * @param now epoch milliseconds
 */
export function selectionQuery(
  { model, api, stickyKey, tried, areTriedLimited, context }: LeaseRequest,
  { scheduling, accountHeader = 'off' }: SelectionOptions,
  now: number,
): SelectionQuery {
  const { deadlineAt, consumer, pinnedAccount } = context;
  const isPinned = pinnedAccount !== undefined;
  const reader = consumer && { consumer, accountHeader, isPinned };
  return { model, api, scheduling, stickyKey, tried, areTriedLimited, deadlineAt, now, reader };
}
