import { parseDownloadUrl, redirectTarget } from './download-url';

const NEITHER = /^is neither an http\(s\) URL nor a data URL/;

describe('parseDownloadUrl', () => {
  it.each([
    ['https://example.com/a.png?x=1#y', 'https://example.com/a.png?x=1#y'],
    ['HTTP://EXAMPLE.com:80/', 'http://example.com/'],
    [' https://example.com:443/ \n', 'https://example.com/'],
    ['http://example.com:443/', 'http://example.com:443/'],
    ['https://example.com:8443/', 'https://example.com:8443/'],
    ['http://0177.0x1/', 'http://127.0.0.1/'],
    ['http:\\\\example.com\\a', 'http://example.com/a'],
  ])('%j is %s', (text, expected) => {
    const parsed = parseDownloadUrl(text);
    expect(parsed.ok && parsed.url.href).toBe(expected);
  });

  it.each([
    ['', NEITHER],
    ['iVBORw0KGgo=', NEITHER],
    ['iVBORw0KGgo'.repeat(2000), NEITHER],
    ['/a.png', NEITHER],
    ['ftp://example.com/', NEITHER],
    ['file:///etc/passwd', NEITHER],
    ['gopher://example.com/', NEITHER],
    ['blob:https://example.com/1', NEITHER],
    ['https://', /valid/],
    ['http://256.256.256.256/', /valid/],
    ['http://exa mple.com/', /valid/],
    ['http://[::1%25lo]/', /valid/],
    [`https://example.com/${'a'.repeat(8192)}`, /longer/],
    ['https://user@example.com/', /user name/],
    ['https://:secret@example.com/', /user name/],
    ['http://example.com:22/', /port/],
    ['http://example.com:25/', /port/],
    ['http://example.com:0/', /port/],
    ['http://example.com:1023/', /port/],
    ['http://example.com:65536/', /valid/],
  ])('refuses %j', (text, expected) => {
    const parsed = parseDownloadUrl(text);
    expect(parsed.ok ? '' : parsed.problem).toMatch(expected);
  });
});

describe('redirectTarget', () => {
  it.each([
    ['http://a.example/x/y', 'https://b.example/', 'https://b.example/'],
    ['http://a.example/x/y', 'z?1', 'http://a.example/x/z?1'],
    ['https://a.example/x/y', '/z', 'https://a.example/z'],
    ['https://a.example/x', '//b.example/z', 'https://b.example/z'],
    ['http://a.example:8080/', 'http://a.example/', 'http://a.example/'],
  ])('from %s by %s to %s', (from, location, expected) => {
    const target = redirectTarget(new URL(from), location);
    expect(target.ok && target.url.href).toBe(expected);
  });

  it.each([
    ['https://a.example/', 'http://a.example/'],
    ['http://a.example/', undefined],
    ['http://a.example/', 'http://'],
    ['http://a.example/', 'file:///etc/passwd'],
    ['http://a.example/', 'data:image/png;base64,AAEC'],
    ['http://a.example/', '//user@b.example/'],
    ['http://a.example/', 'http://b.example:25/'],
  ])('from %s not by %s', (from, location) => {
    expect(redirectTarget(new URL(from), location).ok).toBe(false);
  });
});
