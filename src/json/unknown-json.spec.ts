import { items, member, parseJson } from './unknown-json';

describe('member', () => {
  it.each<[unknown, string | number, unknown]>([
    [{ a: 1 }, 'a', 1],
    [{ a: undefined }, 'a', undefined],
    [{ a: 1 }, 'b', undefined],
    [{ a: null }, 'a', null],
    [['x', 'y'], 1, 'y'],
    [['x'], 1, undefined],
    [new Error('m'), 'message', 'm'],
    // Of a prototype, as a DOMException's is.
    [new DOMException('m', 'TimeoutError'), 'name', 'TimeoutError'],
    [null, 'a', undefined],
    [undefined, 'a', undefined],
    ['text', 'length', undefined],
    [7, 'toFixed', undefined],
  ])('of %j at %j is %j', (value, key, expected) => {
    expect(member(value, key)).toBe(expected);
  });
});

describe('items', () => {
  it.each<[unknown, readonly unknown[]]>([
    [
      [1, null],
      [1, null],
    ],
    [[], []],
    [{ length: 1, 0: 'x' }, []],
    ['text', []],
    [null, []],
    [undefined, []],
  ])('of %j are %j', (value, expected) => {
    expect(items(value)).toEqual(expected);
  });
});

describe('parseJson', () => {
  it.each<[string, unknown]>([
    ['{"a":[1]}', { a: [1] }],
    ['null', null],
    [' "text"\n', 'text'],
    ['', undefined],
    ['{"a":', undefined],
    ['<html>', undefined],
    ['undefined', undefined],
  ])('of %j is %j', (text, expected) => {
    expect(parseJson(text)).toEqual(expected);
  });
});
