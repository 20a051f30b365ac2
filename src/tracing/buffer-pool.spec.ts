import { BufferPool } from './buffer-pool';

describe('BufferPool', () => {
  it.each([
    [0, 1],
    [1, 1],
    [1000, 1024],
    [1024, 1024],
    [1025, 2048],
  ])('makes a buffer for %i bytes with %i', (bytes, length) => {
    expect(new BufferPool(1).take(bytes)).toHaveLength(length);
  });

  it('gives a buffer again once it is given back', () => {
    const pool = new BufferPool(2);
    const [first, second] = [pool.take(100), pool.take(100)];
    expect(second.buffer).not.toBe(first.buffer);
    pool.give(first);
    expect(pool.take(90)).toBe(first);
    expect(pool.take(90)).not.toBe(first);
  });

  it('replaces a buffer that is too small', () => {
    const pool = new BufferPool(1);
    pool.give(Buffer.alloc(8));
    const larger = pool.take(9);
    expect(larger).toHaveLength(16);
    pool.give(larger);
    expect(pool.take(1)).toBe(larger);
  });

  it('keeps no more than its capacity', () => {
    const pool = new BufferPool(1);
    const [first, second] = [pool.take(1), pool.take(1)];
    pool.give(first);
    pool.give(second);
    expect(pool.take(1)).toBe(first);
    expect(pool.take(1)).not.toBe(second);
  });
});
