import { setTimeout as sleep } from 'node:timers/promises';
import { SLAB_BYTES, SlabPool } from './slab-pool';

const TRIM_MS = 20;

/** So many slabs, none of them twice. */
function takeSlabs(pool: SlabPool, count: number): readonly Buffer[] {
  const slabs = Array.from({ length: count }, () => pool.take());
  expect(new Set(slabs).size).toBe(count);
  return slabs;
}

/** Waits until the pool has looked for slabs that nobody needs, this often at least. */
async function looks(count: number): Promise<void> {
  for (let look = 0; look < count; look += 1) {
    await sleep(TRIM_MS + 5);
  }
}

describe('a pool of slabs', () => {
  it('returns slabs of one size, each with its own memory', () => {
    const slabs = takeSlabs(new SlabPool(), 3);
    expect(slabs.map(({ length, byteOffset }) => [length, byteOffset])).toEqual(
      Array.from({ length: 3 }, () => [SLAB_BYTES, 0]),
    );
    expect(new Set(slabs.map(({ buffer }) => buffer)).size).toBe(3);
  });

  it('reuses the last returned slab first, because it is still in the cache', () => {
    const pool = new SlabPool();
    const [one, two] = takeSlabs(pool, 2);
    pool.release([one, two].filter((slab) => slab !== undefined));
    expect(pool.take()).toBe(two);
    expect(pool.take()).toBe(one);
    expect([one, two]).not.toContain(pool.take());
  });

  it('does not change the bytes of a returned slab', () => {
    const pool = new SlabPool();
    const [slab] = takeSlabs(pool, 1);
    const slice = slab?.fill('A').subarray(1000, 1004);
    pool.release([slab].filter((each) => each !== undefined));
    expect(slice?.toString('latin1')).toBe('AAAA');
  });

  it('overwrites every byte of a returned slab if poisoning is on, and no other slab', () => {
    const pool = new SlabPool({ isPoisoning: true });
    const slabs = takeSlabs(pool, 2);
    const [back, kept] = slabs.map((slab) => slab.fill('A'));
    pool.release([back].filter((slab) => slab !== undefined));
    expect(back?.equals(Buffer.alloc(SLAB_BYTES, 0x01))).toBe(true);
    expect(kept?.equals(Buffer.alloc(SLAB_BYTES, 'A'))).toBe(true);
  });

  it('poisons so that no JSON and no base64 survives it', () => {
    const pool = new SlabPool({ isPoisoning: true });
    const slabs = takeSlabs(pool, 1);
    const [slab] = slabs.map((each) => each.fill('A'));
    const text = () => new TextDecoder().decode(slab?.subarray(0, 8));
    expect(JSON.parse(`"${text()}"`)).toBe('AAAAAAAA');
    pool.release(slabs);
    expect(() => JSON.parse(`"${text()}"`) as unknown).toThrow(SyntaxError);
    expect(text()).not.toMatch(/[A-Za-z0-9+/=]/);
  });

  it('drops slabs that were not needed for a while', async () => {
    const pool = new SlabPool({ trimMs: TRIM_MS });
    const slabs = takeSlabs(pool, 4);
    pool.release(slabs);
    await looks(4);
    expect(slabs).not.toContain(pool.take());
  });

  it('collects dropped slabs once the process is idle, if there are many', async () => {
    const collected: number[] = [];
    const pool = new SlabPool({ trimMs: TRIM_MS, collectGarbage: () => collected.push(1) });
    const busy = setInterval(() => {
      pool.release([pool.take()]);
    }, TRIM_MS / 4);
    pool.release(takeSlabs(pool, 4));
    pool.release(takeSlabs(pool, 128));
    await looks(6);
    expect(collected).toEqual([]);
    clearInterval(busy);
    await looks(6);
    expect(collected).toEqual([1]);
    // Little is not worth it.
    pool.release(takeSlabs(pool, 4));
    await looks(6);
    expect(collected).toEqual([1]);
  });

  it('keeps slabs that are needed again and again', async () => {
    const pool = new SlabPool({ trimMs: 200 });
    const slabs = takeSlabs(pool, 4);
    pool.release(slabs);
    for (let round = 0; round < 60; round += 1) {
      const [one, two] = takeSlabs(pool, 2);
      expect(slabs).toContain(one);
      expect(slabs).toContain(two);
      pool.release([one, two].filter((slab) => slab !== undefined));
      await sleep(10);
    }
    // The other two were not, and are gone.
    expect(takeSlabs(pool, 3).filter((slab) => slabs.includes(slab))).toHaveLength(2);
  });

  it('continues after it has dropped everything', async () => {
    const pool = new SlabPool({ trimMs: TRIM_MS });
    pool.release(takeSlabs(pool, 1));
    await looks(4);
    const slabs = takeSlabs(pool, 2);
    pool.release(slabs);
    expect(slabs).toContain(pool.take());
    await looks(4);
    expect(slabs).not.toContain(pool.take());
  });

  it('runs no timer while it has nothing', async () => {
    const set = jest.spyOn(globalThis, 'setInterval');
    const clear = jest.spyOn(globalThis, 'clearInterval');
    const pool = new SlabPool({ trimMs: TRIM_MS });
    pool.release([]);
    pool.take();
    expect(set).not.toHaveBeenCalled();
    pool.release([pool.take()]);
    pool.release([pool.take(), pool.take()]);
    expect(set).toHaveBeenCalledTimes(1);
    await looks(4);
    expect(clear).toHaveBeenCalledWith(set.mock.results[0]?.value);
    jest.restoreAllMocks();
  });

  it('does not keep the process from ending', () => {
    const set = jest.spyOn(globalThis, 'setInterval');
    const pool = new SlabPool();
    pool.release([pool.take()]);
    const timer = set.mock.results[0]?.value as NodeJS.Timeout;
    expect(timer.hasRef()).toBe(false);
    clearInterval(timer);
    jest.restoreAllMocks();
  });
});
