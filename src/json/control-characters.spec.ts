import fc from 'fast-check';
import { hasControlCharacter } from './control-characters';

/** Memory as slabs have it. */
function resizable(bytes: number): Buffer {
  const memory = new (
    ArrayBuffer as unknown as new (bytes: number, options: { maxByteLength: number }) => ArrayBuffer
  )(bytes, { maxByteLength: bytes });
  return Buffer.from(memory, 0, bytes);
}

describe('hasControlCharacter', () => {
  it.each([
    ['nothing', Buffer.alloc(0), false],
    ['text', Buffer.from('AAAA/+=="\\ {}~\x7f'), false],
    ['UTF-8', Buffer.from('éö—\u{1f600}'), false],
    ['every byte that is none', Buffer.from([...Array(224).keys()].map((n) => n + 32)), false],
    ['a line break', Buffer.from('AAAAAAAA\nAAAAAAAA'), true],
    ['a zero', Buffer.from([0]), true],
  ])('%s', (_name, bytes, expected) => {
    expect(hasControlCharacter(bytes)).toBe(expected);
  });

  it.each<[string, number | undefined, boolean]>([
    ['none', undefined, false],
    ['at the start', 0, true],
    ['before the end of a copy', 32 * 1024 - 1, true],
    ['behind it', 32 * 1024, true],
    ['at the end', 100_000, true],
  ])('looks through all of a slab: %s', (_name, at, expected) => {
    const bytes = resizable(100_001).fill('A');
    if (at !== undefined) {
      bytes[at] = 0x1f;
    }
    expect(hasControlCharacter(bytes)).toBe(expected);
    expect(hasControlCharacter(bytes.subarray(0, at))).toBe(false);
  });

  it('agrees with looking at each byte, at any alignment', () => {
    // Mostly innocent bytes of any value, so that both results occur.
    const byte = fc.oneof(
      { weight: 40, arbitrary: fc.integer({ min: 0x20, max: 0xff }) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 0x1f }) },
    );
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 90, size: 'max' }), fc.nat(8), (values, offset) => {
        const bytes = Buffer.from([...Array<number>(offset).fill(0), ...values]).subarray(offset);
        const expected = values.some((value) => value < 0x20);
        expect(hasControlCharacter(bytes)).toBe(expected);
        const slice = resizable(offset + values.length).subarray(offset);
        bytes.copy(slice);
        expect(hasControlCharacter(slice)).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });
});
