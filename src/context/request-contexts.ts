import type { ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { MemoryBudget } from '../memory/memory-budget';
import { RequestMemory } from '../memory/request-memory';
import type { SlabPool } from '../memory/slab-pool';
import { RequestContext, type RequestResources } from './request-context';

const CONTEXT = Symbol('easel.context');

interface WithContext extends ServerResponse {
  [CONTEXT]?: RequestContext;
}

/** Creates the context of each request, and counts those that a shutdown has to wait for. */
export class RequestContexts {
  /** Not a set of the contexts: see decision 28. */
  private heldCount = 0;
  private readonly resources: RequestResources;

  constructor(logger: Logger, slabs: SlabPool, budget: MemoryBudget) {
    this.resources = {
      logger,
      memory: () => new RequestMemory(slabs, budget),
      holdShutdown: () => {
        let isHeld = true;
        this.heldCount += 1;
        return () => {
          this.heldCount -= isHeld ? 1 : 0;
          isHeld = false;
        };
      },
    };
  }

  /** The context of a new request; `contextOf` finds it from now on. */
  open(response: ServerResponse): RequestContext {
    const context = new RequestContext(response, this.resources);
    (response as WithContext)[CONTEXT] = context;
    return context;
  }

  /** The number of open requests that shutdown waits for. */
  get atWork(): number {
    return this.heldCount;
  }
}

/** Like `contextOf`, for a request that may have ended before it got a context. */
export function knownContextOf(response: ServerResponse): RequestContext | undefined {
  return (response as WithContext)[CONTEXT];
}

/** The context of the request that this response belongs to. */
export function contextOf(response: ServerResponse): RequestContext {
  const context = knownContextOf(response);
  if (context === undefined) {
    throw new Error('no middleware has created a context for this request');
  }
  return context;
}
