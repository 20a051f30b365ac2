import { bytesToReserve } from './body-reservation';

const KIB = 1024;

it.each<[string, number, number, number]>([
  ['a short body is a short step ahead', 17 * KIB, Infinity, 48 * KIB],
  ['a long one a long step', 300 * KIB, Infinity, 384 * KIB],
  ['none takes more than it will be', 300 * KIB, 310 * KIB, 310 * KIB],
  ['none less than it is', 300 * KIB, 10, 300 * KIB],
])('%s', (_name, bytes, announced, expected) => {
  expect(bytesToReserve(bytes, announced)).toBe(expected);
});
