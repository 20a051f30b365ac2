import { isStalled, type ReaderSample } from './reader-pace';

const KIB = 1024;

/** A look every 15 s, at what the kernel has accepted and holds then. */
function looks(
  seconds: number,
  accepted: (second: number) => number,
  unacknowledged: (second: number) => number | undefined,
): ReaderSample[] {
  return Array.from({ length: seconds / 15 + 1 }, (_, index) => ({
    atMs: index * 15_000,
    acceptedBytes: accepted(index * 15),
    unacknowledgedBytes: unacknowledged(index * 15),
  }));
}

const still = (): number => 4000 * KIB;

it.each<[string, ReaderSample[], boolean]>([
  ['nothing was looked at', [], false],
  ['one look', looks(0, still, still), false],
  ['nothing moves for 75 s', looks(75, still, still), false],
  ['nothing moves for 90 s', looks(90, still, still), true],
  [
    'it reads 5 KB/s, which only the kernel sees',
    looks(600, still, (second) => 4000 * KIB - second * 5000),
    false,
  ],
  [
    'it reads 5 KB/s in jumps of 75 s',
    looks(600, still, (second) => 4000 * KIB - Math.floor(second / 75) * 375_000),
    false,
  ],
  [
    'it reads, and the kernel takes as much again at once',
    looks(600, (second) => 4000 * KIB + second * 5000, still),
    false,
  ],
  [
    'it read for a while and stopped 90 s ago',
    looks(300, still, (second) => 4000 * KIB - Math.min(second, 210) * 5000),
    true,
  ],
  ['it reads a byte every now and then', looks(285, still, (second) => 4000 * KIB - second), false],
  [
    'it has read a byte every now and then for 5 minutes',
    looks(300, still, (second) => 4000 * KIB - second),
    true,
  ],
  ['the system does not say, for 285 s', looks(285, still, () => undefined), false],
  ['the system does not say, for 300 s', looks(300, still, () => undefined), true],
  [
    'the system does not say, and the kernel took a megabyte 4 minutes ago',
    looks(
      600,
      (second) => (second < 360 ? 4000 : 5000) * KIB,
      () => undefined,
    ),
    false,
  ],
])('%s', (_name, history, expected) => {
  expect(isStalled(history)).toBe(expected);
});
