import { requestFingerprint } from './request-fingerprint';

describe('requestFingerprint', () => {
  const plain = requestFingerprint('body', {});

  it.each<[string, string, Parameters<typeof requestFingerprint>[1]]>([
    ['another body', 'other', {}],
    ['a pin', 'body', { pinnedAccount: 'one@test' }],
    ['a model in the path', 'body', { modelInPath: 'one@test' }],
    ['both', 'body', { pinnedAccount: 'one@test', modelInPath: 'one@test' }],
    ['a body that looks like both', 'body one@test', {}],
  ])('tells %s', (_name, body, surroundings) => {
    const all = [
      plain,
      requestFingerprint('body', { pinnedAccount: 'two@test' }),
      requestFingerprint('body', { modelInPath: 'two' }),
    ];
    expect(all).not.toContain(requestFingerprint(body, surroundings));
  });

  it('is the same for the same, and shows no account', () => {
    const pinned = { pinnedAccount: 'one@test', modelInPath: undefined };
    expect(requestFingerprint('body', pinned)).toBe(requestFingerprint('body', pinned));
    expect(requestFingerprint('body', pinned)).toMatch(/^[0-9a-f]{64}$/);
  });
});
