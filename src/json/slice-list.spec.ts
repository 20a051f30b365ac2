import fc from 'fast-check';
import { SliceList } from './slice-list';

describe('SliceList', () => {
  it('holds what was added, in order', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
      fc.uint8Array({ minLength: 200, maxLength: 700 }).map((bytes) => Buffer.from(bytes)),
      fc.nat(255),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const list = new SliceList();
        for (const next of pieces) {
          if (typeof next === 'number') {
            list.addByte(next);
          } else {
            list.add(next);
          }
        }
        const expected = Buffer.concat(
          pieces.map((next) => (typeof next === 'number' ? Buffer.from([next]) : next)),
        );
        expect(Buffer.concat(list.slices())).toEqual(expected);
        expect(list.byteLength).toBe(expected.length);
      }),
    );
  });

  it('keeps long slices without a copy', () => {
    const slice = Buffer.alloc(4096, 'A');
    const list = new SliceList();
    list.add(Buffer.from('x'));
    list.add(slice);
    expect(list.slices()[1]).toBe(slice);
  });

  it('gathers a trickle of single bytes into few buffers', () => {
    const list = new SliceList();
    for (let count = 0; count < 100_000; count += 1) {
      list.add(Buffer.from('A'));
    }
    expect(list.slices().length).toBeLessThan(100);
    expect(list.byteLength).toBe(100_000);
  });

  it('returns everything again after more was added', () => {
    const list = new SliceList();
    list.add(Buffer.from('ab'));
    expect(Buffer.concat(list.slices()).toString()).toBe('ab');
    list.add(Buffer.from('cd'));
    expect(Buffer.concat(list.slices()).toString()).toBe('abcd');
  });
});
