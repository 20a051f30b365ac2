import type { RecordEnd } from '../ledger/request-records';
import type { FirstOutcome } from './first-request';
import { errorOf, faultContent, isKeptFault } from './kept-fault';

/** What becomes of a record, besides which it is. */
type RecordEnding = Omit<RecordEnd, 'scope' | 'holder'>;

/** A fault that is not kept is told to those who wait in other processes for so long. */
const FAULT_SHOWN_MS = 10_000;

/** What the content of a record begins with that is a fault itself. */
const FAULT = 'fault:';

/** Stands in nobody's way. */
export const NOT_KEPT: RecordEnding = { state: 'failed', content: null, expiresAt: 0 };

/** What a record says of a request from now on. */
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

/** What the content of a record stands for. */
export function outcomeOf(content: string): Extract<FirstOutcome, { kind: 'kept' | 'fault' }> {
  return content.startsWith(FAULT)
    ? { kind: 'fault', error: errorOf(content.slice(FAULT.length)), requestId: '' }
    : { kind: 'kept', content };
}
