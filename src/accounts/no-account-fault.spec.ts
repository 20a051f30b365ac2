import { ANONYMOUS, PROXY, type Consumer } from '../context/consumer';
import { noAccountFault, type FaultReader, type UnusableAccount } from './no-account-fault';

const MEMBER: Consumer = { name: 'design', role: 'member', enabled: true };
const MONITOR: Consumer = { name: 'probe', role: 'monitor', enabled: true };
const STUDIO = { email: 'studio@example.com', reason: '400 INVALID_ARGUMENT API_KEY_INVALID' };
const SHOP = { email: 'shop@example.com', reason: '403 PERMISSION_DENIED BILLING_DISABLED' };

const NONE = 'No account is usable: all are disabled or have no valid credential.';

describe('noAccountFault', () => {
  const shown = (consumer: Consumer, accountHeader: FaultReader['accountHeader'] = 'email') => ({
    consumer,
    accountHeader,
  });

  it.each<[string, readonly UnusableAccount[], number, FaultReader | undefined, string]>([
    [
      'an operator, by key: which account, why, and what mends it',
      [STUDIO],
      1,
      shown(PROXY),
      'studio@example.com is disabled (400 INVALID_ARGUMENT API_KEY_INVALID): API key rejected, fix the key. ' +
        'GET /v1/accounts shows the state of every account.',
    ],
    [
      'an operator, since everybody is one',
      [STUDIO, SHOP],
      2,
      shown(ANONYMOUS),
      'shop@example.com is disabled (403 PERMISSION_DENIED BILLING_DISABLED): turn on billing',
    ],
    [
      'of many accounts, the first few',
      [STUDIO, SHOP],
      40,
      shown(PROXY),
      'GET /v1/accounts shows the other 38.',
    ],
    ['ACCOUNT_HEADER=masked', [STUDIO], 1, shown(PROXY, 'masked'), ' s…o@example.com is disabled'],
    ['ACCOUNT_HEADER=off', [STUDIO], 1, shown(PROXY, 'off'), ' One of them is disabled'],
    [
      'an account that the configuration leaves out',
      [{ email: 'a@x', reason: 'not enabled in the configuration' }],
      1,
      shown(PROXY),
      'set enabled: true in the accounts file.',
    ],
    [
      'an account that an operator has taken out',
      [{ email: 'a@x', reason: 'disabled by an operator' }],
      1,
      shown(PROXY),
      'POST /v1/accounts/{email}/enable enables it again.',
    ],
  ])('tells %s', (_name, accounts, count, reader, sentence) => {
    const fault = noAccountFault(accounts, count, reader);
    expect(fault).toEqual({ kind: 'no_account_available', message: expect.any(String) as string });
    expect(fault).toHaveProperty('message', expect.stringContaining(NONE));
    expect(fault).toHaveProperty('message', expect.stringContaining(sentence));
  });

  it.each<[string, FaultReader, string, true | undefined]>([
    [
      'an operator what is wrong with that one',
      { ...shown(PROXY), isPinned: true },
      'The account named in X-Account-Email cannot be used. studio@example.com is disabled ' +
        '(400 INVALID_ARGUMENT API_KEY_INVALID): API key rejected, fix the key. ' +
        'GET /v1/accounts shows the state of every account.',
      undefined,
    ],
    [
      'a member whom to ask',
      { ...shown(MEMBER), isPinned: true },
      'The account named in X-Account-Email cannot be used.',
      true,
    ],
  ])(
    'tells who has named an account, of which there may be others: %s',
    (_name, reader, message, askOperator) => {
      expect(noAccountFault([STUDIO], 1, reader)).toEqual({
        kind: 'no_account_available',
        message,
        ...(askOperator === undefined ? {} : { askOperator }),
      });
    },
  );

  it.each<[string, FaultReader | undefined]>([
    ['a member', shown(MEMBER)],
    ['a monitor', shown(MONITOR)],
    ['somebody unknown', undefined],
  ])('tells %s nothing of the accounts, but to ask the operator', (_name, reader) => {
    expect(noAccountFault([STUDIO], 1, reader)).toEqual({
      kind: 'no_account_available',
      message: NONE,
      askOperator: true,
    });
  });

  it('never shows a masked or hidden address in full', () => {
    for (const mode of ['masked', 'off'] as const) {
      expect(JSON.stringify(noAccountFault([STUDIO], 1, shown(PROXY, mode)))).not.toContain(
        STUDIO.email,
      );
    }
  });
});
