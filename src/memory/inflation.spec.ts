import { isInflated } from './inflation';

const MEBIBYTE = 1024 * 1024;

it.each<[string, number, number, boolean]>([
  ['a megabyte of one letter', 1, MEBIBYTE, false],
  ['a byte more of it', 1, MEBIBYTE + 1, true],
  ['a hundred times as much', MEBIBYTE, 100 * MEBIBYTE, false],
  ['a little more than that', MEBIBYTE, 100 * MEBIBYTE + 1, true],
])('%s', (_name, compressed, decoded, expected) => {
  expect(isInflated(compressed, decoded)).toBe(expected);
});
