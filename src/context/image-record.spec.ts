import { formatUsd, microUsdOf, toUsd } from './image-record';

describe('formatUsd', () => {
  it.each([
    [134_400, '0.1344'],
    [0, '0'],
    [1, '0.000001'],
    [1_000_000, '1'],
    [240_018, '0.240018'],
    [10_500_000, '10.5'],
  ])('%d micro-dollars', (microUsd, text) => {
    expect(formatUsd(microUsd)).toBe(text);
  });
});

describe('toUsd', () => {
  it('is a number that JSON writes exactly', () => {
    expect(JSON.stringify([134_418, 1, 0].map(toUsd))).toBe('[0.134418,0.000001,0]');
  });
});

describe('microUsdOf', () => {
  it('sums rows that are already rounded', () => {
    expect(microUsdOf([{ microUsd: 1 }, { microUsd: 134_418 }])).toBe(134_419);
    expect(microUsdOf([])).toBe(0);
  });
});
