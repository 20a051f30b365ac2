import { idempotencyKey, keyDigestOf, ownerDigestOf, recordScope } from './idempotency-key';

describe('idempotencyKey', () => {
  it.each<[string | string[] | undefined, string | undefined]>([
    [undefined, undefined],
    ['8e03978e-40d5', '8e03978e-40d5'],
    ['  padded  ', 'padded'],
    ['"quoted"', 'quoted'],
    ['"', '"'],
    ['"half', '"half'],
    ['a"b', 'a"b'],
    ['!~', '!~'],
    ['x'.repeat(255), 'x'.repeat(255)],
    [`"${'x'.repeat(255)}"`, 'x'.repeat(255)],
    [['only'], 'only'],
  ])('reads %j as %j', (header, key) => {
    expect(idempotencyKey(header)).toBe(key);
  });

  it.each<[string, string | string[]]>([
    ['nothing', ''],
    ['nothing between quotes', '""'],
    ['white space', '   '],
    ['one character too many', 'x'.repeat(256)],
    ['a space', 'two words'],
    ['a tab', 'two\twords'],
    ['what is not ASCII', 'ü'],
    ['a control character', 'a\u007f'],
    ['two headers', ['one', 'two']],
    ['two headers as Node joins them', 'one, two'],
  ])('refuses %s', (_name, header) => {
    expect(() => idempotencyKey(header)).toThrow(
      expect.objectContaining({
        fault: expect.objectContaining({ kind: 'invalid_request' }) as object,
      }) as Error,
    );
  });
});

describe('the digests of a record', () => {
  it.each<[string, string, string]>([
    ['another owner', recordScope('a', 'POST /x', 'k'), recordScope('b', 'POST /x', 'k')],
    ['another route', recordScope('a', 'POST /x', 'k'), recordScope('a', 'POST /y', 'k')],
    ['another key', recordScope('a', 'POST /x', 'k'), recordScope('a', 'POST /x', 'l')],
    ['parts that only read the same', recordScope('a', 'b', 'c'), recordScope('ab', '', 'c')],
    ['another key of one owner', keyDigestOf('a', 'k'), keyDigestOf('a', 'l')],
    ['one key of another owner', keyDigestOf('a', 'k'), keyDigestOf('b', 'k')],
    ['another owner alone', ownerDigestOf('a'), ownerDigestOf('b')],
  ])('tell %s', (_name, one, other) => {
    expect(one).not.toBe(other);
  });

  it('reveal nothing about their input', () => {
    expect(recordScope('secret', 'POST /x', 'k')).toMatch(/^[0-9a-f]{64}$/);
  });
});
