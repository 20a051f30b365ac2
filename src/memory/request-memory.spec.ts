import { MemoryBudget } from './memory-budget';
import { RequestMemory } from './request-memory';
import { SLAB_BYTES, SlabPool } from './slab-pool';

/** Fills one slab. */
function fill(memory: RequestMemory): Buffer {
  const slabs = memory.slabs();
  const space = slabs.space();
  slabs.take(SLAB_BYTES);
  return space;
}

describe('the memory of a request', () => {
  let budget: MemoryBudget;

  beforeEach(() => {
    budget = new MemoryBudget(100, 10);
  });

  const reserve = (memory: RequestMemory, bytes: number) =>
    memory.reserve({ kind: 'responses', bytes, weight: 1, signal: new AbortController().signal });

  it('is shared by no two responses, and none of it is used again before the end', () => {
    const pool = new SlabPool();
    const [one, other] = [new RequestMemory(pool, budget), new RequestMemory(pool, budget)];
    const written = [fill(one), fill(one), fill(other), fill(other)];
    expect(new Set(written.map(({ buffer }) => buffer)).size).toBe(4);
  });

  it('is used again by another once it is released, all of it and nothing else', () => {
    const pool = new SlabPool();
    const [one, other, next] = [1, 2, 3].map(() => new RequestMemory(pool, budget));
    if (one === undefined || other === undefined || next === undefined) {
      throw new Error('three were made');
    }
    const [first, second, foreign] = [fill(one), fill(one), fill(other)];
    one.release();
    one.release();
    const again = [fill(next), fill(next), fill(next)].map(({ buffer }) => buffer);
    expect(again).toContain(first.buffer);
    expect(again).toContain(second.buffer);
    expect(new Set(again).size).toBe(3);
    expect(again).not.toContain(foreign.buffer);
  });

  it('ends for good: a later response does not use the pool', () => {
    const pool = new SlabPool();
    const memory = new RequestMemory(pool, budget);
    memory.release();
    const giveBack = jest.spyOn(pool, 'release');
    fill(memory);
    memory.release();
    expect(giveBack.mock.calls.flat(2)).toEqual([]);
  });

  it('holds working memory until it is released, or the request is closed', () => {
    const memory = new RequestMemory(new SlabPool(), budget);
    const file = memory.hold(10);
    memory.hold(20);
    file.settle(15);
    expect(budget.bytes).toBe(35);
    file.release();
    file.release();
    expect(budget.bytes).toBe(20);
    memory.release();
    expect(budget.bytes).toBe(0);
    memory.hold(30);
    expect(budget.bytes).toBe(0);
  });

  it('counts in the budget until it is released, also what it has waited for', async () => {
    const [one, other] = [1, 2].map(() => new RequestMemory(new SlabPool(), budget));
    if (one === undefined || other === undefined) {
      throw new Error('two were made');
    }
    await reserve(one, 60);
    const waiting = reserve(other, 70);
    expect(budget.bytes).toBe(60);
    one.release();
    await waiting;
    expect(budget.bytes).toBe(70);
    other.release();
    await reserve(other, 50);
    expect(budget.bytes).toBe(0);
  });

  it('gives the body back bit by bit, or at once, and the rest of it at the end', async () => {
    const memory = new RequestMemory(new SlabPool(), budget);
    const { signal } = new AbortController();
    await memory.bodyShare().grow({ bytes: 60, weight: 1, signal });
    await memory.bodyShare().grow({ bytes: 30, weight: 1, signal });
    expect(budget.bytes).toBe(90);
    memory.releaseBodyBytes(50);
    expect(budget.bytes).toBe(40);
    memory.releaseBodyBytes(50);
    expect(budget.bytes).toBe(0);

    const other = new RequestMemory(new SlabPool(), budget);
    await other.bodyShare().grow({ bytes: 60, weight: 1, signal });
    other.releaseBody();
    expect(budget.bytes).toBe(0);

    const third = new RequestMemory(new SlabPool(), budget);
    await third.bodyShare().grow({ bytes: 60, weight: 1, signal });
    third.release();
    expect(budget.bytes).toBe(0);
  });
});
