import type { PinoLogger } from 'nestjs-pino';
import { conditionLog } from './condition-log';
import type { ConditionChange } from './health-keeper';

const DISABLED: ConditionChange = {
  email: 'a+b@x.org',
  project: undefined,
  accounts: 1,
  model: undefined,
  condition: {
    state: 'disabled',
    cause: 'account_unusable',
    reason: '400 INVALID_ARGUMENT API_KEY_INVALID',
  },
  isLast: false,
  isLastUsable: false,
};

function linesOf(change: Partial<ConditionChange>): readonly string[] {
  const lines: string[] = [];
  const take = (level: string) => (_fields: object, text: string) => {
    lines.push(`${level}: ${text}`);
  };
  const log = { info: take('info'), warn: take('warn'), error: take('error') };
  conditionLog(log as unknown as PinoLogger)({ ...DISABLED, ...change });
  return lines;
}

it('a disabled account is one warning, with its remedy', () => {
  expect(linesOf({})).toEqual([
    'warn: account disabled: API key rejected, fix the key; ' +
      'a new credential enables it again, otherwise POST /v1/accounts/a%2Bb%40x.org/enable',
  ]);
  expect(linesOf({ model: 'm' })[0]).toMatch(/^warn: model disabled on this account:/);
});

it('the loss of the last account is logged as an error too', () => {
  expect(linesOf({ isLast: true, isLastUsable: true })).toEqual([
    expect.stringMatching(/^warn: account disabled/),
    expect.stringMatching(/^error: all accounts are disabled/),
  ]);
});

it('an account that recovers automatically is not a warning', () => {
  const cooling = { state: 'cooling', until: 1, cause: 'rate_limit', reason: '429' } as const;
  expect(linesOf({ condition: cooling })).toEqual(['info: account cooling']);
});

describe('a quota that is used up', () => {
  const condition = {
    state: 'exhausted',
    until: Date.UTC(2026, 10, 29, 8),
    probeAt: 0,
    cause: 'quota',
    reason: '429 RESOURCE_EXHAUSTED',
  } as const;
  const mends = 'raise its quota, or add an account of another project';

  it('is a warning, with its end and its remedy', () => {
    expect(linesOf({ condition })).toEqual([
      `warn: account exhausted until 2026-11-29T08:00:00.000Z: ${mends}`,
    ]);
    expect(linesOf({ condition, project: 'p', accounts: 3 })).toEqual([
      `warn: project exhausted until 2026-11-29T08:00:00.000Z: ${mends}`,
    ]);
    expect(linesOf({ condition, model: 'm' })).toEqual([
      `warn: model exhausted on this account until 2026-11-29T08:00:00.000Z: ${mends}`,
    ]);
  });

  it('is an error too if it was the last usable account', () => {
    expect(linesOf({ condition, isLastUsable: true })).toEqual([
      expect.stringMatching(/^warn: account exhausted/),
      'error: no account is usable: each is disabled or out of quota, and requests fail until one comes back',
    ]);
    expect(linesOf({ condition, model: 'm', isLastUsable: true })).toEqual([
      expect.stringMatching(/^warn: model exhausted on this account/),
      expect.stringMatching(/^error: no account is usable for this model: each is disabled/),
    ]);
  });
});

it('counts as the loss of the last usable account if all others are out of quota', () => {
  expect(linesOf({ isLastUsable: true })).toEqual([
    expect.stringMatching(/^warn: account disabled/),
    expect.stringMatching(/^error: no account is usable/),
  ]);
});

it('an operator’s own decision has no remedy', () => {
  const condition = {
    state: 'disabled',
    cause: 'account_unusable',
    reason: 'disabled by an operator',
  } as const;
  expect(linesOf({ condition })).toEqual([
    'warn: account disabled by an operator; POST /v1/accounts/a%2Bb%40x.org/enable enables it again',
  ]);
  expect(linesOf({ condition: { state: 'ready' } })).toEqual([
    'info: account enabled by an operator',
  ]);
});
