import { clientIdentity, isSameClient, ownerOf, type ClientIdentity } from './client-identity';

const request = (headers: Record<string, string>) => ({
  method: 'POST',
  headers,
  route: { path: '/v1/images/generations' },
});

describe('ownerOf', () => {
  it.each<[string, Parameters<typeof ownerOf>[0], RegExp]>([
    ['a key', { presentedKey: 'secret', clientAddress: '192.0.2.1' }, /^key:[0-9a-f]{64}$/],
    ['an empty key', { presentedKey: '', clientAddress: '192.0.2.1' }, /^key:[0-9a-f]{64}$/],
    ['none', { presentedKey: undefined, clientAddress: '192.0.2.1' }, /^address:192\.0\.2\.1$/],
    ['nothing at all', { presentedKey: undefined, clientAddress: undefined }, /^address:$/],
  ])('goes by %s', (_name, context, owner) => {
    expect(ownerOf(context)).toMatch(owner);
  });

  it('distinguishes keys, but not their addresses', () => {
    const [one, two, again] = ['one', 'two', 'one'].map((presentedKey, index) =>
      ownerOf({ presentedKey, clientAddress: `192.0.2.${index}` }),
    );
    expect([one === two, one === again]).toEqual([false, true]);
  });
});

describe('clientIdentity', () => {
  it('has the route that was reached, not the path', () => {
    const identity = clientIdentity(
      { presentedKey: undefined, clientAddress: '192.0.2.1' },
      request({ 'user-agent': 'OpenAI/JS' }),
    );
    expect(identity).toEqual({
      owner: 'address:192.0.2.1',
      route: 'POST /v1/images/generations',
      address: '192.0.2.1',
      userAgent: 'OpenAI/JS',
    });
  });
});

describe('isSameClient', () => {
  const own: ClientIdentity = { owner: 'o', route: 'r', address: 'a', userAgent: 'u' };

  it.each<[string, Partial<ClientIdentity>, boolean]>([
    ['the same', {}, true],
    ['another key', { owner: 'x' }, false],
    ['another route', { route: 'x' }, false],
    ['another address', { address: 'x' }, false],
    ['another program', { userAgent: 'x' }, false],
  ])('of %s', (_name, fields, isSame) => {
    expect(isSameClient(own, { ...own, ...fields })).toBe(isSame);
  });
});
