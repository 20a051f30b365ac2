import type { Holdings } from '../../chaos/replica';
import { growthIn } from '../../chaos/soak-windows';

const MEBIBYTE = 1024 * 1024;
const WARM_UP = 5;

describe('growthIn', () => {
  /** Two replicas that hold the same, of which one thing changes after the warm-up. */
  function windowsOf(what: keyof Holdings, values: readonly number[]): Holdings[][] {
    const level = { residentBytes: 300 * MEBIBYTE, sockets: 30, files: 27, timers: 20 };
    const warmUp = Array.from({ length: WARM_UP }, () => level);
    return [...warmUp, ...values.map((value) => ({ ...level, [what]: value }))].map((held) => [
      held,
      held,
    ]);
  }

  it.each([
    ['timers that come and go with the load', 'timers', [5, 40, 13, 28, 18, 6, 9, 54, 46], 0],
    ['timers of which a dozen stay', 'timers', [5, 40, 13, 28, 18, 30, 22, 54, 46], 2],
    ['sockets that stay', 'sockets', [24, 30, 35, 40, 45, 50, 55, 60, 65], 2],
    [
      'memory that swings around one level',
      'residentBytes',
      [250, 340, 300, 290, 380, 260, 300, 350, 280].map((size) => size * MEBIBYTE),
      0,
    ],
    [
      'memory that rises',
      'residentBytes',
      [300, 310, 320, 350, 380, 400, 420, 440, 460].map((size) => size * MEBIBYTE),
      2,
    ],
    ['too few windows to tell', 'timers', [5, 100], 0],
  ] as const)('of %s', (_what, what, values, replicasThatGrow) => {
    expect(growthIn(windowsOf(what, values))).toHaveLength(replicasThatGrow);
  });
});
