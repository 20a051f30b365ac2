import { readServerAccess, type ServerAccess } from './server-access';

type Variables = Parameters<typeof readServerAccess>[0];

function read(variables: Partial<Variables>): { access: ServerAccess; faults: string[] } {
  const faults: string[] = [];
  return { access: readServerAccess({ HOST: '127.0.0.1', ...variables }, faults), faults };
}

describe('readServerAccess', () => {
  it.each<[string, Partial<Variables>, Partial<ServerAccess>]>([
    ['loopback', {}, { allowedHosts: [] }],
    ['loopback by name', { HOST: 'localhost' }, { allowedHosts: [] }],
    ['every address', { HOST: '0.0.0.0' }, { allowedHosts: '*' }],
    ['named hosts', { ALLOWED_HOSTS: 'A.example, b' }, { allowedHosts: ['a.example', 'b'] }],
    ['any', { ALLOWED_HOSTS: 'a.example,*' }, { allowedHosts: '*' }],
    [
      'a public URL',
      { PUBLIC_URL: 'https://Images.example/easel/' },
      { allowedHosts: ['images.example'], publicUrl: 'https://images.example/easel' },
    ],
    [
      'a public URL where others reach it too',
      { HOST: '0.0.0.0', PUBLIC_URL: 'http://images.example:8045' },
      { allowedHosts: '*', publicUrl: 'http://images.example:8045' },
    ],
    [
      'proxies',
      { TRUSTED_PROXIES: 'loopback, 10.0.0.0/8,::1 , fd00::/8' },
      { trustedProxies: ['loopback', '10.0.0.0/8', '::1', 'fd00::/8'] },
    ],
  ])('reads %s', (_name, variables, expected) => {
    const { access, faults } = read(variables);
    expect(access).toMatchObject(expected);
    expect(faults).toEqual([]);
  });

  it.each<[string, Partial<Variables>]>([
    ['ALLOWED_HOSTS', { ALLOWED_HOSTS: 'https://a.example' }],
    ['ALLOWED_HOSTS', { ALLOWED_HOSTS: 'a.example:8045' }],
    ['ALLOWED_HOSTS', { ALLOWED_HOSTS: 'a b' }],
    ['PUBLIC_URL', { PUBLIC_URL: 'images.example' }],
    ['PUBLIC_URL', { PUBLIC_URL: 'ftp://images.example' }],
    ['PUBLIC_URL', { PUBLIC_URL: 'https://user:pw@images.example' }],
    ['PUBLIC_URL', { PUBLIC_URL: 'https://images.example/?a=1' }],
    ['TRUSTED_PROXIES', { TRUSTED_PROXIES: '1' }],
    ['TRUSTED_PROXIES', { TRUSTED_PROXIES: 'true' }],
    ['TRUSTED_PROXIES', { TRUSTED_PROXIES: '10.0.0.0/99' }],
    ['TRUSTED_PROXIES', { TRUSTED_PROXIES: 'proxy.example' }],
  ])('refuses %s: %j', (name, variables) => {
    const { faults } = read(variables);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(new RegExp(`^${name}`));
  });
});
