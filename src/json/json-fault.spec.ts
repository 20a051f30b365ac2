import fc from 'fast-check';
import { jsonFaultIndex } from './json-fault';

describe('jsonFaultIndex', () => {
  it.each<[string, number]>([
    ['', 0],
    [' \n', 2],
    ['{', 1],
    ['{"a":1,}', 7],
    ['{a:1}', 1],
    ["{'a':1}", 1],
    ['{"a" 1}', 5],
    ['{"a":}', 5],
    ['{"a":1 "b":2}', 7],
    ['[1,]', 3],
    ['[1 2]', 3],
    ['[}', 1],
    ['{]', 1],
    ['[[1]', 4],
    ['{} x', 3],
    ['“x”', 0],
    ['NaN', 0],
    ['01', 0],
    ['1.', 0],
    ['truex', 0],
    ['["a\nb"]', 1],
    ['["\\x"]', 1],
    ['"a', 0],
  ])('%j: %i', (text, index) => {
    expect(jsonFaultIndex(text)).toBe(index);
  });

  it('is as deep as the text', () => {
    expect(jsonFaultIndex('['.repeat(60_000))).toBe(60_000);
    expect(jsonFaultIndex('['.repeat(60_000) + ']'.repeat(60_000))).toBeUndefined();
  });

  it('finds a fault where JSON.parse does, and only there', () => {
    const piece = fc.constantFrom(
      ...['{', '}', '[', ']', ':', ',', '"', '"a"', ' ', '\n', '\\', '\\u00e9', '-', '0', '1.5'],
      ...['1e3', 'true', 'null', 'tru', 'é', '\u0001'],
    );
    const text = fc.oneof(
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
      fc.json(),
      // Valid but for one character.
      fc.tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '"', 'x')).map(([json, at, other]) => {
        const index = at % (json.length + 1);
        return json.slice(0, index) + other + json.slice(index + 1);
      }),
    );
    fc.assert(
      fc.property(text, (json) => {
        expect(jsonFaultIndex(json) === undefined).toBe(isJson(json));
      }),
      { numRuns: 2000 },
    );
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
