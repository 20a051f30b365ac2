import { padded, statementLengths } from './compiled-statements';

describe('statementLengths', () => {
  it.each<[number, readonly number[]]>([
    [0, []],
    [1, [1]],
    [3, [2, 1]],
    [127, [64, 32, 16, 8, 4, 2, 1]],
    [128, [128]],
    [250, [128, 64, 32, 16, 8, 2]],
    [300, [128, 128, 32, 8, 4]],
  ])('of %i rows', (rows, lengths) => {
    expect(statementLengths(rows)).toEqual(lengths);
  });
});

describe('padded', () => {
  it.each<[readonly string[], readonly string[]]>([
    [[], []],
    [['a'], ['a']],
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
    [
      ['a', 'b', 'c'],
      ['a', 'b', 'c', 'c'],
    ],
    [
      ['a', 'b', 'c', 'd', 'e'],
      ['a', 'b', 'c', 'd', 'e', 'e', 'e', 'e'],
    ],
  ])('%j', (items, all) => {
    expect(padded(items)).toEqual(all);
  });
});
