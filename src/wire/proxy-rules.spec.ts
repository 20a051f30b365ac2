import { proxyFor } from './proxy-rules';

const https = new URL('http://secure-proxy.test:3128');
const http = new URL('http://plain-proxy.test:3128');

function wayTo(url: string, ...except: readonly string[]): string | undefined {
  return proxyFor(new URL(url), { https, http, except })?.hostname;
}

it('is chosen by the scheme of the upstream', () => {
  expect(wayTo('https://a.test/')).toBe('secure-proxy.test');
  expect(wayTo('http://a.test/')).toBe('plain-proxy.test');
  expect(proxyFor(new URL('http://a.test/'), { https, http: undefined, except: [] })).toBe(
    undefined,
  );
});

it.each([
  'http://localhost:1/',
  'https://LOCALHOST/',
  'http://a.localhost/',
  'http://127.0.0.1/',
  'http://127.1.2.3/',
  'http://127.1/',
  'http://[::1]:80/',
  'http://169.254.169.254/computeMetadata/v1/instance',
  'http://[fe80::a9fe:a9fe]/',
  'http://metadata.google.internal./',
  'http://metadata.google.internal/',
])('is never used for %s', (url) => {
  expect(wayTo(url)).toBe(undefined);
});

it.each<[string, string, 'direct' | 'by proxy']>([
  ['*', 'https://a.test/', 'direct'],
  ['a.test', 'https://a.test/', 'direct'],
  ['A.Test', 'https://a.test/', 'direct'],
  ['a.test', 'https://b.a.test/', 'by proxy'],
  ['.a.test', 'https://b.a.test/', 'direct'],
  ['*.a.test', 'https://b.a.test/', 'direct'],
  ['.a.test', 'https://a.test/', 'by proxy'],
  ['.a.test', 'https://ba.test/', 'by proxy'],
  ['*a.test', 'https://ba.test/', 'direct'],
  ['a.test:443', 'https://a.test/', 'direct'],
  ['a.test:8443', 'https://a.test/', 'by proxy'],
  ['a.test:80', 'http://a.test/', 'direct'],
  ['10.0.0.1', 'http://10.0.0.1:9000/', 'direct'],
  ['10.0.0.1', 'http://10.0.0.11/', 'by proxy'],
  ['[fd00::1]', 'http://[fd00::1]/', 'direct'],
  ['fd00::1', 'http://[fd00::1]/', 'direct'],
  ['[fd00::1]:8080', 'http://[fd00::1]:8080/', 'direct'],
  ['[fd00::1]:8080', 'http://[fd00::1]/', 'by proxy'],
])('with NO_PROXY=%s the way to %s is %s', (exception, url, way) => {
  expect(wayTo(url, 'other.test', exception) === undefined ? 'direct' : 'by proxy').toBe(way);
});
