import { takeHeaderKeys, withoutQueryKeys } from './gemini-keys';

describe('withoutQueryKeys', () => {
  it.each<[string, string, readonly string[]]>([
    ['/m:x', '/m:x', []],
    ['/m:x?alt=sse', '/m:x?alt=sse', []],
    ['/m:x?key=secret', '/m:x', ['secret']],
    ['/m:x?alt=sse&key=secret', '/m:x?alt=sse', ['secret']],
    ['/m:x?key=one&fields=a%2Cb&key=two', '/m:x?fields=a%2Cb', ['one', 'two']],
    ['/m:x?%6bey=hidden', '/m:x', ['hidden']],
    ['/m:x?key=a%2Bb+c', '/m:x', ['a+b c']],
    ['/m:x?key=cl%C3%A9', '/m:x', [Buffer.from('clé').toString('latin1')]],
    ['/m:x?key=%E0', '/m:x', [Buffer.from('\ufffd').toString('latin1')]],
    ['/m:x?key', '/m:x', ['']],
    ['/m:x?monkey=1', '/m:x?monkey=1', []],
    ['/m:x?', '/m:x?', []],
  ])('%s', (url, rest, keys) => {
    expect(withoutQueryKeys(url)).toEqual({ url: rest, keys });
  });
});

describe('takeHeaderKeys', () => {
  it('removes all of them, and nothing else', () => {
    const message = {
      headers: { 'x-goog-api-key': 'one, two', accept: '*/*' },
      rawHeaders: ['X-Goog-Api-Key', 'one', 'Accept', '*/*', 'x-goog-api-key', 'two'],
    };
    expect(takeHeaderKeys(message)).toEqual(['one', 'two']);
    expect(message).toEqual({ headers: { accept: '*/*' }, rawHeaders: ['Accept', '*/*'] });
  });

  it('is content with none', () => {
    const message = { headers: { accept: '*/*' }, rawHeaders: ['Accept', '*/*'] };
    expect(takeHeaderKeys(message)).toEqual([]);
    expect(message.rawHeaders).toHaveLength(2);
  });
});
