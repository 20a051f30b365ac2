import type { Consumer } from '../../context/consumer';
import {
  ConsumerRegistry,
  keyDigest,
  type ConfiguredConsumer,
} from '../../context/consumer-registry';
import {
  authenticate,
  maskKey,
  presentedKeys,
  type AuthMode,
  type PresentedCredentials,
} from './auth-mode';

const NOW = Date.parse('2027-03-31T12:00:00Z');
const END_OF_DAY = Date.parse('2027-04-01T00:00:00Z');

const member = (name: string, fields: Partial<Consumer> = {}): ConfiguredConsumer => ({
  consumer: { name, role: 'member', enabled: true, ...fields },
  keys: [
    keyDigest(`key-of-${name}`).toString('hex'),
    keyDigest(`new-key-of-${name}`).toString('hex'),
  ],
});

const KEYS = new ConsumerRegistry(
  ['right-key', 'other-right-key', 'clé-密钥'],
  [
    member('design'),
    member('gone', { enabled: false }),
    member('today', { expiresAt: END_OF_DAY }),
    member('late', { expiresAt: NOW }),
  ],
);
/** A header as Node gives it when a client sends UTF-8. */
const onTheWire = (text: string) => Buffer.from(text, 'utf8').toString('latin1');

function presented(fields: Partial<PresentedCredentials> = {}): PresentedCredentials {
  return {
    authorization: undefined,
    xApiKey: undefined,
    apiKey: undefined,
    isHealthProbe: false,
    isDocumentation: false,
    ...fields,
  };
}

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('authenticate', () => {
  it.each<
    [AuthMode, string, Partial<PresentedCredentials>, 'pass' | 'missing_api_key' | 'wrong_api_key']
  >([
    ['off', 'no key', {}, 'pass'],
    ['off', 'a wrong key', { authorization: 'Bearer wrong' }, 'pass'],
    ['strict', 'no key', {}, 'missing_api_key'],
    ['strict', 'no key on a health probe', { isHealthProbe: true }, 'missing_api_key'],
    ['strict', 'the right key', { authorization: 'Bearer right-key' }, 'pass'],
    ['strict', 'a second right key', { authorization: 'Bearer other-right-key' }, 'pass'],
    ['strict', 'a wrong key', { authorization: 'Bearer wrong' }, 'wrong_api_key'],
    ['strict', 'a key beyond ASCII', { authorization: onTheWire('Bearer clé-密钥') }, 'pass'],
    [
      'strict',
      'a key beyond ASCII as a password',
      { authorization: basic(':clé-密钥'), isDocumentation: true },
      'pass',
    ],
    ['strict', 'a key that only begins right', { authorization: 'Bearer right' }, 'wrong_api_key'],
    ['strict', 'the scheme in capitals', { authorization: 'BEARER right-key' }, 'pass'],
    ['strict', 'several spaces', { authorization: 'Bearer   right-key ' }, 'pass'],
    ['strict', 'an empty bearer', { authorization: 'Bearer ' }, 'missing_api_key'],
    ['strict', 'a bare bearer', { authorization: 'Bearer' }, 'missing_api_key'],
    ['strict', 'a key without scheme', { authorization: 'right-key' }, 'missing_api_key'],
    ['strict', 'another scheme', { authorization: 'Digest right-key' }, 'missing_api_key'],
    ['strict', 'x-api-key', { xApiKey: 'right-key' }, 'pass'],
    ['strict', 'api-key', { apiKey: 'right-key' }, 'pass'],
    ['strict', 'a right one of the API’s own', { ownKeys: ['wrong', 'right-key'] }, 'pass'],
    [
      'strict',
      'one of its own beside a wrong bearer',
      { authorization: 'Bearer wrong', ownKeys: ['right-key'] },
      'pass',
    ],
    ['strict', 'a wrong one of its own', { ownKeys: ['wrong'] }, 'wrong_api_key'],
    ['strict', 'an empty one of its own', { ownKeys: [''] }, 'missing_api_key'],
    ['strict', 'an empty x-api-key', { xApiKey: '' }, 'missing_api_key'],
    [
      'strict',
      'a wrong bearer beside a right api-key',
      { authorization: 'Bearer wrong', apiKey: 'right-key' },
      'pass',
    ],
    ['strict', 'Basic outside the docs', { authorization: basic(':right-key') }, 'missing_api_key'],
    [
      'strict',
      'Basic on the docs',
      { authorization: basic('me:right-key'), isDocumentation: true },
      'pass',
    ],
    [
      'strict',
      'Basic on the docs without a user',
      { authorization: basic(':right-key'), isDocumentation: true },
      'pass',
    ],
    [
      'strict',
      'more than base64 in Basic on the docs',
      { authorization: `${basic('me:right-key')}\u00a0`, isDocumentation: true },
      'missing_api_key',
    ],
    [
      'strict',
      'a wrong password on the docs',
      { authorization: basic('me:wrong'), isDocumentation: true },
      'wrong_api_key',
    ],
    ['all_except_health', 'no key on a health probe', { isHealthProbe: true }, 'pass'],
    [
      'all_except_health',
      'a wrong key on a health probe',
      { isHealthProbe: true, authorization: 'Bearer wrong' },
      'pass',
    ],
    ['all_except_health', 'no key elsewhere', {}, 'missing_api_key'],
    ['all_except_health', 'the right key elsewhere', { apiKey: 'right-key' }, 'pass'],
  ])('%s, %s → %s', (mode, _name, fields, expected) => {
    const result = authenticate(mode, KEYS, presented(fields));
    expect(result.ok ? 'pass' : result.fault.kind).toBe(expected);
  });

  it('offers Basic only if a browser opens a page', () => {
    expect(authenticate('strict', KEYS, presented())).toMatchObject({
      fault: { challenge: 'bearer' },
    });
    expect(authenticate('strict', KEYS, presented({ isDocumentation: true }))).toMatchObject({
      fault: { challenge: 'bearer_or_basic' },
    });
  });

  it('compares a key with characters beyond ASCII as bytes, without failing', () => {
    expect(authenticate('strict', KEYS, presented({ authorization: 'Bearer ÿþ' }))).toMatchObject({
      fault: { kind: 'wrong_api_key' },
    });
  });

  it.each<[AuthMode, Partial<PresentedCredentials>, string]>([
    ['off', {}, 'anonymous'],
    ['off', { apiKey: 'right-key' }, 'anonymous'],
    ['strict', { apiKey: 'right-key' }, 'proxy'],
    ['all_except_health', { isHealthProbe: true }, 'anonymous'],
    ['all_except_health', { authorization: 'Bearer other-right-key' }, 'proxy'],
  ])('%s, %j: asked by %s', (mode, fields, name) => {
    expect(authenticate(mode, KEYS, presented(fields))).toMatchObject({
      ok: true,
      consumer: { name, role: 'operator', enabled: true },
    });
  });

  it.each<[string, Partial<PresentedCredentials>, string]>([
    ['a key of a consumer', { authorization: 'Bearer key-of-design' }, 'design'],
    ['its other key', { xApiKey: 'new-key-of-design' }, 'design'],
    ['a key on its last day', { apiKey: 'key-of-today' }, 'today'],
    [
      'a good key beside one that is disabled',
      { authorization: 'Bearer key-of-gone', apiKey: 'key-of-design' },
      'design',
    ],
  ])('%s lets its holder in', (_name, fields, name) => {
    expect(authenticate('strict', KEYS, presented(fields), NOW)).toMatchObject({
      ok: true,
      consumer: { name, role: 'member' },
    });
  });

  it.each<[string, Partial<PresentedCredentials>, string, number, string]>([
    ['disabled', { apiKey: 'key-of-gone' }, 'gone', NOW, 'is disabled'],
    ['expired', { apiKey: 'key-of-late' }, 'late', NOW, 'expired at the end of 2027-03-31 (UTC)'],
    [
      'expired, just now',
      { apiKey: 'key-of-today' },
      'today',
      END_OF_DAY,
      'expired at the end of 2027-03-31 (UTC)',
    ],
    [
      'disabled, beside one that nobody holds',
      { authorization: 'Bearer nobody', apiKey: 'key-of-gone' },
      'gone',
      NOW,
      'is disabled',
    ],
  ])('says of a key that it is %s', (_name, fields, consumer, now, why) => {
    expect(authenticate('strict', KEYS, presented(fields), now)).toEqual({
      ok: false,
      fault: { kind: 'unusable_api_key', consumer, why, challenge: 'bearer' },
    });
  });
});

describe('presentedKeys', () => {
  it('keeps colons in a Basic password', () => {
    expect(
      presentedKeys(presented({ authorization: basic('me:a:b'), isDocumentation: true })),
    ).toEqual(['a:b']);
  });
});

describe('maskKey', () => {
  it.each([
    ['', '***'],
    ['short', '***'],
    ['elevenchars', '***'],
    ['sk-abcdefghijkl', 'sk-***jkl'],
  ])('%s → %s', (key, masked) => {
    expect(maskKey(key)).toBe(masked);
  });
});
