import type { ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import { MemoryBudget } from '../memory/memory-budget';
import { RequestMemory } from '../memory/request-memory';
import { SlabPool } from '../memory/slab-pool';
import { onAnswerClosed } from './answer-closed';

/** The memory of each request, which ends with its answer. */
@Injectable()
export class AnswerMemory {
  private readonly memories = new WeakMap<ServerResponse, RequestMemory>();

  constructor(
    private readonly pool: SlabPool,
    private readonly budget: MemoryBudget,
  ) {}

  of(response: ServerResponse): RequestMemory {
    const known = this.memories.get(response);
    if (known !== undefined) {
      return known;
    }
    const memory = new RequestMemory(this.pool, this.budget);
    this.memories.set(response, memory);
    onAnswerClosed(response, () => {
      memory.release();
    });
    return memory;
  }
}
