import { SLAB_BYTES, SlabPool } from './slab-pool';
import { Slabs } from './slabs';

/** Writes so many bytes of this value in place, as a socket would, and gives the slices. */
function write(slabs: Slabs, bytes: number, value: number): readonly Buffer[] {
  const slices: Buffer[] = [];
  for (let left = bytes; left > 0;) {
    const space = slabs.space();
    const slice = space.subarray(0, Math.min(left, space.length)).fill(value);
    slabs.take(slice.length);
    slices.push(slice);
    left -= slice.length;
  }
  return slices;
}

const memoryOf = (slices: readonly Buffer[]) => new Set(slices.map(({ buffer }) => buffer));
/** By identity: matchers would compare what is in it. */
const isSameMemory = (one: ReadonlySet<unknown>, other: ReadonlySet<unknown>) =>
  one.size === other.size && [...one].every((memory) => other.has(memory));
const holds = (slices: readonly Buffer[], value: number) =>
  slices.every((slice) => slice.every((byte) => byte === value));

describe('slabs', () => {
  let pool: SlabPool;
  let slabs: Slabs;
  /** What is free in the pool now, by its memory. */
  let returned: Set<ArrayBufferLike>;
  let given: number;

  beforeEach(() => {
    pool = new SlabPool();
    slabs = new Slabs(pool);
    returned = new Set();
    given = 0;
    jest.spyOn(pool, 'release').mockImplementation((back) => {
      for (const { buffer } of back) {
        returned.add(buffer);
        given += 1;
      }
    });
  });

  it('have the same space until some of it is taken', () => {
    const first = slabs.space();
    expect(slabs.space()).toEqual(first);
    expect(slabs.space().byteOffset).toBe(first.byteOffset);
    slabs.take(1000);
    expect(slabs.space().byteOffset).toBe(1000);
    expect(slabs.space().buffer).toBe(first.buffer);
    expect(slabs.space()).toHaveLength(SLAB_BYTES - 1000);
  });

  it.each([
    ['16 KiB are left', 16 * 1024, true],
    ['less is left', 16 * 1024 - 1, false],
    ['nothing is left', 0, false],
  ])('go on in a slab when %s: %s bytes', (_name, left, goesOn) => {
    const first = slabs.space();
    slabs.take(SLAB_BYTES - left);
    expect(slabs.space().buffer === first.buffer).toBe(goesOn);
    expect(slabs.space()).toHaveLength(goesOn ? left : SLAB_BYTES);
  });

  it('never write twice to the same place', () => {
    const written = Array.from({ length: 40 }, (_, at) => write(slabs, 30_000, at));
    expect(written.every((slices, at) => holds(slices, at))).toBe(true);
  });

  it('copy across their ends, in order and in as many pieces as it takes', () => {
    write(slabs, SLAB_BYTES - 20_000, 1);
    const source = Buffer.from(Array.from({ length: SLAB_BYTES + 50_000 }, (_, at) => at % 251));
    const pieces: Buffer[] = [];
    slabs.copy(source, (copy) => pieces.push(copy));
    expect(pieces.map(({ length }) => length)).toEqual([20_000, SLAB_BYTES, 30_000]);
    expect(Buffer.concat(pieces).equals(source)).toBe(true);
    source.fill(0);
    expect(pieces[0]?.[1]).toBe(1);
    expect(memoryOf(pieces).size).toBe(3);
  });

  it('copy nothing if there is nothing', () => {
    const onCopied = jest.fn();
    slabs.copy(Buffer.alloc(0), onCopied);
    expect(onCopied).not.toHaveBeenCalled();
  });

  it('keep the slabs of these slices, and give back the others', () => {
    const [first] = write(slabs, SLAB_BYTES, 1);
    const thrown = write(slabs, 2 * SLAB_BYTES, 2);
    const [last] = write(slabs, 100, 3);
    const kept = [first, last].flatMap((slice) => slice?.subarray(10, 90) ?? []);
    slabs.keepOnly([...kept, Buffer.from('memory of another kind')]);
    expect(isSameMemory(returned, memoryOf(thrown))).toBe(true);
    slabs.release();
    expect(isSameMemory(returned, memoryOf([...kept, ...thrown]))).toBe(true);
    expect(given).toBe(4);
  });

  it('never write to memory that was returned or kept', () => {
    const [kept, thrown] = [write(slabs, 100, 1), write(slabs, SLAB_BYTES, 2)];
    slabs.keepOnly(kept);
    const next = slabs.space();
    expect(memoryOf([...kept, ...thrown]).has(next.buffer)).toBe(false);
  });

  it('are returned once, however often they are released', () => {
    write(slabs, 3 * SLAB_BYTES, 1);
    slabs.release();
    slabs.release();
    slabs.keepOnly([]);
    expect(given).toBe(3);
  });

  it('are memory of their own after the release, which never gets into the pool', () => {
    const before = write(slabs, SLAB_BYTES, 1);
    slabs.release();
    const after = write(slabs, 2 * SLAB_BYTES, 2);
    expect(memoryOf([...before, ...after]).size).toBe(3);
    slabs.keepOnly(after);
    slabs.keepOnly([]);
    slabs.release();
    expect(given).toBe(1);
    expect(isSameMemory(returned, memoryOf(before))).toBe(true);
  });
});
