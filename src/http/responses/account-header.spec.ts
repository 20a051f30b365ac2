import { accountHeader } from './account-header';

const utf8 = (value: string | undefined) =>
  value === undefined ? undefined : Buffer.from(value, 'latin1').toString('utf8');

describe('accountHeader', () => {
  it.each<[string, readonly string[], 'email' | 'masked' | 'off', string | undefined]>([
    ['nothing to show', [], 'email', undefined],
    ['one account', ['a@x.org'], 'email', 'a@x.org'],
    ['each once, in order', ['b@x.org', 'a@x.org', 'b@x.org'], 'email', 'b@x.org, a@x.org'],
    ['masked', ['studio@example.com'], 'masked', 's…o@example.com'],
    [
      'masked, two that look alike stay two',
      ['sao@x.org', 'sbo@x.org'],
      'masked',
      's…o@x.org, s…o@x.org',
    ],
    ['masked, too short to show an end', ['ab@x.org'], 'masked', 'a…@x.org'],
    ['masked, no at sign', ['label'], 'masked', 'l…l'],
    ['off', ['a@x.org'], 'off', undefined],
    ['beyond ASCII', ['é@x.org'], 'email', 'é@x.org'],
  ])('%s', (_name, emails, mode, expected) => {
    expect(utf8(accountHeader(emails, mode))).toBe(expected);
  });

  it('is always a value that Node lets into a header', () => {
    expect(accountHeader(['studio…@例.jp'], 'masked')).toMatch(/^[\t\x20-\x7e\x80-\xff]+$/);
  });
});
