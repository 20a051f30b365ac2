import { statementLengths } from './image-inserts';

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
