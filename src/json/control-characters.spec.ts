import fc from 'fast-check';
import { hasControlCharacter } from './control-characters';

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

  it('agrees with looking at each byte, at any alignment', () => {
    // Mostly innocent bytes of any value, so that both results occur.
    const byte = fc.oneof(
      { weight: 40, arbitrary: fc.integer({ min: 0x20, max: 0xff }) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 0x1f }) },
    );
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 90, size: 'max' }), fc.nat(8), (values, offset) => {
        const bytes = Buffer.from([...Array<number>(offset).fill(0), ...values]).subarray(offset);
        expect(hasControlCharacter(bytes)).toBe(values.some((value) => value < 0x20));
      }),
      { numRuns: 500 },
    );
  });
});
