import type { RecordEnd } from '../ledger/request-records';
import type { FirstOutcome } from './first-request';
import { errorOf, faultContent, isKeptFault } from './kept-fault';

/** The update that ends a record, without its identity. */
type RecordEnding = Omit<RecordEnd, 'scope' | 'holder'>;

/** How long a fault that is not stored is shown to requests that wait in other processes. */
const FAULT_SHOWN_MS = 10_000;

/** Prefix of a record's content that is itself a fault. */
const FAULT = 'fault:';

/** Never prevents a claim. */
export const NOT_KEPT: RecordEnding = { state: 'failed', content: null, expiresAt: 0 };

/** The final state of a request's record. */
export function endingOf(
  outcome: FirstOutcome,
  requestId: string,
  ttlSeconds: number,
  now: number,
): RecordEnding {
  const keptUntil = now + ttlSeconds * 1000;
  switch (outcome.kind) {
    case 'kept':
      return { state: 'kept', content: outcome.content, expiresAt: keptUntil };
    case 'fault': {
      const content = FAULT + faultContent(outcome.error, requestId);
      return isKeptFault(outcome.error.fault)
        ? { state: 'kept', content, expiresAt: keptUntil }
        : { state: 'failed', content, expiresAt: now + FAULT_SHOWN_MS };
    }
    case 'shared':
    case 'nothing':
      return NOT_KEPT;
  }
}

/** The meaning of a record's content. */
export function outcomeOf(content: string): Extract<FirstOutcome, { kind: 'kept' | 'fault' }> {
  return content.startsWith(FAULT)
    ? { kind: 'fault', error: errorOf(content.slice(FAULT.length)), requestId: '' }
    : { kind: 'kept', content };
}
