import { wholeNumber } from './whole-number';

it.each<[string, number | undefined]>([
  ['0', 1],
  ['4', 4],
  ['2.6', 3],
  ['99', 10],
  ['-3', 1],
  ['', undefined],
  ['abc', undefined],
])('%j is %p of 1 to 10', (text, expected) => {
  expect(wholeNumber(text, 1, 10)).toBe(expected);
});
