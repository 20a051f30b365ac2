import { paysToWarmUp } from './warm-up';

describe('paysToWarmUp', () => {
  it.each([
    ['auto', '20.19.0', false],
    ['auto', '22.12.0', false],
    ['auto', '24.0.0', true],
    ['auto', '26.1.0', true],
    ['on', '20.19.0', true],
    ['off', '24.0.0', false],
  ] as const)('%s on Node %s: %s', (mode, version, pays) => {
    expect(paysToWarmUp(mode, version)).toBe(pays);
  });
});
