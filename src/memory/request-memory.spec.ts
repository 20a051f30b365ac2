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
  it('is shared by no two answers, and none of it is used again before the end', () => {
    const pool = new SlabPool();
    const [one, other] = [new RequestMemory(pool), new RequestMemory(pool)];
    const written = [fill(one), fill(one), fill(other), fill(other)];
    expect(new Set(written.map(({ buffer }) => buffer)).size).toBe(4);
  });

  it('is used again by another once it is released, all of it and nothing else', () => {
    const pool = new SlabPool();
    const [one, other, next] = [1, 2, 3].map(() => new RequestMemory(pool));
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

  it('comes to an end that nothing follows: an answer after it takes no part in the pool', () => {
    const pool = new SlabPool();
    const memory = new RequestMemory(pool);
    memory.release();
    const giveBack = jest.spyOn(pool, 'giveBack');
    fill(memory);
    expect(giveBack).not.toHaveBeenCalled();
  });
});
