import { hostOf, isLinkLocal, isLoopback } from './network-address';

describe('hostOf', () => {
  it.each([
    ['http://[::1]:80/', '::1'],
    ['http://example.com/', 'example.com'],
  ])('%s: %s', (url, expected) => {
    expect(hostOf(new URL(url))).toBe(expected);
  });
});

it.each([
  ['127.0.0.1', true, false],
  ['127.1.2.3', true, false],
  ['::1', true, false],
  ['[::1]', true, false],
  ['localhost', true, false],
  ['LOCALHOST', true, false],
  ['a.localhost', true, false],
  ['0.0.0.0', false, false],
  ['::', false, false],
  ['10.0.0.1', false, false],
  ['127.0.0.1.example.com', false, false],
  ['localhost.example.com', false, false],
  ['notlocalhost', false, false],
  ['169.254.169.254', false, true],
  ['169.254.1.1.example.com', false, false],
  ['[fe80::1]', false, true],
  ['febf::1', false, true],
  ['fec0::1', false, false],
  ['fe80.example.com', false, false],
])('%s: this machine %s, this network %s', (host, isOfMachine, isOfNetwork) => {
  expect(isLoopback(host)).toBe(isOfMachine);
  expect(isLinkLocal(host)).toBe(isOfNetwork);
});
