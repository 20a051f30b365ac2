import pino from 'pino';
import { RequestContexts } from '../src/context/request-contexts';
import { MemoryBudget } from '../src/memory/memory-budget';
import { SlabPool } from '../src/memory/slab-pool';

/** Contexts for requests to a server of a test: with unlimited memory and a discarded log. */
export function requestContexts(
  budget = new MemoryBudget(Number.POSITIVE_INFINITY, 0),
): RequestContexts {
  return new RequestContexts(pino({ enabled: false }), new SlabPool(), budget);
}
