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

it('a disabled account is one warning, with what mends it', () => {
  expect(linesOf({})).toEqual([
    'warn: account disabled: API key rejected, fix the key; ' +
      'a new credential takes it back in, else POST /v1/accounts/a%2Bb%40x.org/enable',
  ]);
  expect(linesOf({ model: 'm' })[0]).toMatch(/^warn: model disabled on this account:/);
});

it('the last account is an error besides', () => {
  expect(linesOf({ isLast: true })).toEqual([
    expect.stringMatching(/^warn: account disabled/),
    expect.stringMatching(/^error: all accounts are disabled/),
  ]);
});

it('what comes back by itself is no warning', () => {
  const cooling = { state: 'cooling', until: 1, cause: 'rate_limit', reason: '429' } as const;
  expect(linesOf({ condition: cooling })).toEqual(['info: account cooling']);
});

it('an operator’s word is no fault that wants mending', () => {
  const condition = {
    state: 'disabled',
    cause: 'account_unusable',
    reason: 'disabled by an operator',
  } as const;
  expect(linesOf({ condition })).toEqual([
    'warn: account disabled by an operator; POST /v1/accounts/a%2Bb%40x.org/enable takes it back in',
  ]);
  expect(linesOf({ condition: { state: 'ready' } })).toEqual([
    'info: account enabled by an operator',
  ]);
});
