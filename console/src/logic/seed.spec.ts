import { seedFault, seedOf } from './seed';

it.each<[string, number | undefined]>([
  [' 4711 ', 4711],
  ['0', 0],
  ['-1', -1],
  ['-2147483648', -2_147_483_648],
  ['2147483647', 2_147_483_647],
  ['', undefined],
  ['1.5', undefined],
  ['1e3', undefined],
  ['2147483648', undefined],
  ['12345678901', undefined],
])('%j is the seed %p', (text, expected) => {
  expect(seedOf(text)).toBe(expected);
});

it.each<[string, string]>([
  ['', ''],
  ['  ', ''],
  ['-4711', ''],
  ['abc', 'A seed is a whole number.'],
  ['1.5', 'A seed is a whole number.'],
  ['-', 'A seed is a whole number.'],
  ['2147483648', 'A seed is from −2147483648 to 2147483647.'],
  ['99999999999', 'A seed is from −2147483648 to 2147483647.'],
])('of the seed %j it says %j', (text, expected) => {
  expect(seedFault(text)).toBe(expected);
});
