import { geminiServiceTier } from './service-tier';

describe('geminiServiceTier', () => {
  it.each([
    [undefined, undefined],
    ['auto', undefined],
    ['default', 'standard'],
    ['flex', 'flex'],
    ['priority', 'priority'],
  ] as const)('%s is %s', (tier, expected) => {
    expect(geminiServiceTier(tier)).toBe(expected);
  });
});
