import { foreignPageFault, hostName, type PageRules } from './foreign-page';

const NAMED: PageRules = { corsOrigins: ['https://app.example'], allowedHosts: '*' };
const LOOPBACK: PageRules = { corsOrigins: '*', allowedHosts: ['images.example'] };

describe('foreignPageFault, by Origin', () => {
  it.each<[string, string | undefined, string, string, string | undefined]>([
    ['a program', undefined, 'localhost:8045', '/v1/models', undefined],
    ['a page that is named', 'https://app.example', 'localhost:8045', '/v1/models', undefined],
    ['a foreign page', 'https://evil.example', 'localhost:8045', '/v1/x', 'forbidden_origin'],
    ['a page of another scheme', 'http://app.example', 'localhost', '/v1/x', 'forbidden_origin'],
    ['a page of another port', 'https://app.example:444', 'x', '/v1/x', 'forbidden_origin'],
    ['a page that hides its origin', 'null', 'localhost:8045', '/v1/x', 'forbidden_origin'],
    ['no origin at all', 'evil', 'evil', '/v1/x', 'forbidden_origin'],
    ['its own page', 'http://localhost:8045', 'localhost:8045', '/v1/x', undefined],
    ['its own page behind TLS', 'https://images.example', 'images.example', '/v1/x', undefined],
    ['the same with a port', 'https://images.example', 'images.example:443', '/v1/x', undefined],
    ['its own page, in capitals', 'http://localhost:8045', 'LOCALHOST:8045', '/v1/x', undefined],
    ['another port', 'http://localhost:3000', 'localhost:8045', '/v1/x', 'forbidden_origin'],
    ['a hosted image', 'https://evil.example', 'localhost:8045', '/files/a.png', undefined],
    ['one in capitals', 'https://evil.example', 'localhost:8045', '/FILES/a.png', undefined],
    ['what only looks like one', 'https://evil.example', 'x', '/v1/files/a', 'forbidden_origin'],
  ])('%s', (_name, origin, host, path, kind) => {
    expect(foreignPageFault({ origin, host, path }, NAMED)?.kind).toBe(kind);
  });

  it('is none if every origin is allowed', () => {
    const request = { origin: 'https://evil.example', host: 'localhost', path: '/v1/x' };
    expect(foreignPageFault(request, { corsOrigins: '*', allowedHosts: '*' })).toBeUndefined();
  });
});

describe('foreignPageFault, by Host', () => {
  it.each<[string | undefined, boolean]>([
    [undefined, true],
    ['127.0.0.1', true],
    ['127.0.0.1:8045', true],
    ['10.1.2.3:8045', true],
    ['[::1]:8045', true],
    ['[fe80::1]', true],
    ['localhost', true],
    ['LOCALHOST:8045', true],
    ['localhost.:8045', true],
    ['easel.localhost:8045', true],
    ['host.docker.internal:8045', true],
    ['easel', true],
    ['easel:8045', true],
    ['images.example', true],
    ['Images.Example:443', true],
    ['evil.example', false],
    ['evil.example:8045', false],
    ['images.example.evil.example', false],
    ['localhost.evil.example', false],
    ['127.0.0.1.evil.example', false],
    ['notlocalhost.example', false],
    ['images.example@evil.example', false],
  ])('%s: %s', (host, isAllowed) => {
    const fault = foreignPageFault({ origin: undefined, host, path: '/' }, LOOPBACK);
    expect(fault?.kind).toBe(isAllowed ? undefined : 'forbidden_host');
  });

  it('is checked before the origin, which may have the same name', () => {
    const rebound = { origin: 'http://evil.example', host: 'evil.example', path: '/v1/accounts' };
    expect(foreignPageFault(rebound, LOOPBACK)).toEqual({
      kind: 'forbidden_host',
      host: 'evil.example',
    });
  });
});

describe('hostName', () => {
  it.each([
    ['Example.COM:80', 'example.com'],
    ['[::1]:80', '::1'],
    ['example.com.', 'example.com'],
    ['example.com:', 'example.com'],
  ])('%s', (host, name) => {
    expect(hostName(host)).toBe(name);
  });
});
